"""Pure: a monthly bill from registered resources."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Inputs = Mapping[str, Any]
Resources = Mapping[str, Sequence[Inputs]]
"""The inputs of all resources of a type, by type."""

# If a node's blocks are in S3, its file system holds only the rest: about a hundredth.
_METADATA = 0.01
# EFS User Guide, "How Amazon EFS reports file system and object sizes": with elastic throughput an operation on data counts as at
# least 32 KiB, one on metadata as 4 KiB; files in Infrequent Access count as at least 128 KiB. "Performance specifications": each GiB in the
# standard class includes 50 KiB/s; provisioned throughput is billed above that.
_LEAST_DATA_KIB = 32
_METADATA_KIB = 4
_LEAST_IA_KIB = 128
_INCLUDED_MIBPS = 1 / 20
# A block is a file: created under another name, closed and renamed; its folder's listing and times change.
_WRITES_OF_METADATA = 6
_READS_OF_METADATA = 1
# A small file and its pin: the block, kubo's pin, the update of ipfs-cluster's pinset and its consequences.
_WRITES_OF_SMALL_ADD = 4
_KIB = 2**20
"""Per GiB."""
# A performance log event of Container Insights, one a minute for the cluster, each service, task and container.
_INSIGHTS_EVENT_KIB = 1
_MINUTES = 60

FILE = Path(__file__).with_name("prices.yaml")


class UnknownPriceError(Exception):
    """A resource type that is neither priced nor free."""


@dataclass(frozen=True)
class Assumptions:
    """The assumed use in a month."""

    stored_gib: float
    """Held by every node."""
    added_gib: float
    read_gib: float
    """Served to readers."""
    hit_percent: float
    """Served from CloudFront's cache."""
    requests_million: float
    log_gib: float
    """Written by each node."""
    swarm_gib: float
    """Read from the nodes by the IPFS network."""
    small_adds_million: float = 0
    """Adds of files below 32 KiB, in addition to ``added_gib``."""
    dht_gib: float = 0
    """Sent by each node of the public network to answer look-ups."""
    cold_percent: float = 0
    """Stored data that nobody reads, if it moves to Infrequent Access."""
    block_kib: float = 256
    """The size of blocks. The REST API creates blocks of 256 KiB."""

    @property
    def thousand_blocks(self) -> float:
        """Per GiB."""
        return _KIB / self.block_kib / 1000

    @property
    def missed_gib(self) -> float:
        """Read by the nodes for readers."""
        return self.read_gib * (100 - self.hit_percent) / 100


@dataclass(frozen=True)
class Line:
    """One item of the bill."""

    part: str
    what: str
    quantity: float
    price: str
    """Its key in the price file."""
    hours: bool = False
    """Whether the quantity counts for all hours of the month."""


@dataclass(frozen=True)
class Prices:
    """The price file."""

    date: str
    """The newest day on which a price was read."""
    hours: float
    values: Mapping[str, Mapping[str, Any]]

    def usd(self, lines: Sequence[Line]) -> list[float]:
        """The cost of each line. The free tier of every account is deducted once, from the first lines of that price."""
        free = {key: price.get("free", 0) for key, price in self.values.items()}
        found = []
        for line in lines:
            taken_off = min(free[line.price], line.quantity)
            free[line.price] -= taken_off
            found.append(float((line.quantity - taken_off) * self.values[line.price]["usd"] * (self.hours if line.hours else 1)))
        return found


def read() -> tuple[Prices, dict[str, Assumptions]]:
    """The prices, and the assumptions by name."""
    held = yaml.safe_load(FILE.read_text())
    newest = max(price["read"] for price in held["prices"].values())
    return Prices(str(newest), held["hours"], held["prices"]), {name: Assumptions(**values) for name, values in held["assumptions"].items()}


def bill(resources: Resources, assumptions: Assumptions, prices: Prices) -> list[Line]:
    """All lines. Raises UnknownPriceError for a type that this module does not know."""
    unknown = sorted(type_ for type_ in resources if type_ not in PRICED and type_ not in FREE)
    if unknown:
        raise UnknownPriceError(f"neither priced nor listed as free: {', '.join(unknown)}")
    return [line for type_ in sorted(resources) if type_ in PRICED for line in PRICED[type_](resources, assumptions, prices)]


