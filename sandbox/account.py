"""A simulated AWS account: Pulumi mocks that create what a program asks for in moto.

A type that moto lacks is kept with its inputs. One that is not known here at all is an error: a new resource of the
program has to be taught to the sandbox, by a function below.
"""

import functools
import json
import os
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from . import edge, monitoring
from .common import Created, Inputs, physical_name, tags

# Registered resource types whose API moto 5.2 does not have.
NOT_IN_MOTO = frozenset(
    {
        "aws:backup/selection:Selection",
        "aws:cloudfront/cachePolicy:CachePolicy",
        "aws:cloudfront/monitoringSubscription:MonitoringSubscription",
        "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "aws:cloudfront/vpcOrigin:VpcOrigin",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        "aws:efs/backupPolicy:BackupPolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    }
)

# A third of a second of every account: nothing here starts a machine image.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 (what Pulumi marks secrets with)
_PET_WORDS = ("amber", "brisk", "calm", "deft", "eager", "fair", "glad", "keen", "lively", "mellow", "noble", "quick", "spry", "vivid"), (
    "badger", "crane", "dingo", "egret", "finch", "gecko", "heron", "ibis", "lynx", "marten", "otter", "pika", "robin", "swift",
)  # fmt: skip


class UnknownToSandboxError(Exception):
    """The program used a resource type or a look-up that the sandbox does not know."""


class NotInAccountError(Exception):
    """The program looked something up that the account does not have."""


@dataclass
class Randomness:
    """Values that pulumi-random made, kept between runs as a stack's state would keep them."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By resource type and name: the inputs and the value."""

    def value(self, key: str, inputs: Inputs, make: Callable[[], str]) -> str:
        """The value of a random resource: the one made before, unless its inputs have changed since."""
        known = self.made.get(key)
        if known is None or known["inputs"] != inputs:
            known = self.made[key] = {"inputs": inputs, "value": make()}
        return str(known["value"])


@functools.cache
def _session() -> boto3.Session:
    # One for all accounts of a process: it reads AWS's service descriptions, which takes longer than all calls together.
    return boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # noqa: S106 (moto asks for some)


def plain(value: Any) -> Any:
    """A property as the program meant it: without the mark of a secret, whole numbers as such."""
    if isinstance(value, Mapping):
        if _SECRET_SIGNATURE in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@dataclass(frozen=True)
class Made:
    """A resource that was created, or a look-up that was answered, and what AWS was called for it."""

    type: str
    name: str
    inputs: Inputs
    outputs: Inputs
    calls: list[str]
    """The operations, as ``ecs:CreateService``, with the name that the API signs its requests by."""


class Account(Mocks):
    """The account, in moto. Use it within ``moto.mock_aws()``."""

    def __init__(self, region: str, randomness: Randomness | None = None) -> None:
        self.region = region
        self.randomness = randomness if randomness is not None else Randomness()
        self.recorded: list[tuple[str, str, Inputs]] = []
        """Type, name and inputs of the resources that moto cannot hold."""
        self.file_systems: dict[str, str] = {}
        """The file systems that were asked for by the program, each with what moto has for it."""
        self.made: list[Made] = []
        self._calls: list[str] = []
        self._clients: dict[tuple[str, str], Any] = {}
        self.id: str = self.client("sts").get_caller_identity()["Account"]
        self._lock = threading.Lock()  # moto takes one call at a time

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of the account, of its own Region if no other is named."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = _session().client(service, region_name=key[1])  # type: ignore[call-overload]
            self._clients[key].meta.events.register("before-call.*.*", self._note)
        return self._clients[key]

    def _note(self, model: Any, **_: Any) -> None:
        self._calls.append(f"{model.service_model.signing_name}:{model.name}")

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Creates a resource in moto."""
        inputs = {key: value for key, value in plain(args.inputs).items() if value is not None}
        if not args.custom:
            return "", inputs
        create = _CREATE.get(args.typ)
        with self._lock:
            self._calls = []
            if create is not None:
                id_, outputs = create(self, args.name, inputs)
            elif args.typ in NOT_IN_MOTO:
                self.recorded.append((args.typ, args.name, inputs))
                id_, outputs = physical_name(args.name), {"arn": f"arn:aws:{args.typ}:{args.name}"}
            else:
                raise UnknownToSandboxError(f"the sandbox does not know the resource type {args.typ} ({args.name}); add it to sandbox/account.py")
            self.made.append(Made(args.typ, args.name, inputs, {"id": id_, **inputs, **outputs}, self._calls))
        return id_, {**inputs, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answers a look-up from moto."""
        look_up = _LOOK_UP.get(args.token)
        if look_up is None:
            raise UnknownToSandboxError(f"the sandbox does not know the look-up {args.token}; add it to sandbox/account.py")
        with self._lock:
            self._calls = []
            found = look_up(self, plain(args.args))
            self.made.append(Made(args.token, "", plain(args.args), found, self._calls))
        return found, []


