"""What stays of a stack, and what becomes of it: warnings, refusals, keys that are there."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from ipfs_cluster import InvalidInput
from pulumi.runtime.mocks import MockResourceArgs

from sandbox import simulation
from sandbox.account import Account
from tests.helpers.account import NODES, file_systems
from tests.helpers.support import ROOT, UNMONITORED, Deployed, Groups, configuration, deployed, deployed_small

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"


def kept(stack: Deployed) -> set[str]:
    """What is retained, without the console's files: their bucket goes, and takes them with it."""
    retained = [r for r in stack.deployment.registrations if r.request.retainOnDelete]
    return {r.name for r in retained if not r.name.startswith("ipfs-edge-console-")}


def test_what_is_kept_and_what_goes() -> None:
    def retained(groups: Groups) -> set[str]:
        with deployed_small(groups) as stack:
            return kept(stack)

    keys = {f"ipfs-credentials-{node}-{daemon}-private-key" for node in NODES[:1] for daemon in ("kubo", "cluster")}
    backup = {"ipfs-backup", "ipfs-backup-back-up", "ipfs-backup-restore"}
    parts = {f"ipfs-{node}-storage-{part}" for node in NODES[:1] for part in ("file-system", "policy")}
    assert retained({}) == {*parts, *keys, *backup, "ipfs-pinset"}
    assert retained({"storage": {"retainOnDelete": False}}) == set()
    assert retained({"storage": {"fileSystem": "regional"}, "backup": {"pinsetSchedule": "never"}}) == {
        "ipfs-storage-file-system",
        "ipfs-storage-policy",
        *keys,
        *backup,
    }


def test_backups_in_a_vault_of_ones_own_can_expire_after_a_destroy() -> None:
    def groups(account: Account) -> Groups:
        account.client("backup").create_backup_vault(BackupVaultName="mine")
        return {"backup": {"vaultName": "mine", "pinsetSchedule": "never"}, "storage": {"retainOnDelete": False}}

    with deployed_small(groups) as stack:
        assert kept(stack) == {"ipfs-backup", "ipfs-backup-back-up", "ipfs-backup-restore"}
        assert {what for what in stack.output("retained") if not what.startswith("task definitions")} == {"backup role"}
        assert stack.output("backup_vault_name") == "mine"


def warnings_of(stack: Deployed, groups: Groups, caught: pytest.MonkeyPatch) -> list[str]:
    """What the program warns of when it runs once more in the account, but for its resources a new stack."""
    said: list[str] = []
    caught.setattr(pulumi.log, "warn", lambda text, resource=None: said.append(text))

    class Looking(Account):
        def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            return "", {}

    simulation.run(ROOT / "__main__.py", configuration({**UNMONITORED, **groups}), Looking(stack.account.region), preview=True)
    return said


def test_kept_file_systems_are_not_passed_over_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    with deployed({"nodes": {"count": 2}}) as stack:
        ids = stack.output("file_system_ids")
        two: Groups = {"nodes": {"count": 2}}
        assert warnings_of(stack, two, monkeypatch) == [], "they are in use"
        efs = stack.client("efs")
        for point in efs.describe_access_points()["AccessPoints"]:  # as a destroy leaves them
            if point["FileSystemId"] == ids["eu-west-1b"]:
                efs.delete_access_point(AccessPointId=point["AccessPointId"])
        (said,) = warnings_of(stack, two, monkeypatch)
        assert f"{ids['eu-west-1b']} of node eu-west-1b" in said
        assert ids["eu-west-1a"] not in said
        assert "storage.existing" in said
        assert "docs/operations.md, Take over file systems" in said
        assert warnings_of(stack, {"nodes": {"count": 1}}, monkeypatch) == [], "no node of that place is made"
        taken_over = {"eu-west-1b": {"fileSystemId": ids["eu-west-1b"]}}
        assert warnings_of(stack, {**two, "storage": {"existing": taken_over}}, monkeypatch) == []
        # The list of tags names what was deleted for a while.
        efs.delete_mount_target(MountTargetId=efs.describe_mount_targets(FileSystemId=ids["eu-west-1b"])["MountTargets"][0]["MountTargetId"])
        efs.delete_file_system(FileSystemId=ids["eu-west-1b"])
        assert warnings_of(stack, two, monkeypatch) == []


def test_more_data_than_the_memory_can_collect_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with deployed_small({}) as stack:
        assert warnings_of(stack, {"storage": {"maxGib": 800}}, monkeypatch) == []
        (said,) = warnings_of(stack, {"storage": {"maxGib": 1000}}, monkeypatch)
        assert said.startswith("storage.maxGib: 1000 GiB in blocks of 256 KiB")
        assert "nodes.memory 2048 leaves 1228 to kubo: give the nodes 3072 MiB or more, add in chunks of 1 MiB" in said


def test_a_lookup_that_fails_is_no_reason_to_warn_or_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("FileSystemNotFound")

    with deployed_small() as stack:
        monkeypatch.setattr(aws.efs, "get_access_points", fails)
        assert warnings_of(stack, {"nodes": {"count": 1}}, monkeypatch) == []


def test_a_shared_file_system_that_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    groups: Groups = {"storage": {"fileSystem": "regional"}, "nodes": {"count": 1}}
    with deployed(groups) as stack:
        for point in stack.client("efs").describe_access_points()["AccessPoints"]:
            stack.client("efs").delete_access_point(AccessPointId=point["AccessPointId"])
        (said,) = warnings_of(stack, groups, monkeypatch)
        assert f"{stack.output('file_system_ids')['eu-west-1a']} of all nodes" in said


def test_kept_keys_do_not_stand_in_the_way_of_a_node_that_comes_back() -> None:
    def groups(account: Account) -> Groups:
        account.client("ssm").put_parameter(Name="/ipfs/ipfs-cluster/test/nodes/eu-west-1a/kubo-private-key", Type="SecureString", Value="the old one")
        return {}

    with deployed_small(groups) as stack:
        history = stack.client("ssm").get_parameter_history(Name="/ipfs/ipfs-cluster/test/nodes/eu-west-1a/kubo-private-key", WithDecryption=True)
        assert history["Parameters"][0]["Value"] == "the old one", "which can still be had"
        assert len(history["Parameters"]) == 2


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({}, {"fileSystem": "regional"}, r"storage.fileSystem: regional would leave fs-\w+, a one-zone file system with data of node eu-west-1a"),
        ({"fileSystem": "regional"}, {}, r"storage.fileSystem: one-zone would leave fs-\w+, a regional file system with data of all nodes"),
        ({}, {"kmsKeyArn": KEY}, r"storage.kmsKeyArn: '.*0a1b2c3d' would leave fs-\w+, which holds data of node eu-west-1b under aws/elasticfilesystem"),
    ],
)
def test_a_choice_that_would_leave_data_behind_is_refused(first: Groups, then: Groups, message: str) -> None:
    nodes = {"count": 2}
    with deployed({"storage": first, "nodes": nodes}) as stack:
        before = len(file_systems(stack))
        with pytest.raises(InvalidInput, match=message) as refused:
            simulation.run(ROOT / "__main__.py", configuration({"storage": then, "nodes": nodes}), stack.account)
        assert "docs/operations.md" in str(refused.value), "what to do instead"
        assert len(file_systems(stack)) == before