def parts(lines: Sequence[Line], prices: Prices) -> dict[str, float]:
    """The sum of each part, USD."""
    sums = dict.fromkeys(PARTS, 0.0)
    for line, usd in zip(lines, prices.usd(lines), strict=True):
        sums[line.part] += usd
    return sums


def _services(resources: Resources, _: Assumptions, prices: Prices) -> Iterator[Line]:
    """Tasks that run permanently."""
    definitions = {definition["family"]: definition for definition in resources["aws:ecs/taskDefinition:TaskDefinition"]}
    for service in resources["aws:ecs/service:Service"]:
        family = service["taskDefinition"].rpartition("/")[2].partition(":")[0]
        spot = any(strategy["capacityProvider"] == "FARGATE_SPOT" for strategy in service.get("capacityProviderStrategies", []))
        share = prices.values["fargate_spot_share"]["usd"] if spot else 1
        yield from _task(definitions[family], service["desiredCount"] * share, f"a task{' on Spot' if spot else ''}, {service['name']}")
        if service["networkConfiguration"].get("assignPublicIp"):
            yield Line("public IPv4 addresses", f"of {service['name']}", service["desiredCount"], "public_ipv4_hour", hours=True)


def _task(definition: Inputs, count: float, what: str) -> Iterator[Line]:
    kind = f"fargate_{definition['runtimePlatform']['cpuArchitecture'].lower()}"
    yield Line("Fargate", f"vCPUs of {what}", count * int(definition["cpu"]) / 1024, f"{kind}_vcpu_hour", hours=True)
    yield Line("Fargate", f"GiB of {what}", count * int(definition["memory"]) / 1024, f"{kind}_gib_hour", hours=True)


def _blocks(resources: Resources) -> list[Inputs]:
    """The buckets that hold nodes' blocks."""
    return [bucket for bucket in resources.get("aws:s3/bucket:Bucket", []) if bucket["tags"]["Name"].endswith("-blocks")]