def _tagged(inputs: Inputs, resource: str) -> list[dict[str, Any]]:
    found = tags(inputs)
    return [{"ResourceType": resource, "Tags": found}] if found else []


# --- EC2 --------------------------------------------------------------------------------------------------------------


def _vpc(account: Account, name: str, inputs: Inputs) -> Created:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=inputs["cidrBlock"], TagSpecifications=_tagged(inputs, "vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": inputs.get("enableDnsSupport", True)})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": inputs.get("enableDnsHostnames", False)})
    return vpc, {"arn": f"arn:aws:ec2:{account.region}:{account.id}:vpc/{vpc}"}


def _internet_gateway(account: Account, name: str, inputs: Inputs) -> Created:
    ec2 = account.client("ec2")
    gateway = ec2.create_internet_gateway(TagSpecifications=_tagged(inputs, "internet-gateway"))["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=inputs["vpcId"])
    return gateway, {}


def _route_table(account: Account, name: str, inputs: Inputs) -> Created:
    table = account.client("ec2").create_route_table(VpcId=inputs["vpcId"], TagSpecifications=_tagged(inputs, "route-table"))
    return table["RouteTable"]["RouteTableId"], {}


def _route(account: Account, name: str, inputs: Inputs) -> Created:
    account.client("ec2").create_route(RouteTableId=inputs["routeTableId"], DestinationCidrBlock=inputs["destinationCidrBlock"], GatewayId=inputs["gatewayId"])
    return f"r-{inputs['routeTableId']}", {}


def _vpc_endpoint(account: Account, name: str, inputs: Inputs) -> Created:
    endpoint = account.client("ec2").create_vpc_endpoint(
        VpcId=inputs["vpcId"],
        ServiceName=inputs["serviceName"],
        VpcEndpointType=inputs["vpcEndpointType"],
        RouteTableIds=inputs["routeTableIds"],
        TagSpecifications=_tagged(inputs, "vpc-endpoint"),
    )
    return endpoint["VpcEndpoint"]["VpcEndpointId"], {}


def _subnet(account: Account, name: str, inputs: Inputs) -> Created:
    subnet = account.client("ec2").create_subnet(
        VpcId=inputs["vpcId"],
        AvailabilityZone=inputs["availabilityZone"],
        CidrBlock=inputs["cidrBlock"],
        TagSpecifications=_tagged(inputs, "subnet"),
    )["Subnet"]
    return subnet["SubnetId"], {"arn": subnet["SubnetArn"], "availabilityZoneId": subnet["AvailabilityZoneId"]}


def _route_table_association(account: Account, name: str, inputs: Inputs) -> Created:
    associated = account.client("ec2").associate_route_table(RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"])
    return associated["AssociationId"], {}


def _security_group(account: Account, name: str, inputs: Inputs) -> Created:
    ec2 = account.client("ec2")
    group = ec2.create_security_group(
        GroupName=physical_name(name),
        Description=inputs["description"],
        VpcId=inputs["vpcId"],
        TagSpecifications=_tagged(inputs, "security-group"),
    )["GroupId"]
    # The provider takes AWS's rule that lets everything out away.
    allowed = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    if allowed:
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=allowed)
    return group, {"arn": f"arn:aws:ec2:{account.region}:{account.id}:security-group/{group}", "name": physical_name(name)}


def _security_group_rule(direction: str) -> Callable[[Account, str, Inputs], Created]:
    def create(account: Account, name: str, inputs: Inputs) -> Created:
        permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
        if "fromPort" in inputs:
            permission |= {"FromPort": inputs["fromPort"], "ToPort": inputs["toPort"]}
        if "cidrIpv4" in inputs:
            permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], "Description": inputs["description"]}]
        elif "prefixListId" in inputs:
            permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], "Description": inputs["description"]}]
        else:
            permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], "Description": inputs["description"]}]
        authorize = getattr(account.client("ec2"), f"authorize_security_group_{direction}")
        answer = authorize(GroupId=inputs["securityGroupId"], IpPermissions=[permission], TagSpecifications=_tagged(inputs, "security-group-rule"))
        return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"], {}

    return create


