"""The documentation's command lines of AWS, run against a simulated account."""

import datetime
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster import rebuild

from tests.helpers.account import may_mount
from tests.helpers.awscli import shell
from tests.helpers.pages import documented
from tests.helpers.support import Deployed, deployed

VARIABLES = documented("docs/operations.md", "# Operations")
RUN: Callable[[Any], Any] = lambda _: {"tasks": [{"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/cluster/1a2b"}]}  # noqa: E731
"""moto needs the memory of each container, which Fargate does not."""


@pytest.fixture(scope="module")
def stack() -> Any:
    with deployed() as found:
        yield found


def test_a_node_is_rebuilt(stack: Deployed, tmp_path: Path) -> None:
    ended = {"tasks": [{"containers": [{"name": "ipfs"}, {"name": "configure", "exitCode": 3}]}]}
    with shell(stack, tmp_path, describe_tasks=lambda _: ended, list_tasks=lambda _: {"taskArns": ["arn:old"]}, run_task=RUN) as ran:
        printed = ran.run(VARIABLES + documented("docs/operations.md", "### Rebuild a node by the AWS CLI"))
    assert printed.splitlines()[-2:] == ["3", '"ACTIVE"'], "the exit code is told"
    (run,) = ran.asked("run_task")
    cluster, service = stack.output("cluster_arn"), "ipfs-node-eu-west-1a"
    definition = stack.client("ecs").describe_services(cluster=cluster, services=[service])["services"][0]
    assert (run["cluster"], run["taskDefinition"], run["networkConfiguration"]) == (cluster, definition["taskDefinition"], definition["networkConfiguration"])
    ((emptied),) = run["overrides"]["containerOverrides"]
    # The container has a shell to run it, and both directories; by its role and access points it may write there.
    configure = stack.containers("eu-west-1a")["configure"]
    assert (emptied["name"], configure["entryPoint"]) == ("configure", ["/bin/sh", "-c"])
    assert {point["containerPath"] for point in configure["mountPoints"]} == {"/data/ipfs", "/data/ipfs-cluster"}
    assert emptied["command"] == [rebuild.EMPTY], "the same as by the program's own command"
    assert may_mount(stack, "eu-west-1a", "eu-west-1a", action="ClientWrite")
    # The daemons do not start behind it.
    assert {"containerName": "configure", "condition": "SUCCESS"} in stack.containers("eu-west-1a")["ipfs"]["dependsOn"]
    assert "exit 3" in emptied["command"][0]
    # Nothing is emptied before the old task has ended, nothing started before the emptying has.
    order = [name for _, name, _ in ran.calls]
    assert order.index("wait_describe_tasks") < order.index("run_task") < len(order) - 1 - order[::-1].index("wait_describe_tasks")
    assert [one["desiredCount"] for one in ran.asked("update_service")] == [0, 1]
    assert order[-1] == "wait_describe_services"


