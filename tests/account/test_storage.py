"""What each choice of storage and backup does to the account."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from sandbox.account import Account
from tests.account.test_permissions import NODES, policies, task
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, deployed, deployed_small, environment

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"


def file_systems(stack: Deployed) -> list[dict[str, Any]]:
    return list(stack.client("efs").describe_file_systems()["FileSystems"])


def mounted(stack: Deployed, node: str) -> dict[str, dict[str, Any]]:
    """The access points that a node's task mounts, by volume."""
    efs = stack.client("efs")
    volumes = {volume["name"]: volume["efsVolumeConfiguration"] for volume in task(stack, node)["volumes"]}
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
            role = task(stack, node)["taskRoleArn"]
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


def test_what_is_kept_and_what_goes() -> None:
    def retained(groups: Groups) -> set[str]:
        with deployed(groups) as stack:
            return {r.name for r in stack.deployment.registrations if r.request.retainOnDelete}

    keys = {f"ipfs-credentials-{node}-{daemon}-private-key" for node in NODES for daemon in ("kubo", "cluster")}
    backup = {"ipfs-backup", "ipfs-backup-back-up", "ipfs-backup-restore"}
    parts = {f"ipfs-{node}-storage-{part}" for node in NODES for part in ("file-system", "policy")}
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
        assert {r.name for r in stack.deployment.registrations if r.request.retainOnDelete} == {"ipfs-backup", "ipfs-backup-back-up", "ipfs-backup-restore"}
        assert {what for what in stack.output("retained") if not what.startswith("task definitions")} == {"backup role"}
        assert stack.output("backup_vault_name") == "mine"


def warnings_of(stack: Deployed, groups: Groups, caught: pytest.MonkeyPatch) -> list[str]:
    """What the program warns of when it runs once more in the account, but for its resources a new stack."""
    from sandbox import simulation
    from tests.helpers.support import ROOT, UNMONITORED, configuration

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


def test_a_lookup_that_fails_is_no_reason_to_warn_or_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise Exception("FileSystemNotFound")

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


def adopt(account: Account, **more: Any) -> dict[str, Any]:
    system = account.client("efs").create_file_system(CreationToken="old", AvailabilityZoneName="eu-west-1a", Encrypted=True)["FileSystemId"]
    return {"fileSystemId": system, **more}


def test_a_file_system_that_is_there_is_adopted() -> None:
    with deployed(lambda account: {"storage": {"existing": {"eu-west-1a": adopt(account, path="/aws-backup-restore_2026")}}}) as stack:
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
        may = policies(stack, task(stack, "eu-west-1a")["taskRoleArn"])
        arn = f"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/{old}"
        assert allowed("elasticfilesystem:ClientMount", arn, may, elasticfilesystem__AccessPointArn=points["ipfs"]["AccessPointArn"])
        assert not [r for r in stack.registered(FILE_SYSTEM) if "eu-west-1a" in r.name], "so it is never deleted"
        assert stack.output("retained")["taken over: file system of eu-west-1a"] == arn
        policy = next(r for r in stack.registered("aws:efs/fileSystemPolicy:FileSystemPolicy") if "eu-west-1a" in r.name)
        assert policy.request.retainOnDelete, "it stays closed when the stack goes"


def test_access_points_that_are_there_are_adopted() -> None:
    def groups(account: Account) -> Groups:
        given = adopt(account, createMountTarget=False)
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


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({}, {"fileSystem": "regional"}, r"storage.fileSystem: regional would leave fs-\w+, a one-zone file system with data of node eu-west-1a"),
        ({"fileSystem": "regional"}, {}, r"storage.fileSystem: one-zone would leave fs-\w+, a regional file system with data of all nodes"),
        ({}, {"kmsKeyArn": KEY}, r"storage.kmsKeyArn: '.*0a1b2c3d' would leave fs-\w+, which holds data of node eu-west-1b under aws/elasticfilesystem"),
    ],
)
def test_a_choice_that_would_leave_data_behind_is_refused(first: Groups, then: Groups, message: str) -> None:
    from ipfs_cluster.args import InvalidInput

    from sandbox import simulation
    from tests.helpers.support import ROOT, configuration

    with deployed({"storage": first}) as stack:
        before = len(file_systems(stack))
        with pytest.raises(InvalidInput, match=message) as refused:
            simulation.run(ROOT / "__main__.py", configuration({"storage": then}), stack.account)
        assert "docs/operations.md" in str(refused.value), "what to do instead"
        assert len(file_systems(stack)) == before


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


def test_what_a_repository_is_made_with() -> None:
    def profiles(groups: Groups) -> str:
        with deployed_small(groups) as stack:
            return environment(stack.containers("eu-west-1a")["configure"])["KUBO_PROFILES"]

    assert profiles({}) == "flatfs,unixfs-v1-2025"
    assert profiles({"storage": {"datastore": "pebble", "unixfsProfile": "unixfs-v0-2015"}}) == "pebbleds,unixfs-v0-2015"


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
        assert not allowed("iam:PassRole", task(stack, "eu-west-1a")["taskRoleArn"], scheduler_may, iam__PassedToService=service)
        kept = {r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete}
        assert kept == {"ipfs-pinset"}