def _managed_prefix_list(account: Account, name: str, inputs: Inputs) -> Created:
    made = account.client("ec2").create_managed_prefix_list(
        PrefixListName=physical_name(name),
        AddressFamily=inputs["addressFamily"],
        MaxEntries=inputs["maxEntries"],
        Entries=[{"Cidr": entry["cidr"], "Description": entry["description"]} for entry in inputs["entries"]],
        TagSpecifications=_tagged(inputs, "prefix-list"),
    )["PrefixList"]
    return made["PrefixListId"], {"arn": made["PrefixListArn"]}


# --- ECS and Cloud Map ------------------------------------------------------------------------------------------------


def _ecs_cluster(account: Account, name: str, inputs: Inputs) -> Created:
    cluster = account.client("ecs").create_cluster(clusterName=physical_name(name), settings=inputs["settings"], tags=tags(inputs, "key", "value"))["cluster"]
    return cluster["clusterArn"], {"arn": cluster["clusterArn"], "name": cluster["clusterName"]}


def _capacity_providers(account: Account, name: str, inputs: Inputs) -> Created:
    account.client("ecs").put_cluster_capacity_providers(
        cluster=inputs["clusterName"], capacityProviders=inputs["capacityProviders"], defaultCapacityProviderStrategy=[]
    )
    return inputs["clusterName"], {}


def _task_definition(account: Account, name: str, inputs: Inputs) -> Created:
    def volume(given: Inputs) -> Inputs:
        if "efsVolumeConfiguration" not in given:
            return {"name": given["name"]}
        efs = given["efsVolumeConfiguration"]
        authorization = efs["authorizationConfig"]
        return {
            "name": given["name"],
            "efsVolumeConfiguration": {
                "fileSystemId": _stand_in(account, efs["fileSystemId"]),
                "transitEncryption": efs["transitEncryption"],
                "authorizationConfig": {"accessPointId": authorization["accessPointId"], "iam": authorization["iam"]},
            },
        }

    definition = account.client("ecs").register_task_definition(
        family=inputs["family"],
        requiresCompatibilities=inputs["requiresCompatibilities"],
        networkMode=inputs["networkMode"],
        cpu=inputs["cpu"],
        memory=inputs["memory"],
        runtimePlatform=inputs["runtimePlatform"],
        executionRoleArn=inputs["executionRoleArn"],
        taskRoleArn=inputs["taskRoleArn"],
        volumes=[volume(given) for given in inputs["volumes"]],
        containerDefinitions=json.loads(inputs["containerDefinitions"]),
        tags=tags(inputs, "key", "value"),
    )["taskDefinition"]
    return inputs["family"], {"arn": definition["taskDefinitionArn"], "revision": definition["revision"]}