def test_a_backup_is_found_restored_and_looked_into(stack: Deployed, tmp_path: Path) -> None:
    efs = stack.client("efs")
    old = stack.output("file_system_ids")["eu-west-1a"]
    restored = efs.create_file_system(CreationToken="restored", AvailabilityZoneName="eu-west-1a", Encrypted=True)["FileSystemId"]
    backup = "arn:aws:backup:eu-west-1:123456789012:recovery-point:1"
    points = {"RecoveryPoints": [{"CreationDate": "2026-11-24", "Status": "COMPLETED", "ResourceArn": old, "RecoveryPointArn": backup}]}
    asked = "docs/operations.md", "**Restore**"
    script = documented(*asked, count=3).replace("<the RecoveryPointArn>", backup).replace("<the file system's ID in its ResourceArn>", old)
    with shell(
        stack,
        tmp_path,
        list_recovery_points_by_backup_vault=lambda _: points,
        start_restore_job=lambda _: {"RestoreJobId": "job"},
        run_task=RUN,
        describe_restore_job=lambda _: {"Status": "COMPLETED", "CreatedResourceArn": restored},
    ) as ran:
        assert backup in ran.run(VARIABLES + script.replace("<the new file system's ID>", restored))
    assert ran.asked("list_recovery_points_by_backup_vault") == [{"BackupVaultName": stack.output("backup_vault_name"), "ByResourceType": "EFS"}]
    (restore,) = ran.asked("start_restore_job")
    assert (restore["RecoveryPointArn"], restore["IamRoleArn"], restore["ResourceType"]) == (backup, stack.output("backup_role_arn"), "EFS")
    token = restore["Metadata"].pop("CreationToken")
    assert re.fullmatch(r"restore-\d+", token), "another one each time"
    # AWS Backup Developer Guide, "Restore an Amazon EFS file system": without the last two the restored one is regional.
    assert restore["Metadata"] == {
        "newFileSystem": "true",
        "file-system-id": old,
        "Encrypted": "true",
        "PerformanceMode": "generalPurpose",
        "singleAzFilesystem": "true",
        "availabilityZoneName": "eu-west-1a",
    }
    (look,) = ran.asked("register_task_definition")
    (container,) = look["containerDefinitions"]
    own = stack.containers("eu-west-1a")["configure"]
    assert (container["image"], container["user"], container["logConfiguration"]) == (own["image"], own["user"], own["logConfiguration"])
    assert look["volumes"] == [{"name": "restored", "efsVolumeConfiguration": {"fileSystemId": restored, "transitEncryption": "ENABLED"}}]
    assert "secrets" not in container
    (target,) = ran.asked("create_mount_target")
    (node,) = efs.describe_mount_targets(FileSystemId=old)["MountTargets"]
    assert target["SubnetId"] == node["SubnetId"]
    assert target["SecurityGroups"] == efs.describe_mount_target_security_groups(MountTargetId=node["MountTargetId"])["SecurityGroups"]
    assert efs.describe_mount_targets(FileSystemId=restored)["MountTargets"] == [], "the stack makes its own"


def test_why_a_node_does_not_run(stack: Deployed, tmp_path: Path) -> None:
    stopped = {"stoppedReason": "Essential container in task exited", "containers": [{"name": "ipfs", "reason": "OutOfMemoryError", "exitCode": 137}]}
    script = documented("docs/operations.md", "### Nodes down").replace("<node>", "eu-west-1a")
    with shell(stack, tmp_path, list_tasks=lambda _: {"taskArns": ["arn:stopped"]}, describe_tasks=lambda _: {"tasks": [stopped]}) as ran:
        printed = ran.run(VARIABLES + script)
    assert json.loads(printed.splitlines()[-1]) == ["Essential container in task exited", [["ipfs", "OutOfMemoryError", 137]]]
    cluster = stack.output("cluster_arn")
    assert ran.asked("describe_services") == [{"cluster": cluster, "services": ["ipfs-node-eu-west-1a"]}]
    assert ran.asked("list_tasks") == [{"cluster": cluster, "serviceName": "ipfs-node-eu-west-1a", "desiredStatus": "STOPPED"}]
    assert ran.asked("describe_tasks") == [{"cluster": cluster, "tasks": ["arn:stopped"]}]


def test_who_was_refused_most_often(stack: Deployed, tmp_path: Path) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()

    def sync(given: dict[str, Any]) -> str:
        source, target = given["words"]
        assert source == "s3://ipfs-access-logs-0a1b2c3/AWSLogs/123456789012/CloudFront/"
        assert (given["exclude"], given["include"]) == (["*"], [f"*{today}*"])
        (tmp_path / target).mkdir()
        requests: dict[str, list[tuple[object, str]]] = {
            "E1": [("401", "203.0.113.7"), ("200", "203.0.113.9")],
            "E2": [(401, "203.0.113.7"), (401, "203.0.113.8")],
        }
        for distribution, lines in requests.items():
            with gzip.open(tmp_path / target / f"{distribution}.{today}-12.gz", "wt") as file:
                file.writelines(json.dumps({"sc-status": status, "c-ip": client}) + "\n" for status, client in lines)
        return ""

    script = documented("docs/operations.md", "#### Find out who asks").replace("<name>", "ipfs").replace("<account>", stack.account.id)
    buckets = {"Buckets": [{"Name": "ipfs-pinset-0a1b2c3"}, {"Name": "ipfs-access-logs-0a1b2c3"}]}
    with shell(stack, tmp_path, list_buckets=lambda _: buckets, s3_sync=sync) as ran:
        printed = ran.run(VARIABLES + script)
    assert [line.split() for line in printed.splitlines()] == [["2", "203.0.113.7"], ["1", "203.0.113.8"]]