def test_the_pinset_is_exported_unless_one_says_never() -> None:
    with deployed_small({"backup": {"pinsetSchedule": "never"}}) as stack:
        assert stack.output("pinset_bucket") is None
        assert not [r for r in stack.deployment.registrations if "pinset" in r.name]
    with deployed_small({"backup": {"pinsetSchedule": "cron(0 4 ? * SUN *)"}}) as stack:
        assert [stack.inputs(r.type, r.name)["scheduleExpression"] for r in stack.registered("aws:scheduler/schedule:Schedule")] == ["cron(0 4 ? * SUN *)"]


S3 = {"storage": {"datastore": "s3"}, "nodes": {"kuboImage": "example.com/kubo-s3:v0.43.1", "count": 2}}


def test_blocks_in_s3() -> None:
    with deployed(S3) as stack:
        s3, buckets = stack.client("s3"), stack.output("block_buckets")
        assert list(buckets) == NODES[:2]
        assert len(set(buckets.values())) == 2, "nodes that shared one would collect each other's blocks"
        for node, bucket in buckets.items():
            (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
            assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
            (deny,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
            assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
            assert "Status" not in s3.get_bucket_versioning(Bucket=bucket), "what was collected would be kept"
            (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
            assert not {"Expiration", "Transitions", "NoncurrentVersionExpiration"} & set(rule), "what expires would be a broken pin"

            may, arn, other = policies(stack, task(stack, node)["taskRoleArn"]), f"arn:aws:s3:::{bucket}", next(b for b in buckets.values() if b != bucket)
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                assert allowed(action, f"{arn}/CIQ", may)
                assert not allowed(action, f"arn:aws:s3:::{other}/CIQ", may)
            assert allowed("s3:ListBucket", arn, may)
            for action in ("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutObjectAcl", "s3:GetBucketPolicy", "s3:PutLifecycleConfiguration"):
                assert not allowed(action, arn, may)
                assert not allowed(action, f"{arn}/CIQ", may)

            containers = stack.containers(node)
            configure = environment(containers["configure"])
            config = json.loads(configure["KUBO_CONFIG"])
            blocks, rest = config["Datastore"]["Spec"]["mounts"]
            assert blocks["child"] == {
                "type": "s3ds",
                "region": "eu-west-1",
                "bucket": bucket,
                "rootDirectory": "",
                "accessKey": "",
                "secretKey": "",
                "credentialsEndpoint": "@CREDENTIALS_ENDPOINT@",
            }
            assert (blocks["mountpoint"], rest["mountpoint"], rest["child"]["type"]) == ("/blocks", "/", "levelds")
            assert config["Provide"]["Strategy"] == "all"
            assert configure["KUBO_PROFILES"] == "unixfs-v1-2025", "a datastore's profile would put the blocks back"
            assert configure["AWS_EC2_METADATA_DISABLED"] == environment(containers["ipfs"])["AWS_EC2_METADATA_DISABLED"] == "true"
            assert environment(containers["ipfs-cluster"])["CLUSTER_BALANCED_ALLOCATEBY"] == "tag:group,pinqueue"
        kept = {r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete}
        assert kept == {"ipfs-eu-west-1a-blocks", "ipfs-eu-west-1b-blocks", "ipfs-pinset"}
        (service,) = (r for r in stack.registered("aws:ecs/service:Service") if r.name == "ipfs-eu-west-1a-service")
        assert "ipfs-eu-west-1a-blocks" in {urn.rpartition("::")[2] for urn in service.request.dependencies}


def test_a_bucket_that_is_there_is_adopted_with_its_file_system() -> None:
    with deployed(lambda account: {**S3, "storage": {"datastore": "s3", "existing": {"eu-west-1a": adopt(account, bucket="old-blocks")}}}) as stack:
        assert stack.output("block_buckets")["eu-west-1a"] == "old-blocks"
        assert {r.name for r in stack.registered("aws:s3/bucket:Bucket")} == {"ipfs-eu-west-1b-blocks", "ipfs-pinset"}
        assert stack.output("retained")["taken over: blocks of eu-west-1a"] == "arn:aws:s3:::old-blocks"
        assert allowed("s3:GetObject", "arn:aws:s3:::old-blocks/CIQ", policies(stack, task(stack, "eu-west-1a")["taskRoleArn"]))


def test_without_retention_buckets_go_with_their_blocks() -> None:
    with deployed_small({**S3, "storage": {"datastore": "s3", "retainOnDelete": False}}) as stack:
        assert {stack.inputs(r.type, r.name)["forceDestroy"] for r in stack.registered("aws:s3/bucket:Bucket")} == {True}
        assert not [r.name for r in stack.registered("aws:s3/bucket:Bucket") if r.request.retainOnDelete]


def test_without_s3_there_is_nothing_of_it() -> None:
    with deployed_small() as stack:
        assert stack.output("block_buckets") == {}
        assert {r.name for r in stack.registered("aws:s3/bucket:Bucket")} == {"ipfs-pinset"}
        assert "Spec" not in json.loads(environment(stack.containers("eu-west-1a")["configure"])["KUBO_CONFIG"])["Datastore"]
        assert "CLUSTER_BALANCED_ALLOCATEBY" not in environment(stack.containers("eu-west-1a")["ipfs-cluster"])