def _file_systems(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    systems = resources["aws:efs/fileSystem:FileSystem"]
    nodes = len(resources["aws:ecs/service:Service"])
    each = nodes / len(systems)  # nodes may share a bucket
    if _blocks(resources):
        each *= _METADATA
    for system in systems:
        name, kind = system["tags"]["Name"], "one_zone" if system.get("availabilityZoneName") else "regional"
        stored = a.stored_gib * each
        cold = stored * a.cold_percent / 100 if system.get("lifecyclePolicies") else 0
        yield Line("EFS", f"GiB of {name}", stored - cold, f"efs_{kind}_gib")
        if cold:
            yield Line("EFS", f"GiB of {name} in Infrequent Access", cold * max(1, _LEAST_IA_KIB / a.block_kib), f"efs_{kind}_ia_gib")
            # New data becomes cold once; cold data is not read.
            yield Line("EFS", f"GiB of {name} moved to it", a.added_gib * each * a.cold_percent / 100, "efs_ia_access_gib")
        mode = system.get("throughputMode", "bursting")
        if mode == "provisioned":
            above = max(0, system["provisionedThroughputInMibps"] - (stored - cold) * _INCLUDED_MIBPS)
            yield Line("EFS", f"MiB/s of {name}, above what is included", above, "efs_provisioned_mibps")
        if mode == "elastic":
            yield from _elastic(name, a, each, (a.missed_gib + a.swarm_gib) / len(systems) * (_METADATA if _blocks(resources) else 1))
    yield Line("transfer", "GiB added, sent on to the other nodes' zones", a.added_gib * (nodes - 1), "between_zones_gib")
    yield Line("transfer", "GiB sent to the IPFS network", a.swarm_gib + a.dht_gib * _public_nodes(resources), "internet_out_gib")


def _elastic(name: str, a: Assumptions, each: float, read_gib: float) -> Iterator[Line]:
    """Writes and reads as they are metered: block by block."""
    data = max(a.block_kib, _LEAST_DATA_KIB)
    written, read = ((data + _METADATA_KIB * operations) / a.block_kib for operations in (_WRITES_OF_METADATA, _READS_OF_METADATA))
    small_kib = _WRITES_OF_SMALL_ADD * _LEAST_DATA_KIB + _WRITES_OF_METADATA * _METADATA_KIB
    yield Line("EFS", f"GiB written to {name}", a.added_gib * each * written, "efs_elastic_write_gib")
    yield Line("EFS", f"GiB written to {name} by small adds", a.small_adds_million * 1e6 * small_kib / _KIB * each, "efs_elastic_write_gib")
    yield Line("EFS", f"GiB read from {name}", read_gib * read, "efs_elastic_read_gib")


def _public_nodes(resources: Resources) -> int:
    """The number of nodes in the public DHT."""

    def is_public(definition: Inputs) -> bool:
        containers = json.loads(definition.get("containerDefinitions", "[]"))
        environment = {variable["name"]: variable["value"] for container in containers for variable in container.get("environment", [])}
        routing = json.loads(environment.get("KUBO_CONFIG", "{}")).get("Routing", {}).get("Type")
        return environment.get("SWARM_MODE") != "private" and routing != "none"

    return sum(is_public(definition) for definition in _of_services(resources))


def _of_services(resources: Resources) -> list[Inputs]:
    """The task definition of each service."""
    definitions = {definition["family"]: definition for definition in resources["aws:ecs/taskDefinition:TaskDefinition"]}
    return [definitions[service["taskDefinition"].rpartition("/")[2].partition(":")[0]] for service in resources["aws:ecs/service:Service"]]


def _backups(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    systems = [arn for selection in resources["aws:backup/selection:Selection"] for arn in selection["resources"]]
    # Backups after the first one hold only new data.
    yield Line("backup", f"GiB of {len(systems)} file system{'s' if len(systems) > 1 else ''}", len(systems) * (a.stored_gib + a.added_gib), "backup_efs_gib")


def _load_balancers(resources: Resources, a: Assumptions, prices: Prices) -> Iterator[Line]:
    for balancer in resources["aws:lb/loadBalancer:LoadBalancer"]:
        yield Line("load balancer", "load balancer", 1, "load_balancer_hour", hours=True)
        if not balancer.get("internal"):
            yield Line("public IPv4 addresses", "of the load balancer", len(balancer["subnets"]), "public_ipv4_hour", hours=True)
        missed_per_second = a.requests_million * 1e6 * (100 - a.hit_percent) / 100 / (prices.hours * 3600)
        units = max((a.missed_gib + a.added_gib) / prices.hours, missed_per_second / 25)
        yield Line("load balancer", "units of load", units, "load_balancer_unit_hour", hours=True)


def _distributions(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    # By volume, not by number.
    yield Line("CloudFront", "GiB to readers", a.read_gib, "cloudfront_out_gib")
    yield Line("CloudFront", "million requests", a.requests_million, "cloudfront_requests_million")
    yield Line("CloudFront", "GiB from writers", a.added_gib, "cloudfront_to_origin_gib")
    if "aws:cloudfront/function:Function" in resources:
        # The gateway's runs before and after each answer.
        yield Line("CloudFront", "million runs of functions", 2 * a.requests_million, "cloudfront_function_million")


def _log_groups(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    groups = resources["aws:cloudwatch/logGroup:LogGroup"]
    written = a.log_gib * len(resources["aws:ecs/service:Service"])
    longest = max(group.get("retentionInDays", 365) for group in groups)
    yield Line("logs", f"GiB written to {len(groups)} groups", written, "logs_in_gib")
    yield Line("logs", f"GiB kept for {longest} days", written * longest / 30, "logs_kept_gib")


def _cluster(resources: Resources, _: Assumptions, prices: Prices) -> Iterator[Line]:
    for cluster in resources["aws:ecs/cluster:Cluster"]:
        insights = {setting["name"]: setting["value"] for setting in cluster.get("settings", [])}.get("containerInsights", "disabled")
        if insights == "disabled":
            continue
        tasks = [json.loads(definition.get("containerDefinitions", "[{}]")) for definition in _of_services(resources)]
        count = _enhanced_metrics(tasks) if insights == "enhanced" else _insights_metrics(tasks)
        yield Line("metrics and alarms", f"Container Insights ({insights})", count, "enhanced_metric" if insights == "enhanced" else "metric")
        events = 1 + sum(2 + len(containers) for containers in tasks)
        yield Line("logs", "GiB written by Container Insights", events * _INSIGHTS_EVENT_KIB * _MINUTES * prices.hours / _KIB, "logs_in_gib")


_Tasks = Sequence[Sequence[Inputs]]
"""The container definitions of each service's task."""


def _insights_metrics(tasks: _Tasks) -> int:
    """CloudWatch User Guide, "Amazon ECS Container Insights metrics", on Fargate without EBS volumes."""
    restarts = any("restartPolicy" in container for containers in tasks for container in containers)
    # Ten metrics, and the restarts of containers with a restart policy, for the cluster, each service and each family; five for a
    # service only, two for the cluster only.
    return (10 + restarts) * (1 + 2 * len(tasks)) + 5 * len(tasks) + 2


def _enhanced_metrics(tasks: _Tasks) -> int:
    """CloudWatch User Guide, "Amazon ECS Container Insights with enhanced observability metrics", on Fargate without EBS volumes."""
    of_tasks, of_containers, of_services, of_cluster = 16, 7, 5, 2

    def of(containers: Sequence[Inputs]) -> int:
        health = sum("healthCheck" in container for container in containers)
        restarts = sum("restartPolicy" in container for container in containers)
        # By service and by family, each with and without the task.
        return 4 * (of_tasks + of_containers * len(containers) + health + restarts + (restarts > 0)) + of_services

    every = [container for containers in tasks for container in containers]
    of_all = of_tasks + of_containers + any("healthCheck" in one for one in every) + any("restartPolicy" in one for one in every)
    return of_all + of_cluster + sum(of(containers) for containers in tasks)


def _counted(type_: str, part: str, what: str, price: str, each: int = 1) -> Callable[[Resources, Assumptions, Prices], Iterator[Line]]:
    def lines(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
        yield Line(part, what, each * len(resources[type_]), price)

    return lines


def _log_metrics(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    # Filters of several log groups can fill one metric; with a dimension each filter has its own metric.
    filters = resources["aws:cloudwatch/logMetricFilter:LogMetricFilter"]
    metrics = {
        (made["namespace"], made["name"], filter_["logGroupName"] if made.get("dimensions") else "")
        for filter_ in filters
        for made in [filter_["metricTransformation"]]
    }
    yield Line("metrics and alarms", f"metrics from {len(filters)} filters of logs", len(metrics), "metric")


def _alarms(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    alarms = resources["aws:cloudwatch/metricAlarm:MetricAlarm"]
    # An alarm on several metrics costs as much as that many alarms.
    metrics = sum(max(1, sum(1 for query in alarm.get("metricQueries", []) if "metric" in query)) for alarm in alarms)
    yield Line("metrics and alarms", f"metrics in {len(alarms)} alarms", metrics, "alarm")


def _parameters(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    """Parameters are free, but the collector's configuration stands for its metrics, which are not."""
    for parameter in resources["aws:ssm/parameter:Parameter"]:
        if parameter["name"].endswith("/collector-configuration"):
            declared = json.loads(parameter["value"])["exporters"].get("awsemf", {}).get("metric_declarations", [])
            # By container: those of kubo and of ipfs-cluster.
            metrics = sum(len(one["metric_name_selectors"]) * (2 if "Container" in one["dimensions"][0] else 1) for one in declared)
            yield Line("metrics and alarms", "metrics from the collectors", metrics, "metric")


def _buckets(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    blocks = _blocks(resources)
    for bucket in blocks:
        name = bucket["tags"]["Name"]
        yield Line("S3", f"GiB in {name}", a.stored_gib, "s3_gib")
        yield Line("S3", f"thousand blocks written to {name}", a.added_gib * a.thousand_blocks, "s3_write_thousand")
        yield Line("S3", f"thousand blocks read from {name}", (a.missed_gib + a.swarm_gib) / len(blocks) * a.thousand_blocks, "s3_read_thousand")
    for bucket in resources["aws:s3/bucket:Bucket"]:
        if bucket["tags"]["Name"].endswith("-access-logs"):
            # Half a KiB per request. Exports of the pinset are even smaller, and free.
            yield Line("S3", "GiB of access logs", a.requests_million / 2, "s3_gib")


def _schedules(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    definitions = {definition["family"]: definition for definition in resources["aws:ecs/taskDefinition:TaskDefinition"]}
    for schedule in resources["aws:scheduler/schedule:Schedule"]:
        family = schedule["target"]["ecsParameters"]["taskDefinitionArn"].rpartition("/")[2]
        # It runs for a minute or two every day.
        yield from _task(definitions[family], 1 / 720, "the scheduled task")


def _edge_functions(_: Resources, a: Assumptions, __: Prices) -> Iterator[Line]:
    # A function runs before each answer, and after the answers of nodes.
    runs = a.requests_million * (1 + (100 - a.hit_percent) / 100)
    yield Line("CloudFront", "million runs at the edge", runs, "lambda_edge_million")


PARTS = (
    "Fargate", "EFS", "backup", "load balancer", "CloudFront", "public IPv4 addresses", "logs", "metrics and alarms", "DNS", "S3", "transfer",
)  # fmt: skip

PRICED: Mapping[str, Callable[[Resources, Assumptions, Prices], Iterator[Line]]] = {
    "aws:backup/selection:Selection": _backups,
    "aws:cloudfront/distribution:Distribution": _distributions,
    "aws:cloudfront/monitoringSubscription:MonitoringSubscription": _counted(
        "aws:cloudfront/monitoringSubscription:MonitoringSubscription", "metrics and alarms", "further metrics of CloudFront", "metric", 8
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _counted(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm", "metrics and alarms", "composite alarms", "composite_alarm"
    ),
    "aws:cloudwatch/dashboard:Dashboard": _counted("aws:cloudwatch/dashboard:Dashboard", "metrics and alarms", "dashboards", "dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": _log_groups,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _log_metrics,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarms,
    "aws:ecs/cluster:Cluster": _cluster,
    "aws:ecs/service:Service": _services,
    "aws:efs/fileSystem:FileSystem": _file_systems,
    "aws:lambda/function:Function": _edge_functions,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancers,
    "aws:s3/bucket:Bucket": _buckets,
    "aws:scheduler/schedule:Schedule": _schedules,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _counted(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "DNS", "private hosted zone of Cloud Map", "hosted_zone"
    ),
    "aws:ssm/parameter:Parameter": _parameters,
}

FREE: Mapping[str, str] = {
    "aws:acm/certificate:Certificate": "public certificates",
    "aws:acm/certificateValidation:CertificateValidation": "waits only",
    "aws:backup/plan:Plan": "what it stores is priced",
    "aws:backup/vault:Vault": "what it stores is priced",
    "aws:budgets/budget:Budget": "without actions",
    "aws:cloudfront/cachePolicy:CachePolicy": "a setting",
    "aws:cloudfront/function:Function": "its runs are priced with the distribution",
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": "a setting",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": "a setting",
    "aws:cloudfront/vpcOrigin:VpcOrigin": "no separate charge",
    "aws:cognito/userPool:UserPool": "up to 10,000 users a month",
    "aws:cognito/userPoolClient:UserPoolClient": "a setting",
    "aws:cloudwatch/eventRule:EventRule": "events of AWS's own services",
    "aws:cloudwatch/eventTarget:EventTarget": "a setting",
    "aws:cloudwatch/logDelivery:LogDelivery": "CloudFront's logs to S3, where they are priced",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": "a setting",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": "a setting",
    "aws:ec2/internetGateway:InternetGateway": "the traffic through it is priced",
    "aws:ec2/managedPrefixList:ManagedPrefixList": "a setting",
    "aws:ec2/route:Route": "a setting",
    "aws:ec2/routeTable:RouteTable": "a setting",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "a setting",
    "aws:ec2/securityGroup:SecurityGroup": "a setting",
    "aws:ec2/subnet:Subnet": "a setting",
    "aws:ec2/vpc:Vpc": "a setting",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "S3's gateway endpoint",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "the images that it stores are some hundred MB, at 0.10 USD a GB",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "a setting",
    "aws:ecs/taskDefinition:TaskDefinition": "the tasks are priced",
    "aws:efs/accessPoint:AccessPoint": "a setting",
    "aws:efs/backupPolicy:BackupPolicy": "a setting",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "a setting",
    "aws:efs/mountTarget:MountTarget": "no separate charge",
    "aws:iam/role:Role": "IAM",
    "aws:iam/rolePolicy:RolePolicy": "IAM",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "IAM",
    "aws:lb/listener:Listener": "part of the load balancer",
    "aws:lb/listenerRule:ListenerRule": "part of the load balancer",
    "aws:lb/targetGroup:TargetGroup": "part of the load balancer",
    "aws:route53/record:Record": "in the user's own zone",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "a setting",
    "aws:s3/bucketPolicy:BucketPolicy": "a setting",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "a setting",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "a setting",
    "aws:s3/bucketVersioning:BucketVersioning": "a setting",
    "aws:servicediscovery/service:Service": "names of ECS's tasks",
    "aws:sns/topic:Topic": "the first million messages",
    "aws:sns/topicPolicy:TopicPolicy": "a setting",
    "aws:sns/topicSubscription:TopicSubscription": "the first 1,000 e-mails",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "a setting",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "a setting",
}
