"""An account for the kit: what it asks is held against botocore's models, and answered from what the stand-in provider's world holds."""

import datetime
import functools
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.exceptions
from botocore.validate import ParamValidator

from tests.helpers.world import ACCOUNT, REGION, World, deploy

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
OLD, NEW = "OLD", "NEW"


@functools.cache
def _model(service: str) -> Any:
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    client: Any = session.client(service, region_name=REGION)  # type: ignore[call-overload]
    return client


def error(code: str, operation: str = "Any") -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"{code} it is"}}, operation)


class Cloud:
    """The account. Faults are injected by ``broken``: an answer, or an error, in place of an operation's own."""

    region = REGION

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self.world, self._now = world, now
        self.broken: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.places: list[tuple[str, str]] = []
        """Operations, and the Region in which they were asked."""
        self.rang: list[tuple[str, float]] = []
        """Alarms, and when they went to ALARM."""
        self.trail: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.task_script: Callable[[str], tuple[int, str, list[str]]] = lambda what: (0, "Essential container in task exited", [])
        """How a task of the kit's ends: exit code, reason, lines."""
        self.exports: list[str] = []
        self.revisions: dict[str, dict[str, Any]] = {}
        self.own_services: dict[str, dict[str, Any]] = {}
        self.roles: dict[str, dict[str, str]] = {}
        self.file_systems: dict[str, dict[str, Any]] = {}
        self.mount_targets: dict[str, str] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.vaults: dict[str, list[str]] = {}
        self.distributions: dict[str, dict[str, Any]] = {}
        self.log_groups: set[str] = set()
        self.subnets = ["subnet-0000000000a", "subnet-0000000000b", "subnet-0000000000c"]
        self.subnet_zone = f"{REGION}a"
        self.killed: set[str] = set()
        self.memory = [20.0, 22.0]
        self.records = [{"Cluster": "x", "ipfs_bitswap_sent_all_blocks_bytes": {"Max": 0, "Min": 0, "Count": 0, "Sum": 0}}]
        self.container_restart_policy: dict[str, Any] = {}
        self.alarm_states: dict[str, str] = {}

    # --- the interface ------------------------------------------------------------------------------------------------

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        self.asked.append((f"{service}.{operation}", parameters))
        self.places.append((f"{service}.{operation}", at or self.region))
        model = _model(service).meta.service_model.operation_model(_model(service).meta.method_to_api_mapping[operation])
        if model.input_shape is not None:
            found = ParamValidator().validate(parameters, model.input_shape)
            assert not found.has_errors(), f"{service}.{operation}: {found.generate_report()}"
        else:
            assert not parameters
        broken = self.broken.get(f"{service}.{operation}")
        handler = getattr(self, f"{service.replace('-', '_')}_{operation}")
        if isinstance(broken, BaseException):
            raise broken
        answer: dict[str, Any] = broken(parameters, lambda: handler(parameters)) if callable(broken) else handler(parameters)
        if model.output_shape is not None and not isinstance(answer, _Loose):
            known = {key: value for key, value in answer.items() if key != "Body"}
            unknown = set(known) - set(model.output_shape.members)
            assert not unknown, f"{service}.{operation} answers no {unknown}"
            found = ParamValidator().validate(known, model.output_shape)
            assert not found.has_errors(), f"{service}.{operation} answers {found.generate_report()}"
        return answer

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        return list(self.call(service, operation, at=at, **parameters).get(key, []))

    def session_ends(self) -> tuple[datetime.datetime | None, bool]:
        return None, False

    def is_temporary(self) -> bool:
        return False

    def times(self, operation: str) -> int:
        return sum(1 for name, _ in self.asked if name == operation)

    def _when(self, seconds: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)

    # --- identity, EC2, quotas ----------------------------------------------------------------------------------------

    def sts_get_caller_identity(self, p: Any) -> dict[str, Any]:
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/someone", "UserId": "U"}

    def ec2_describe_regions(self, p: Any) -> dict[str, Any]:
        wanted = p["Filters"][0]["Values"][0]
        return {"Regions": [{"RegionName": wanted, "OptInStatus": "opt-in-not-required"}] if wanted == REGION else []}

    def ec2_describe_subnets(self, p: Any) -> dict[str, Any]:
        return {"Subnets": [{"SubnetId": p["SubnetIds"][0], "AvailabilityZone": self.subnet_zone}]}

    def ec2_describe_security_groups(self, p: Any) -> dict[str, Any]:
        if "GroupIds" in p:
            raise error("InvalidGroup.NotFound")
        return {"SecurityGroups": [{"GroupId": "sg-cf", "GroupName": "CloudFront-VPCOrigins-Service-SG"}]}

    def service_quotas_get_service_quota(self, p: Any) -> dict[str, Any]:
        return {"Quota": {"Value": 6.0}}

    # --- ECS ----------------------------------------------------------------------------------------------------------

    def ecs_describe_services(self, p: Any) -> dict[str, Any]:
        found = []
        for name in (one.rpartition("/")[2] for one in p["services"]):
            network = {"awsvpcConfiguration": {"subnets": ["subnet-0000000000a"], "securityGroups": ["sg-00000000nodes"], "assignPublicIp": "ENABLED"}}
            if name in self.own_services:
                found.append({**self.own_services[name], "serviceName": name, "networkConfiguration": network})
            elif name in self.world.services():
                of = self.world.services()[name]
                found.append(
                    {
                        "serviceName": name,
                        "status": "ACTIVE",
                        "taskDefinition": of["taskDefinition"],
                        "runningCount": of["runningCount"],
                        "desiredCount": 1,
                        "networkConfiguration": network,
                        "deployments": [],
                    }
                )
        return {"services": found}

    def ecs_list_tasks(self, p: Any) -> dict[str, Any]:
        if "startedBy" in p:
            return {"taskArns": [arn for arn, task in self.tasks.items() if task["startedBy"] == p["startedBy"] and task["lastStatus"] != "STOPPED"]}
        if p.get("desiredStatus") == "STOPPED":
            return {"taskArns": []}
        return {"taskArns": [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/{p['serviceName']}-{NEW if p['serviceName'] in self.killed else OLD}"]}

    def ecs_describe_tasks(self, p: Any) -> dict[str, Any]:
        return {"tasks": [self._task(arn) for arn in p["tasks"]]}

    def _task(self, arn: str) -> dict[str, Any]:
        if arn not in self.tasks:
            return {"taskArn": arn, "lastStatus": "RUNNING", "healthStatus": "HEALTHY", "containers": [{"name": "metrics", "lastStatus": "RUNNING"}]}
        task = self.tasks[arn]
        task["looks"] += 1
        if task["looks"] > 2 and task["lastStatus"] == "RUNNING":
            code, reason, task["lines"] = self.task_script(task["what"])
            task |= {"lastStatus": "STOPPED", "exit": code, "reason": reason}
        containers = [{"name": name, "exitCode": task.get("exit", 0)} for name in task["containers"]]
        return {"taskArn": arn, "lastStatus": task["lastStatus"], "stoppedReason": task.get("reason", ""), "containers": containers}

    def ecs_stop_task(self, p: Any) -> dict[str, Any]:
        if p["task"] in self.tasks:
            self.tasks[p["task"]]["lastStatus"] = "STOPPED"
        else:
            self.killed.add(p["task"].rpartition("/")[2].rpartition("-")[0])
        return {"task": {"taskArn": p["task"]}}

    def ecs_run_task(self, p: Any) -> dict[str, Any]:
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/{len(self.tasks)}"
        definition = self.revisions.get(p["taskDefinition"])
        names = [one["name"] for one in definition["containerDefinitions"]] if definition else ["pins", "upload"]
        what = names[0]
        self.tasks[arn] = {"startedBy": p["startedBy"], "lastStatus": "RUNNING", "looks": 0, "what": what, "containers": names, "lines": []}
        return {"tasks": [{"taskArn": arn}], "failures": []}

    def ecs_register_task_definition(self, p: Any) -> dict[str, Any]:
        number = 1 + sum(one["family"] == p["family"] for one in self.revisions.values())
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{p['family']}:{number}"
        self.revisions[arn] = {**{key: value for key, value in p.items() if key != "tags"}, "taskDefinitionArn": arn, "status": "ACTIVE"}
        return {"taskDefinition": self.revisions[arn]}

    def ecs_describe_task_definition(self, p: Any) -> dict[str, Any]:
        arn = p["taskDefinition"]
        if arn in self.revisions:
            return {"taskDefinition": self.revisions[arn]}
        known = self.world.revisions()[arn]
        names = ["configure", "ipfs", "ipfs-cluster"] if len(known["images"]) == 3 else [f"c{i}" for i in range(len(known["images"]))]
        names = known.get("containers", names)
        containers = [
            {
                "name": name,
                "image": image,
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/g", "awslogs-region": REGION}},
                **({"restartPolicy": self.container_restart_policy} if self.container_restart_policy else {}),
            }
            for name, image in zip(names, known["images"], strict=True)
        ]
        return {
            "taskDefinition": {
                "taskDefinitionArn": arn,
                "family": known["family"],
                "status": "ACTIVE" if known["active"] else "INACTIVE",
                "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
                "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
                "containerDefinitions": containers,
            }
        }

    def ecs_list_task_definitions(self, p: Any) -> dict[str, Any]:
        wanted = p.get("status", "ACTIVE")
        of_stack = {arn: one for arn, one in self.world.revisions().items() if one["active"] == (wanted == "ACTIVE") and not one.get("deleted")}
        own = {arn: one for arn, one in self.revisions.items() if one["status"] == wanted}
        return {"taskDefinitionArns": [arn for arn, one in {**of_stack, **own}.items() if one["family"].startswith(p["familyPrefix"])]}

    def ecs_deregister_task_definition(self, p: Any) -> dict[str, Any]:
        if p["taskDefinition"] in self.revisions:
            self.revisions[p["taskDefinition"]]["status"] = "INACTIVE"
            return {"taskDefinition": self.revisions[p["taskDefinition"]]}
        with self.world.change() as content:
            content["revisions"][p["taskDefinition"]]["active"] = False
        return {}

    def ecs_delete_task_definitions(self, p: Any) -> dict[str, Any]:
        for arn in p["taskDefinitions"]:
            if self.revisions.pop(arn, None) is None:
                with self.world.change() as content:
                    content["revisions"][arn]["deleted"] = True
        return {}

    def ecs_create_service(self, p: Any) -> dict[str, Any]:
        self._rollout(p["serviceName"], p["taskDefinition"], "")
        return {"service": {"serviceName": p["serviceName"]}}

    def ecs_update_service(self, p: Any) -> dict[str, Any]:
        self._rollout(p["service"], p["taskDefinition"], self.own_services[p["service"]]["taskDefinition"])
        return {"service": {"serviceName": p["service"]}}

    def _rollout(self, name: str, revision: str, before: str) -> None:
        bad = "no-such-tag" in self.revisions[revision]["containerDefinitions"][0]["image"]
        runs = before if bad else revision
        state = "FAILED" if bad and not before else "COMPLETED"
        deployment = {"status": "PRIMARY", "taskDefinition": runs or revision, "rolloutState": state, "rolloutStateReason": f"deployment {state.lower()}"}
        self.own_services[name] = {"status": "ACTIVE", "taskDefinition": runs or revision, "runningCount": 1 if runs else 0, "deployments": [deployment]}

    def ecs_list_service_deployments(self, p: Any) -> dict[str, Any]:
        failed = self.own_services[p["service"]]["deployments"][0]["rolloutState"] == "FAILED"
        return {"serviceDeployments": [{"status": "ROLLBACK_FAILED" if failed else "SUCCESSFUL"}]}

    def ecs_delete_service(self, p: Any) -> dict[str, Any]:
        self.own_services.pop(p["service"])
        return {}

    def ecs_describe_clusters(self, p: Any) -> dict[str, Any]:
        return {"clusters": [{"status": "INACTIVE"}]}

    # --- EFS, IAM, logs -----------------------------------------------------------------------------------------------

    def efs_describe_lifecycle_configuration(self, p: Any) -> dict[str, Any]:
        return {"LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]}

    def efs_describe_file_systems(self, p: Any) -> dict[str, Any]:
        if "CreationToken" in p:
            return {"FileSystems": [one for one in self.file_systems.values() if one["CreationToken"] == p["CreationToken"]]}
        return {"FileSystems": [self.file_systems.get(p["FileSystemId"]) or self._file_system(p["FileSystemId"], "own")]}

    def _file_system(self, id_: str, token: str, **more: Any) -> dict[str, Any]:
        return {
            "FileSystemId": id_,
            "OwnerId": ACCOUNT,
            "CreationToken": token,
            "CreationTime": NOW,
            "LifeCycleState": "available",
            "NumberOfMountTargets": 0,
            "SizeInBytes": {"Value": 6144},
            "PerformanceMode": "generalPurpose",
            "Tags": [],
            "FileSystemArn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{id_}",
            "AvailabilityZoneName": f"{REGION}a",
            "Encrypted": True,
            **more,
        }

    def efs_create_file_system(self, p: Any) -> dict[str, Any]:
        id_ = f"fs-0000000{len(self.file_systems)}"
        self.file_systems[id_] = self._file_system(id_, p["CreationToken"])
        return self.file_systems[id_]

    def efs_delete_file_system(self, p: Any) -> dict[str, Any]:
        assert p["FileSystemId"] not in self.mount_targets.values()
        del self.file_systems[p["FileSystemId"]]
        return {}

    def efs_create_mount_target(self, p: Any) -> dict[str, Any]:
        self.mount_targets["fsmt-0000000kit"] = p["FileSystemId"]
        return {"MountTargetId": "fsmt-0000000kit", "FileSystemId": p["FileSystemId"], "SubnetId": p["SubnetId"], "LifeCycleState": "creating"}

    def efs_describe_mount_targets(self, p: Any) -> dict[str, Any]:
        return {
            "MountTargets": [
                {"MountTargetId": id_, "FileSystemId": of, "SubnetId": "subnet-0000000000a", "LifeCycleState": "available"}
                for id_, of in self.mount_targets.items()
                if of == p["FileSystemId"]
            ]
        }

    def efs_delete_mount_target(self, p: Any) -> dict[str, Any]:
        del self.mount_targets[p["MountTargetId"]]
        return {}

    def iam_create_role(self, p: Any) -> dict[str, Any]:
        self.roles[p["RoleName"]] = {}
        return {"Role": self._role(p["RoleName"])}

    def _role(self, name: str) -> dict[str, Any]:
        return {"Path": "/", "RoleName": name, "RoleId": "AROA12345678901234567", "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "CreateDate": NOW}

    def iam_get_role(self, p: Any) -> dict[str, Any]:
        if not self._exists("aws:iam/role:Role", p["RoleName"]):
            raise error("NoSuchEntity", "GetRole")
        return {"Role": self._role(p["RoleName"])}

    def iam_list_role_policies(self, p: Any) -> dict[str, Any]:
        return {"PolicyNames": list(self.roles[p["RoleName"]]) if p["RoleName"] in self.roles else ["own"], "IsTruncated": False}

    def iam_get_role_policy(self, p: Any) -> dict[str, Any]:
        return {"RoleName": p["RoleName"], "PolicyName": p["PolicyName"], "PolicyDocument": "{}"}

    def iam_put_role_policy(self, p: Any) -> dict[str, Any]:
        self.roles[p["RoleName"]][p["PolicyName"]] = p["PolicyDocument"]
        return {}

    def iam_delete_role_policy(self, p: Any) -> dict[str, Any]:
        del self.roles[p["RoleName"]][p["PolicyName"]]
        return {}

    def iam_delete_role(self, p: Any) -> dict[str, Any]:
        assert not self.roles.pop(p["RoleName"])
        return {}

    def logs_filter_log_events(self, p: Any) -> dict[str, Any]:
        if p["logGroupName"].endswith("/metrics"):
            return {"events": [{"message": json.dumps(record)} for record in self.records]}
        number = p["logStreamNamePrefix"].rpartition("/")[2]
        task = next(task for arn, task in self.tasks.items() if arn.endswith(f"/{number}"))
        return {"events": [{"message": line} for line in task["lines"]]}

    def logs_describe_log_groups(self, p: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": name} for name in sorted(self.log_groups) if name.startswith(p["logGroupNamePrefix"])]}

    def logs_delete_log_group(self, p: Any) -> dict[str, Any]:
        if p["logGroupName"] not in self.log_groups:
            raise error("ResourceNotFoundException")
        self.log_groups.remove(p["logGroupName"])
        return {}

    # --- CloudWatch, CloudTrail ---------------------------------------------------------------------------------------

    def cloudwatch_describe_alarms(self, p: Any) -> dict[str, Any]:
        names = self._ids("aws:cloudwatch/metricAlarm:MetricAlarm")
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": self.alarm_states.get(name, "OK"), "AlarmActions": ["arn:aws:sns:topic"]} for name in names]}

    def cloudwatch_describe_alarm_history(self, p: Any) -> dict[str, Any]:
        return {
            "AlarmHistoryItems": [
                {"AlarmName": name, "Timestamp": self._when(at), "HistorySummary": "Alarm updated from OK to ALARM"}
                for name, at in self.rang
                if p["StartDate"] <= self._when(at) <= p["EndDate"]
            ]
        }

    def cloudwatch_get_dashboard(self, p: Any) -> dict[str, Any]:
        return {"DashboardName": p["DashboardName"], "DashboardBody": json.dumps({"widgets": [{"type": "alarm"}]})}

    def cloudwatch_get_metric_statistics(self, p: Any) -> dict[str, Any]:
        value = self.memory.pop(0) if p["MetricName"] == "MemoryUtilization" and self.memory else 1024.0 * 1024
        return {"Datapoints": [{"Timestamp": p["StartTime"], p["Statistics"][0]: value}]}

    def cloudtrail_lookup_events(self, p: Any) -> dict[str, Any]:
        wanted = p["LookupAttributes"][0]["AttributeValue"]
        return {"Events": [{"CloudTrailEvent": json.dumps(event)} for event in [*self.trail, *self._usual_trail()] if event["eventName"] == wanted]}

    def _usual_trail(self) -> list[dict[str, Any]]:
        events = [{"eventName": "PutBackupPolicy", "requestParameters": {"fileSystemId": id_}} for id_ in self._ids("aws:efs/fileSystem:FileSystem", True)]
        events += [{"eventName": "DeleteVpcOrigin", "requestParameters": {"id": id_}} for id_ in self._ids("aws:cloudfront/vpcOrigin:VpcOrigin", True)]
        events += [{"eventName": "DeleteVpc", "requestParameters": {"vpcId": id_}} for id_ in self._ids("aws:ec2/vpc:Vpc", True)]
        roles = self._ids("aws:iam/role:Role", True)
        events += [
            {
                "eventName": "AssumeRole",
                "requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{id_}"},
                "userIdentity": {"invokedBy": "ecs-tasks.amazonaws.com"},
            }
            for id_ in roles
        ]
        return [{**event, "eventTime": "2026-11-24T12:00:00Z"} for event in events]

    # --- backup, S3, scheduler ----------------------------------------------------------------------------------------

    def backup_start_backup_job(self, p: Any) -> dict[str, Any]:
        id_ = f"job-{len(self.jobs)}"
        self.jobs[id_] = {"looks": 0, "vault": p["BackupVaultName"], "point": f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:{id_}"}
        return {"BackupJobId": id_}

    def backup_describe_backup_job(self, p: Any) -> dict[str, Any]:
        job = self.jobs[p["BackupJobId"]]
        job["looks"] += 1
        if job["looks"] < 2:
            return {"State": "RUNNING"}
        self.vaults.setdefault(job["vault"], [])
        if job["point"] not in self.vaults[job["vault"]] and not job.get("deleted"):
            self.vaults[job["vault"]].append(job["point"])
        return {"State": "COMPLETED", "RecoveryPointArn": job["point"]}

    def backup_start_restore_job(self, p: Any) -> dict[str, Any]:
        token = p["Metadata"]["CreationToken"]
        zone = p["Metadata"].get("availabilityZoneName") if p["Metadata"].get("singleAzFilesystem") == "true" else None
        made = self._file_system(f"fs-0000000{len(self.file_systems)}", token)
        self.file_systems[made["FileSystemId"]] = {key: value for key, value in {**made, "AvailabilityZoneName": zone}.items() if value is not None}
        return {"RestoreJobId": "restore-1"}

    def backup_describe_restore_job(self, p: Any) -> dict[str, Any]:
        return {"Status": "COMPLETED"}

    def backup_delete_recovery_point(self, p: Any) -> dict[str, Any]:
        self.vaults[p["BackupVaultName"]].remove(p["RecoveryPointArn"])
        for job in self.jobs.values():
            if job["point"] == p["RecoveryPointArn"]:
                job["deleted"] = True
        return {}

    def backup_create_backup_vault(self, p: Any) -> dict[str, Any]:
        self.vaults[p["BackupVaultName"]] = []
        return {}

    def backup_list_recovery_points_by_backup_vault(self, p: Any) -> dict[str, Any]:
        return {"RecoveryPoints": [{"RecoveryPointArn": arn, "Status": "EXPIRED"} for arn in self.vaults[p["BackupVaultName"]]]}

    def backup_delete_backup_vault(self, p: Any) -> dict[str, Any]:
        assert not self.vaults.pop(p["BackupVaultName"])
        return {}

    def scheduler_get_schedule(self, p: Any) -> dict[str, Any]:
        network = {"awsvpcConfiguration": {"Subnets": ["subnet-0000000000a"], "SecurityGroups": ["sg-export"], "AssignPublicIp": "ENABLED"}}
        target = {
            "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/c",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/schedule",
            "EcsParameters": {"TaskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/export", "NetworkConfiguration": network},
        }
        return {"Target": target}

    def s3_get_object(self, p: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO("\n".join(json.dumps({"cid": cid}) for cid in self.exported()).encode())}

    exported: Callable[[], list[str]] = staticmethod(list)
    """The pins that an export holds."""

    # --- the edge -----------------------------------------------------------------------------------------------------

    def cloudfront_get_distribution_config(self, p: Any) -> dict[str, Any]:
        own = self.distributions.get(p["Id"])
        if own:
            return {"ETag": "E", "DistributionConfig": own["config"]}
        origin = {"Id": "gateway", "DomainName": "internal-x.elb.amazonaws.com", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
        return {"ETag": "E", "DistributionConfig": self._config({"Quantity": 1, "Items": [origin]})}

    def _config(self, origins: Any) -> dict[str, Any]:
        behavior = {"TargetOriginId": "gateway", "ViewerProtocolPolicy": "https-only"}
        return {"CallerReference": "x", "Origins": origins, "DefaultCacheBehavior": behavior, "Comment": "", "Enabled": True}

    def cloudfront_create_distribution_with_tags(self, p: Any) -> dict[str, Any]:
        config = p["DistributionConfigWithTags"]["DistributionConfig"]
        self.distributions["EKIT"] = {"config": config}
        return {"Distribution": self._distribution("EKIT", config)}

    def _distribution(self, id_: str, config: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Id": id_,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id_}",
            "Status": "Deployed",
            "LastModifiedTime": NOW,
            "InProgressInvalidationBatches": 0,
            "DomainName": "alias.example",
            "DistributionConfig": config,
        }

    def cloudfront_get_distribution(self, p: Any) -> dict[str, Any]:
        return {"Distribution": self._distribution(p["Id"], self.distributions[p["Id"]]["config"])}

    def cloudfront_update_distribution(self, p: Any) -> dict[str, Any]:
        self.distributions[p["Id"]]["config"] = p["DistributionConfig"]
        return {}

    def cloudfront_list_distributions(self, p: Any) -> dict[str, Any]:
        items = [{"Id": id_, "Comment": one["config"]["Comment"]} for id_, one in self.distributions.items()]
        return _Loose({"DistributionList": {"Items": items}})

    def cloudfront_delete_distribution(self, p: Any) -> dict[str, Any]:
        assert not self.distributions[p["Id"]]["config"]["Enabled"]
        del self.distributions[p["Id"]]
        return {}

    def elbv2_describe_load_balancers(self, p: Any) -> dict[str, Any]:
        return {"LoadBalancers": [{"AvailabilityZones": [{"SubnetId": subnet} for subnet in self.subnets]}]}

    def elbv2_set_subnets(self, p: Any) -> dict[str, Any]:
        self.subnets = list(p["Subnets"])
        return {}

    # --- what is there ------------------------------------------------------------------------------------------------

    def resourcegroupstaggingapi_get_resources(self, p: Any) -> dict[str, Any]:
        (wanted,) = p["TagFilters"]
        found = [
            arn for arn, one in self.world.read().get("resources", {}).items() if one["tags"].get(wanted["Key"]) in wanted["Values"] and not one["deleted"]
        ]
        return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in found]}

    def _ids(self, type_: str, deleted: bool = False) -> list[str]:
        return [one["id"] for one in self.world.read().get("resources", {}).values() if one["type"] == type_ and (deleted or not one["deleted"])]

    def _exists(self, type_: str, id_: str) -> bool:
        return id_ in self._ids(type_)

    def deploy(self, service: str, definition: str) -> str:
        with self.world.change() as content:
            return deploy(content, service, definition)


class _Loose(dict[str, Any]):
    """An answer that says less than AWS's does."""