def _ecs_service(account: Account, name: str, inputs: Inputs) -> Created:
    network = inputs["networkConfiguration"]
    service = account.client("ecs").create_service(
        serviceName=inputs["name"],
        cluster=inputs["cluster"],
        taskDefinition=inputs["taskDefinition"],
        desiredCount=inputs["desiredCount"],
        capacityProviderStrategy=inputs["capacityProviderStrategies"],
        deploymentConfiguration={
            "minimumHealthyPercent": inputs["deploymentMinimumHealthyPercent"],
            "maximumPercent": inputs["deploymentMaximumPercent"],
            "deploymentCircuitBreaker": inputs["deploymentCircuitBreaker"],
        },
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["subnets"],
                "securityGroups": network["securityGroups"],
                "assignPublicIp": "ENABLED" if network["assignPublicIp"] else "DISABLED",
            }
        },
        loadBalancers=[
            {"targetGroupArn": target["targetGroupArn"], "containerName": target["containerName"], "containerPort": target["containerPort"]}
            for target in inputs.get("loadBalancers", [])
        ],
        serviceRegistries=[{"registryArn": inputs["serviceRegistries"]["registryArn"]}],
        enableExecuteCommand=inputs["enableExecuteCommand"],
        propagateTags=inputs["propagateTags"],
        tags=tags(inputs, "key", "value"),
    )["service"]
    return service["serviceArn"], {"arn": service["serviceArn"]}


def _schedule(account: Account, name: str, inputs: Inputs) -> Created:
    target = inputs["target"]
    ecs = target["ecsParameters"]
    network = ecs["networkConfiguration"]
    made = account.client("scheduler").create_schedule(
        Name=physical_name(name),
        ScheduleExpression=inputs["scheduleExpression"],
        FlexibleTimeWindow={"Mode": inputs["flexibleTimeWindow"]["mode"]},
        Target={
            "Arn": target["arn"],
            "RoleArn": target["roleArn"],
            "EcsParameters": {
                "TaskDefinitionArn": ecs["taskDefinitionArn"],
                "LaunchType": ecs["launchType"],
                "PropagateTags": ecs["propagateTags"],
                "NetworkConfiguration": {
                    "awsvpcConfiguration": {
                        "Subnets": network["subnets"],
                        "SecurityGroups": network["securityGroups"],
                        "AssignPublicIp": "ENABLED" if network["assignPublicIp"] else "DISABLED",
                    }
                },
            },
        },
    )
    return f"default/{physical_name(name)}", {"arn": made["ScheduleArn"]}


def _namespace(account: Account, name: str, inputs: Inputs) -> Created:
    discovery = account.client("servicediscovery")
    discovery.create_private_dns_namespace(Name=inputs["name"], Vpc=inputs["vpc"], Description=inputs["description"], Tags=tags(inputs))
    namespace = next(n for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == inputs["name"])
    return namespace["Id"], {"arn": namespace["Arn"], "hostedZone": "Z0"}


def _discovery_service(account: Account, name: str, inputs: Inputs) -> Created:
    dns = inputs["dnsConfig"]
    service = account.client("servicediscovery").create_service(
        Name=inputs["name"],
        DnsConfig={
            "NamespaceId": dns["namespaceId"],
            "RoutingPolicy": dns["routingPolicy"],
            "DnsRecords": [{"Type": record["type"], "TTL": record["ttl"]} for record in dns["dnsRecords"]],
        },
        Tags=tags(inputs),
    )["Service"]
    return service["Id"], {"arn": service["Arn"]}


# --- EFS --------------------------------------------------------------------------------------------------------------


def _file_system(account: Account, name: str, inputs: Inputs) -> Created:
    key: dict[str, Any] = {"KmsKeyId": inputs["kmsKeyId"]} if "kmsKeyId" in inputs else {}
    efs = account.client("efs")
    if "availabilityZoneName" in inputs:
        key["AvailabilityZoneName"] = inputs["availabilityZoneName"]
    if "provisionedThroughputInMibps" in inputs:
        key["ProvisionedThroughputInMibps"] = inputs["provisionedThroughputInMibps"]
    system = efs.create_file_system(
        CreationToken=physical_name(name), Encrypted=inputs["encrypted"], ThroughputMode=inputs["throughputMode"], Tags=tags(inputs), **key
    )
    account.file_systems[system["FileSystemId"]] = system["FileSystemId"]
    if "lifecyclePolicies" in inputs:
        names = {
            "transitionToIa": "TransitionToIA",
            "transitionToArchive": "TransitionToArchive",
            "transitionToPrimaryStorageClass": "TransitionToPrimaryStorageClass",
        }
        policies = [{names[key]: value for key, value in policy.items()} for policy in inputs["lifecyclePolicies"]]
        efs.put_lifecycle_configuration(FileSystemId=system["FileSystemId"], LifecyclePolicies=policies)
    return system["FileSystemId"], {"arn": system["FileSystemArn"]}


