"""Pure: a monthly bill from registered resources."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from . import compute, edge, monitoring, storage
from .prices import Assumptions, Line, Prices, Resources

Lines = Callable[[Resources, Assumptions, Prices], Iterator[Line]]

PARTS = (
    "Fargate", "EFS", "backup", "load balancer", "CloudFront", "public IPv4 addresses", "logs", "metrics and alarms", "DNS", "S3", "transfer",
)  # fmt: skip
"""The parts of a bill, in its order."""


class UnknownPriceError(Exception):
    """A resource type that is neither priced nor free."""


def bill(resources: Resources, assumptions: Assumptions, prices: Prices) -> list[Line]:
    """All lines. Raises UnknownPriceError for a type that is neither in PRICED nor in FREE."""
    unknown = sorted(type_ for type_ in resources if type_ not in PRICED and type_ not in FREE)
    if unknown:
        raise UnknownPriceError(f"neither priced nor listed as free: {', '.join(unknown)}")
    return [line for type_ in sorted(resources) if type_ in PRICED for line in PRICED[type_](resources, assumptions, prices)]


def parts(lines: Sequence[Line], prices: Prices) -> dict[str, float]:
    """The sum of each part, USD."""
    sums: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    for line, usd in zip(lines, prices.usd(lines), strict=True):
        sums[line.part] += usd
    return sums


def _counted(type_: str, part: str, what: str, price: str) -> Lines:
    """One line for all resources of a type, by their number."""

    def lines(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
        yield Line(part, what, len(resources[type_]), price)

    return lines


PRICED: Mapping[str, Lines] = {
    "aws:backup/selection:Selection": storage.backups,
    "aws:cloudfront/distribution:Distribution": edge.distributions,
    "aws:cloudfront/keyValueStore:KeyValueStore": edge.key_value_stores,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _counted(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm", "metrics and alarms", "composite alarms", "composite_alarm"
    ),
    "aws:cloudwatch/dashboard:Dashboard": _counted("aws:cloudwatch/dashboard:Dashboard", "metrics and alarms", "dashboards", "dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": monitoring.log_groups,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": monitoring.log_metrics,
    "aws:cloudwatch/metricAlarm:MetricAlarm": monitoring.alarms,
    "aws:ecs/cluster:Cluster": monitoring.container_insights,
    "aws:ecs/service:Service": compute.services,
    "aws:efs/fileSystem:FileSystem": storage.file_systems,
    "aws:lambda/function:Function": edge.edge_functions,
    "aws:lb/loadBalancer:LoadBalancer": edge.load_balancers,
    "aws:s3/bucket:Bucket": storage.buckets,
    "aws:scheduler/schedule:Schedule": compute.schedules,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _counted(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "DNS", "private hosted zone of Cloud Map", "hosted_zone"
    ),
    "aws:ssm/parameter:Parameter": monitoring.collector_metrics,
}
"""The lines of each resource type that costs something."""

FREE: Mapping[str, str] = {
    "aws:acm/certificate:Certificate": "public certificates",
    "aws:acm/certificateValidation:CertificateValidation": "waits only",
    "aws:backup/plan:Plan": "what it stores is priced",
    "aws:backup/vault:Vault": "what it stores is priced",
    "aws:budgets/budget:Budget": "without actions",
    "aws:cloudfront/cachePolicy:CachePolicy": "a setting",
    "aws:cloudfront/function:Function": "its runs are priced with the distribution",
    "aws:cloudfront/originAccessControl:OriginAccessControl": "a setting",
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
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "the traffic through it costs: docs/regions.md",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": "a setting",
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
    "aws:route53/zoneAssociation:ZoneAssociation": "a setting",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "a setting",
    "aws:s3/bucketObjectv2:BucketObjectv2": "the console's files: less than a megabyte, and a request for each that CloudFront lacks",
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
"""The resource types that cost nothing, each with the reason."""
