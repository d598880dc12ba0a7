"""File systems: one for each node or one for all, throughput, lifecycle, and those that are taken over."""

import json
from typing import Any

from sandbox.account import Account
from tests.helpers.account import NODES, existing_file_system, file_systems, policies, task_definition
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, deployed, deployed_small, environment

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"


def mounted(stack: Deployed, node: str) -> dict[str, dict[str, Any]]:
    """The access points that a node's task mounts, by volume."""
    efs = stack.client("efs")
    volumes = {volume["name"]: volume["efsVolumeConfiguration"] for volume in task_definition(stack, node)["volumes"]}
    return {
        name: efs.describe_access_points(AccessPointId=volume["authorizationConfig"]["accessPointId"])["AccessPoints"][0] for name, volume in volumes.items()
    }


def test_one_regional_file_system_for_all() -> None:
    with deployed({"storage": {"fileSystem": "regional"}, "nodes": {"count": 4}}) as stack:
        (system,) = file_systems(stack)
        assert "AvailabilityZoneName" not in system
        assert system["Encrypted"] is True
        efs = stack.client("efs")
        targets = efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]
        assert sorted(target["AvailabilityZoneName"] for target in targets) == NODES, "one in each zone, whatever the number of nodes"
        assert set(stack.output("file_system_ids").values()) == {system["FileSystemId"]}
        arns = {}
        for node in [*NODES, "eu-west-1a-2"]:
            points = mounted(stack, node)
            assert {name: point["RootDirectory"]["Path"] for name, point in points.items()} == {
                "ipfs": f"/{node}/ipfs",
                "ipfs-cluster": f"/{node}/ipfs-cluster",
            }
            arns[node] = [point["AccessPointArn"] for point in points.values()]
        (policy,) = (stack.inputs(r.type, r.name) for r in stack.registered("aws:efs/fileSystemPolicy:FileSystemPolicy"))
        statements = json.loads(policy["policy"])["Statement"]
        assert {s["Effect"] for s in statements} == {"Deny"}
        assert {s["Sid"]: s.get("Condition") for s in statements} == {
            "OnlyThroughAccessPoints": {"Null": {"elasticfilesystem:AccessPointArn": "true"}},
            "OnlyOverTls": {"Bool": {"aws:SecureTransport": "false"}},
            "NeverAsRoot": None,
        }

        def may_mount(node: str, **context: str) -> bool:
            role = task_definition(stack, node)["taskRoleArn"]
            given = {"aws__SecureTransport": "true", **context}
            return allowed("elasticfilesystem:ClientMount", system["FileSystemArn"], policies(stack, role), json.loads(policy["policy"]), role, **given)

        for node in arns:
            for other, points_ in arns.items():
                for point in points_:
                    assert may_mount(node, elasticfilesystem__AccessPointArn=point) is (other == node)
            assert not may_mount(node), "without an access point"
            assert not may_mount(node, elasticfilesystem__AccessPointArn=arns[node][0], aws__SecureTransport="false")


def test_throughput_and_lifecycle() -> None:
    settings = {"fileSystem": "regional", "transitionToIaDays": 30, "transitionToArchiveDays": 90, "kmsKeyArn": KEY}
    with deployed_small({"storage": settings}) as stack:
        (system,) = file_systems(stack)
        assert (system["ThroughputMode"], system["KmsKeyId"]) == ("elastic", KEY)
        policies_ = stack.client("efs").describe_lifecycle_configuration(FileSystemId=system["FileSystemId"])["LifecyclePolicies"]
        assert policies_ == [
            {"TransitionToIA": "AFTER_30_DAYS"},
            {"TransitionToArchive": "AFTER_90_DAYS"},
            {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
        ]
        # A read would move a file back.
        assert environment(stack.containers("eu-west-1a")["ipfs"])["VERIFIER_BYTES_PER_SECOND"] == "0"
    with deployed_small({"storage": {"throughputMode": "provisioned", "provisionedThroughputMibps": 64, "transitionToIaDays": 1}}) as stack:
        for system in file_systems(stack):
            assert (system["ThroughputMode"], system["ProvisionedThroughputInMibps"]) == ("provisioned", 64)
            policies_ = stack.client("efs").describe_lifecycle_configuration(FileSystemId=system["FileSystemId"])["LifecyclePolicies"]
            assert policies_ == [{"TransitionToIA": "AFTER_1_DAY"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]
    with deployed_small({"storage": {"throughputMode": "bursting"}}) as stack:
        inputs = stack.inputs(FILE_SYSTEM, "ipfs-eu-west-1a-storage-file-system")
        assert inputs["throughputMode"] == "bursting"
        assert "provisionedThroughputInMibps" not in inputs
        assert "lifecyclePolicies" not in inputs
        assert environment(stack.containers("eu-west-1a")["ipfs"])["VERIFIER_BYTES_PER_SECOND"] == "4096"


def test_a_file_system_that_is_there_is_adopted() -> None:
    with deployed(lambda account: {"storage": {"existing": {"eu-west-1a": existing_file_system(account, path="/aws-backup-restore_2026")}}}) as stack:
        old = stack.groups["storage"]["existing"]["eu-west-1a"]["fileSystemId"]
        assert stack.output("file_system_ids")["eu-west-1a"] == old
        assert len(file_systems(stack)) == 3, "no other is made in its place"
        points = mounted(stack, "eu-west-1a")
        assert {name: point["RootDirectory"]["Path"] for name, point in points.items()} == {
            "ipfs": "/aws-backup-restore_2026/ipfs",
            "ipfs-cluster": "/aws-backup-restore_2026/ipfs-cluster",
        }
        assert {point["FileSystemId"] for point in points.values()} == {old}
        (target,) = stack.client("efs").describe_mount_targets(FileSystemId=old)["MountTargets"]
        assert target["AvailabilityZoneName"] == "eu-west-1a"
        may = policies(stack, task_definition(stack, "eu-west-1a")["taskRoleArn"])
        arn = f"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/{old}"
        assert allowed("elasticfilesystem:ClientMount", arn, may, elasticfilesystem__AccessPointArn=points["ipfs"]["AccessPointArn"])
        assert not [r for r in stack.registered(FILE_SYSTEM) if "eu-west-1a" in r.name], "so it is never deleted"
        assert stack.output("retained")["taken over: file system of eu-west-1a"] == arn
        policy = next(r for r in stack.registered("aws:efs/fileSystemPolicy:FileSystemPolicy") if "eu-west-1a" in r.name)
        assert policy.request.retainOnDelete, "it stays closed when the stack goes"


def test_access_points_that_are_there_are_adopted() -> None:
    def groups(account: Account) -> Groups:
        given = existing_file_system(account, createMountTarget=False)
        for key in ("kuboAccessPointId", "clusterAccessPointId"):
            point = account.client("efs").create_access_point(ClientToken=key, FileSystemId=given["fileSystemId"], RootDirectory={"Path": f"/{key}"})
            given[key] = point["AccessPointId"]
        return {"storage": {"existing": {"eu-west-1a": given}}, "nodes": {"count": 1}}

    with deployed_small(groups) as stack:
        given = stack.groups["storage"]["existing"]["eu-west-1a"]
        points = mounted(stack, "eu-west-1a")
        assert {name: point["AccessPointId"] for name, point in points.items()} == {
            "ipfs": given["kuboAccessPointId"],
            "ipfs-cluster": given["clusterAccessPointId"],
        }
        assert not stack.registered("aws:efs/accessPoint:AccessPoint")
        assert not stack.registered("aws:efs/mountTarget:MountTarget")