def _stand_in(account: Account, file_system: str) -> str:
    """A file system of the user's own is in their account alone: an empty one of its name stands in for it here."""
    if file_system not in account.file_systems:
        efs = account.client("efs")
        if file_system not in {system["FileSystemId"] for system in efs.describe_file_systems()["FileSystems"]}:
            made = efs.create_file_system(CreationToken=file_system, Encrypted=True, Tags=[{"Key": "Name", "Value": file_system}])
            account.file_systems[file_system] = made["FileSystemId"]
        else:
            account.file_systems[file_system] = file_system
    return account.file_systems[file_system]


def _access_point(account: Account, name: str, inputs: Inputs) -> Created:
    root = inputs["rootDirectory"]
    created = root["creationInfo"]
    point = account.client("efs").create_access_point(
        ClientToken=physical_name(name),
        FileSystemId=_stand_in(account, inputs["fileSystemId"]),
        PosixUser={"Uid": inputs["posixUser"]["uid"], "Gid": inputs["posixUser"]["gid"]},
        RootDirectory={
            "Path": root["path"],
            "CreationInfo": {"OwnerUid": created["ownerUid"], "OwnerGid": created["ownerGid"], "Permissions": created["permissions"]},
        },
        Tags=tags(inputs),
    )
    return point["AccessPointId"], {"arn": point["AccessPointArn"]}


def _file_system_policy(account: Account, name: str, inputs: Inputs) -> Created:
    account.client("efs").put_file_system_policy(FileSystemId=_stand_in(account, inputs["fileSystemId"]), Policy=inputs["policy"])
    return inputs["fileSystemId"], {}


def _mount_target(account: Account, name: str, inputs: Inputs) -> Created:
    target = account.client("efs").create_mount_target(
        FileSystemId=_stand_in(account, inputs["fileSystemId"]), SubnetId=inputs["subnetId"], SecurityGroups=inputs["securityGroups"]
    )
    return target["MountTargetId"], {}


# --- AWS Backup -------------------------------------------------------------------------------------------------------


def _backup_vault(account: Account, name: str, inputs: Inputs) -> Created:
    vault = account.client("backup").create_backup_vault(BackupVaultName=physical_name(name), BackupVaultTags=inputs.get("tags", {}))
    return vault["BackupVaultName"], {"arn": vault["BackupVaultArn"], "name": vault["BackupVaultName"]}


def _backup_plan(account: Account, name: str, inputs: Inputs) -> Created:
    names = {"deleteAfter": "DeleteAfterDays", "coldStorageAfter": "MoveToColdStorageAfterDays"}
    rules = [
        {
            "RuleName": rule["ruleName"],
            "TargetBackupVaultName": rule["targetVaultName"],
            "ScheduleExpression": rule["schedule"],
            "Lifecycle": {names[key]: days for key, days in rule["lifecycle"].items()},
            "CompletionWindowMinutes": rule["completionWindow"],
            "RecoveryPointTags": rule["recoveryPointTags"],
        }
        for rule in inputs["rules"]
    ]
    plan = account.client("backup").create_backup_plan(
        BackupPlan={"BackupPlanName": physical_name(name), "Rules": rules}, BackupPlanTags=inputs.get("tags", {})
    )
    return plan["BackupPlanId"], {"arn": plan["BackupPlanArn"]}


# --- IAM, logs, SSM ---------------------------------------------------------------------------------------------------


