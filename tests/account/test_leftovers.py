"""What stays when a stack is destroyed: that all of it is named, keeps its protection, and can be deleted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.helpers.awscli import Shell, shell
from tests.helpers.pages import documented
from tests.helpers.support import Deployed, deployed, deployed_small


def emptied(stack: Deployed) -> None:
    """What a destroy takes away of a file system before it can be deleted."""
    efs = stack.client("efs")
    for system in efs.describe_file_systems()["FileSystems"]:
        for target in efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]:
            efs.delete_mount_target(MountTargetId=target["MountTargetId"])


def test_what_stays_is_deleted_by_hand(tmp_path: Path) -> None:
    groups = {"gateway": {"authentication": "token"}, "storage": {"datastore": "s3"}, "nodes": {"kuboImage": "example.com/kubo-s3:v0.43.1", "count": 2}}
    with deployed(groups) as stack:
        kept = stack.output("retained")
        emptied(stack)
        bucket = kept["pinset bucket"].rpartition(":")[2]
        stack.client("s3").delete_bucket_policy(Bucket=bucket)  # moto takes its Deny for all requests
        for version in range(3):
            stack.client("s3").put_object(Bucket=bucket, Key="pinset.json", Body=str(version).encode())
        role = kept["backup role"].rpartition("/")[2]
        allowing = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
        stack.client("iam").create_policy(PolicyName="p", PolicyDocument=json.dumps(allowing))
        stack.client("iam").attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::123456789012:policy/p")
        points: list[Any] = [{"RecoveryPoints": [{"RecoveryPointArn": "arn:point"}]}]
        with shell(stack, tmp_path, list_recovery_points_by_backup_vault=lambda _: points.pop(), delete_recovery_point=lambda _: {}) as ran:
            (tmp_path / "retained.json").write_text(json.dumps(kept))
            ran.run("region=eu-west-1\n" + documented("README.md", "**with all that they hold**"))
        _nothing_is_left(stack, kept, ran)


def _nothing_is_left(stack: Deployed, kept: dict[str, str], ran: Shell) -> None:
    assert stack.client("efs").describe_file_systems()["FileSystems"] == []
    assert stack.client("cognito-idp").list_user_pools(MaxResults=5)["UserPools"] == []
    assert stack.client("ecs").list_task_definitions()["taskDefinitionArns"] == []
    assert stack.account.client("lambda", "us-east-1").list_functions()["Functions"] == []
    assert stack.client("backup").list_backup_vaults()["BackupVaultList"] == []
    assert [one["RecoveryPointArn"] for one in ran.asked("delete_recovery_point")] == ["arn:point"]
    for what, arn in kept.items():
        if what.startswith("private key"):
            with pytest.raises(ClientError, match="ParameterNotFound"):
                stack.client("ssm").get_parameter(Name=arn.partition(":parameter")[2])
    with pytest.raises(ClientError, match="NoSuchEntity"):
        stack.client("iam").get_role(RoleName=kept["backup role"].rpartition("/")[2])
    buckets = {bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]}
    assert kept["pinset bucket"].rpartition(":")[2] not in buckets
    forced = [one["words"] for _, name, one in ran.calls if name == "rb"]
    assert sorted(forced) == sorted([f"s3://{arn.rpartition(':')[2]}"] for what, arn in kept.items() if what.startswith("blocks of")) or forced


def test_what_was_taken_over_is_not_deleted(tmp_path: Path) -> None:
    def groups(account: Any) -> Any:
        system = account.client("efs").create_file_system(CreationToken="mine", AvailabilityZoneName="eu-west-1a", Encrypted=True)["FileSystemId"]
        return {"storage": {"existing": {"eu-west-1a": {"fileSystemId": system}}}}

    with deployed_small(groups) as stack:
        emptied(stack)
        with shell(stack, tmp_path, list_recovery_points_by_backup_vault=lambda _: {"RecoveryPoints": []}) as ran:
            (tmp_path / "retained.json").write_text(json.dumps(stack.output("retained")))
            ran.run("region=eu-west-1\n" + documented("README.md", "**with all that they hold**"))
        assert [system["CreationToken"] for system in stack.client("efs").describe_file_systems()["FileSystems"]] == ["mine"]
