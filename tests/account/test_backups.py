"""AWS Backup's plan and vault, and the export of the pinset."""

import json

import pytest

from sandbox.account import Account
from tests.helpers.account import NODES, file_systems, policies, task_definition
from tests.helpers.iam import allowed
from tests.helpers.support import Groups, deployed, deployed_small


def test_a_backup_of_one_node() -> None:
    with deployed() as stack:
        backup = stack.client("backup")
        (vault,) = backup.list_backup_vaults()["BackupVaultList"]
        (plan,) = backup.list_backup_plans()["BackupPlansList"]
        (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
        assert (rule["TargetBackupVaultName"], rule["ScheduleExpression"]) == (vault["BackupVaultName"], "cron(0 3 * * ? *)")
        assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
        assert rule["CompletionWindowMinutes"] == 7 * 24 * 60, "the provider's default is three hours"
        assert stack.output("backup_vault_name") == vault["BackupVaultName"]
        assert stack.output("backup_role_arn") == stack.inputs("aws:backup/selection:Selection", "ipfs-backup")["iamRoleArn"]
        selection = stack.inputs("aws:backup/selection:Selection", "ipfs-backup")
        first = stack.output("file_system_ids")["eu-west-1a"]
        assert selection["resources"] == [f"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/{first}"]
        role = stack.client("iam").get_role(RoleName=selection["iamRoleArn"].rpartition("/")[2])["Role"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
        attached = {stack.inputs(r.type, r.name)["policyArn"] for r in stack.registered("aws:iam/rolePolicyAttachment:RolePolicyAttachment")}
        prefix = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor"
        assert attached == {f"{prefix}Backup", f"{prefix}Restores"}
        assert stack.inputs("aws:backup/vault:Vault", "ipfs-backup")["forceDestroy"] is False
        # AWS's own daily backups would be paid for besides.
        automatic = [stack.inputs(r.type, r.name)["backupPolicy"] for r in stack.registered("aws:efs/backupPolicy:BackupPolicy")]
        assert automatic == [{"status": "DISABLED"}] * 3


@pytest.mark.parametrize(
    ("groups", "nodes"),
    [
        ({"backup": {"nodes": "all"}}, NODES),
        ({"backup": {"nodes": "none"}}, []),
        ({"swarm": {"mode": "private"}, "pinning": {"replicationMin": 1, "replicationMax": 2}}, NODES),
        ({"storage": {"fileSystem": "regional"}, "backup": {"nodes": "all"}}, NODES[:1]),
        ({"storage": {"fileSystem": "regional"}}, NODES[:1]),
    ],
)
def test_whose_backups(groups: Groups, nodes: list[str]) -> None:
    with deployed(groups) as stack:
        selections = [stack.inputs(r.type, r.name)["resources"] for r in stack.registered("aws:backup/selection:Selection")]
        ids = stack.output("file_system_ids")
        expected = [f"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/{ids[node]}" for node in nodes]
        assert selections == ([expected] if nodes else [])
        assert len(stack.registered("aws:efs/backupPolicy:BackupPolicy")) == len(file_systems(stack)), "said either way"


def test_a_plan_and_vault_of_ones_own() -> None:
    settings = {"vaultName": "mine", "schedule": "cron(30 1 ? * SUN *)", "retentionDays": 400, "coldStorageDays": 30}

    def groups(account: Account) -> Groups:
        account.client("backup").create_backup_vault(BackupVaultName="mine")
        return {"backup": settings}

    with deployed_small(groups) as stack:
        assert not stack.registered("aws:backup/vault:Vault")
        (plan,) = stack.client("backup").list_backup_plans()["BackupPlansList"]
        (rule,) = stack.client("backup").get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
        assert (rule["TargetBackupVaultName"], rule["ScheduleExpression"]) == ("mine", "cron(30 1 ? * SUN *)")
        assert rule["Lifecycle"] == {"DeleteAfterDays": 400, "MoveToColdStorageAfterDays": 30}


def test_without_retention_the_vault_goes_with_its_backups() -> None:
    with deployed_small({"storage": {"retainOnDelete": False}}) as stack:
        assert stack.inputs("aws:backup/vault:Vault", "ipfs-backup")["forceDestroy"] is True


def test_the_pinset_goes_to_s3() -> None:
    with deployed_small({"backup": {"pinsetRetentionDays": 30}}) as stack:
        s3, bucket = stack.client("s3"), stack.output("pinset_bucket")
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
        assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
        assert "Expiration" not in rule, "the newest one stays"
        (deny,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})

        scheduler = stack.client("scheduler")
        (summary,) = scheduler.list_schedules()["Schedules"]
        schedule = scheduler.get_schedule(Name=summary["Name"])
        assert schedule["ScheduleExpression"] == "rate(1 day)"
        target = schedule["Target"]
        assert target["Arn"] == stack.output("cluster_arn")
        ecs = target["EcsParameters"]
        family = "arn:aws:ecs:eu-west-1:123456789012:task-definition/ipfs-cluster-test-ipfs-pinset-export"
        assert (ecs["TaskDefinitionArn"], ecs["LaunchType"]) == (family, "FARGATE")
        (group,) = ecs["NetworkConfiguration"]["awsvpcConfiguration"]["SecurityGroups"]
        nodes = stack.client("ec2").describe_security_groups(Filters=[{"Name": "tag:Name", "Values": ["ipfs-network-nodes"]}])["SecurityGroups"][0]
        assert {p["FromPort"] for p in nodes["IpPermissions"] if group in [pair["GroupId"] for pair in p["UserIdGroupPairs"]]} == {9094}

        definition = stack.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
        pins, upload = definition["containerDefinitions"]
        assert [name.partition("/dns4/")[2].partition("/")[0] for name in pins["command"][0].split(",")] == list(stack.output("dns_names").values())
        assert [(s["name"], s["valueFrom"].rpartition("/")[2]) for s in pins["secrets"]] == [("CLUSTER_CREDENTIALS", "api-credentials")]
        assert upload["dependsOn"] == [{"containerName": "pins", "condition": "SUCCESS"}]
        assert upload["command"] == ["s3", "cp", "--no-progress", "/export/pinset.json", f"s3://{bucket}/pinset.json"]
        task_may = policies(stack, definition["taskRoleArn"])
        assert allowed("s3:PutObject", f"arn:aws:s3:::{bucket}/pinset.json", task_may)
        assert not allowed("s3:PutObject", f"arn:aws:s3:::{bucket}/other", task_may)
        assert not allowed("s3:GetObject", f"arn:aws:s3:::{bucket}/pinset.json", task_may)
        scheduler_may = policies(stack, target["RoleArn"])
        assert allowed("ecs:RunTask", f"{family}:7", scheduler_may, ecs__cluster=stack.output("cluster_arn"))
        assert not allowed("ecs:RunTask", f"{family}:7", scheduler_may, ecs__cluster="arn:aws:ecs:eu-west-1:123456789012:cluster/other")
        service = "ecs-tasks.amazonaws.com"
        assert allowed("iam:PassRole", definition["taskRoleArn"], scheduler_may, iam__PassedToService=service)
        assert not allowed("iam:PassRole", task_definition(stack, "eu-west-1a")["taskRoleArn"], scheduler_may, iam__PassedToService=service)
        kept = {r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete}
        assert kept == {"ipfs-pinset"}


def test_the_pinset_is_exported_unless_one_says_never() -> None:
    with deployed_small({"backup": {"pinsetSchedule": "never"}}) as stack:
        assert stack.output("pinset_bucket") is None
        assert not [r for r in stack.deployment.registrations if "pinset" in r.name]
    with deployed_small({"backup": {"pinsetSchedule": "cron(0 4 ? * SUN *)"}}) as stack:
        assert [stack.inputs(r.type, r.name)["scheduleExpression"] for r in stack.registered("aws:scheduler/schedule:Schedule")] == ["cron(0 4 ? * SUN *)"]