def _role(account: Account, name: str, inputs: Inputs) -> Created:
    role = account.client("iam").create_role(
        RoleName=physical_name(name), AssumeRolePolicyDocument=inputs["assumeRolePolicy"], Description=inputs["description"], Tags=tags(inputs)
    )["Role"]
    return role["RoleName"], {"arn": role["Arn"], "name": role["RoleName"]}


def _role_policy(account: Account, name: str, inputs: Inputs) -> Created:
    account.client("iam").put_role_policy(RoleName=inputs["role"], PolicyName=physical_name(name), PolicyDocument=inputs["policy"])
    return f"{inputs['role']}:{physical_name(name)}", {"name": physical_name(name)}


def _log_group(account: Account, name: str, inputs: Inputs) -> Created:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=inputs["name"], tags=inputs.get("tags", {}))
    logs.put_retention_policy(logGroupName=inputs["name"], retentionInDays=inputs["retentionInDays"])
    return inputs["name"], {"arn": f"arn:aws:logs:{account.region}:{account.id}:log-group:{inputs['name']}"}


def _parameter(account: Account, name: str, inputs: Inputs) -> Created:
    key = {"KeyId": inputs["keyId"]} if "keyId" in inputs else {}
    ssm = account.client("ssm")
    given = {"Name": inputs["name"], "Type": inputs["type"], "Value": inputs["value"], **key}
    try:
        answer = ssm.put_parameter(**given, Tags=tags(inputs))
    except ssm.exceptions.ParameterAlreadyExists:
        if not inputs.get("overwrite"):
            raise
        answer = ssm.put_parameter(**given, Overwrite=True)
    arn = f"arn:aws:ssm:{account.region}:{account.id}:parameter/{inputs['name'].removeprefix('/')}"
    return inputs["name"], {"arn": arn, "version": answer["Version"]}


# --- pulumi-random ----------------------------------------------------------------------------------------------------


def _random_password(account: Account, name: str, inputs: Inputs) -> Created:
    def make() -> str:
        return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(inputs["length"]))

    if inputs.get("special", True):
        raise UnknownToSandboxError(f"the sandbox makes passwords of letters and digits only ({name})")
    return "none", {"result": account.randomness.value(f"RandomPassword {name}", inputs, make)}


def _random_pet(account: Account, name: str, inputs: Inputs) -> Created:
    return account.randomness.value(f"RandomPet {name}", inputs, lambda: "-".join(map(secrets.choice, _PET_WORDS))), {}


_CREATE: Mapping[str, Callable[[Account, str, Inputs], Created]] = {
    **edge.CREATE,
    **monitoring.CREATE,
    "aws:backup/plan:Plan": _backup_plan,
    "aws:backup/vault:Vault": _backup_vault,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ec2/internetGateway:InternetGateway": _internet_gateway,
    "aws:ec2/managedPrefixList:ManagedPrefixList": _managed_prefix_list,
    "aws:ec2/route:Route": _route,
    "aws:ec2/routeTable:RouteTable": _route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _route_table_association,
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:ecs/cluster:Cluster": _ecs_cluster,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": _capacity_providers,
    "aws:ecs/service:Service": _ecs_service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:efs/accessPoint:AccessPoint": _access_point,
    "aws:efs/fileSystem:FileSystem": _file_system,
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _file_system_policy,
    "aws:efs/mountTarget:MountTarget": _mount_target,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _namespace,
    "aws:servicediscovery/service:Service": _discovery_service,
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule("egress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule("ingress"),
    "random:index/randomPassword:RandomPassword": _random_password,
    "random:index/randomPet:RandomPet": _random_pet,
}

KNOWN_TYPES = NOT_IN_MOTO | {type_ for type_ in _CREATE if type_.startswith("aws:")}
"""All resource types of AWS that the program may register."""


# --- look-ups ---------------------------------------------------------------------------------------------------------


def _get_availability_zones(account: Account, args: Inputs) -> Inputs:
    zones = account.client("ec2").describe_availability_zones()["AvailabilityZones"]
    return {"id": account.region, "names": [zone["ZoneName"] for zone in zones], "zoneIds": [zone["ZoneId"] for zone in zones], "groupNames": [account.region]}


def _get_vpc(account: Account, args: Inputs) -> Inputs:
    ec2 = account.client("ec2")
    query = {"VpcIds": [args["id"]]} if args.get("id") else {"Filters": [{"Name": "is-default", "Values": ["true"]}]}
    vpc = ec2.describe_vpcs(**query)["Vpcs"][0]
    attributes = {
        name: ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[name[0].upper() + name[1:]]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames")
    }
    ranges = [{"cidrBlock": block["CidrBlock"], "state": "associated"} for block in vpc["CidrBlockAssociationSet"]]
    return {"id": vpc["VpcId"], "cidrBlock": vpc["CidrBlock"], "cidrBlockAssociations": ranges, "default": vpc["IsDefault"], **attributes}


def _get_subnet(account: Account, args: Inputs) -> Inputs:
    names = {"id": "subnet-id", "vpcId": "vpc-id", "availabilityZone": "availability-zone", "defaultForAz": "default-for-az"}
    filters = [{"Name": names[key], "Values": [str(value).lower() if isinstance(value, bool) else value]} for key, value in args.items() if value is not None]
    found = account.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    if len(found) != 1:
        raise NotInAccountError(f"{len(found)} subnets match {args}")
    subnet = found[0]
    return {"id": subnet["SubnetId"], "availabilityZone": subnet["AvailabilityZone"], "cidrBlock": subnet["CidrBlock"], "vpcId": subnet["VpcId"]}


def _get_access_points(account: Account, args: Inputs) -> Inputs:
    points = account.client("efs").describe_access_points(FileSystemId=args["fileSystemId"])["AccessPoints"]
    ids, arns = [point["AccessPointId"] for point in points], [point["AccessPointArn"] for point in points]
    return {"id": args["fileSystemId"], "fileSystemId": args["fileSystemId"], "ids": ids, "arns": arns}


def _get_resources(account: Account, args: Inputs) -> Inputs:
    found = account.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": wanted["key"], "Values": wanted["values"]} for wanted in args["tagFilters"]], ResourceTypeFilters=args["resourceTypeFilters"]
    )["ResourceTagMappingList"]
    return {
        "id": account.region,
        "resourceTagMappingLists": [
            {"resourceArn": one["ResourceARN"], "tags": {tag["Key"]: tag["Value"] for tag in one["Tags"]}, "complianceDetails": []} for one in found
        ],
    }


def _get_service(account: Account, args: Inputs) -> Inputs:
    (service,) = account.client("ecs").describe_services(cluster=args["clusterArn"], services=[args["serviceName"]])["services"]
    # moto starts no tasks; what the sandbox starts later is up to it.
    steady = f"(service {args['serviceName']}) has reached a steady state."
    return {
        "id": service["serviceArn"],
        "serviceName": service["serviceName"],
        "taskDefinition": service["taskDefinition"],
        "runningCount": service["desiredCount"],
        "events": [{"id": "1", "createdAt": "", "message": steady}],
    }


_LOOK_UP: Mapping[str, Callable[[Account, Inputs], Inputs]] = {
    **edge.LOOK_UP,
    "aws:ec2/getSubnet:getSubnet": _get_subnet,
    "aws:ecs/getService:getService": _get_service,
    "aws:efs/getAccessPoints:getAccessPoints": _get_access_points,
    "aws:ec2/getVpc:getVpc": _get_vpc,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _get_availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": lambda account, args: {
        "id": account.id,
        "accountId": account.id,
        "arn": f"arn:aws:iam::{account.id}:root",
        "userId": account.id,
    },
    "aws:resourcegroupstaggingapi/getResources:getResources": _get_resources,
    "aws:index/getPartition:getPartition": lambda account, args: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:index/getRegion:getRegion": lambda account, args: {"id": account.region, "region": account.region, "name": account.region},
}
