"""Every input of IpfsCluster: its type, meaning, default and check.

The TypedDicts are what users write and what the package's schema is made from (so: no unions, no Literal, no
``from __future__ import annotations``). ``resolve`` fills in the defaults and refuses bad input, all of it at once.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict, TypeVar, cast

import pulumi

from .daemons import images, kubo, task
from .edge import plan as edge
from .naming import Names
from .network import zones
from .storage import file_systems as filesystems


class NetworkSettings(TypedDict):
    """Where the cluster stands."""

    cidr: NotRequired[str]
    """The IPv4 range of the cluster's own VPC, from /16 to /22. Subnets are cut from it by zone. Cannot change later.
    Default: 10.94.0.0/16."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """An existing VPC to use instead of an own one, with DNS support and DNS host names on. Needs subnet_ids.
    Default: an own VPC."""
    subnet_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """With vpc_id: one public subnet (a route to an internet gateway) for each zone, by zone name. Nodes are placed in these
    zones by name; give nodes.zones too, so that a zone added later moves no node. Default: none."""
    use_default_vpc: NotRequired[bool]
    """Use the Region's default VPC and its default subnets. Default: false."""
    load_balancer_subnet_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """With vpc_id: one subnet for the load balancer in each zone that has a node, by zone name, two at least, each of /27 or
    larger; private ones for an internal load balancer. Default: those of subnet_ids."""


class NodeSettings(TypedDict):
    """How many nodes, where, how large and of what."""

    count: NotRequired[int]
    """Number of nodes, from 1 to three per zone. They are dealt out to the zones in turn. Default: 3."""
    zones: NotRequired[list[str]]
    """Availability zones to place nodes in, by name, in order. Append, never insert: a zone's place in the list says
    which nodes live there. Default: the Region's first three that have EFS One Zone."""
    cpu: NotRequired[int]
    """CPU units of each node's task, 1024 to the vCPU. Default: 512."""
    memory: NotRequired[int]
    """Memory of each node's task in MiB, one of those that Fargate has for the CPU units. The limits of both daemons
    follow from it. Default: 2048."""
    architecture: NotRequired[str]
    """The processor: ARM64 (cheaper) or X86_64. Default: ARM64."""
    spot: NotRequired[str]
    """Which nodes run on Fargate Spot, cheaper but stopped at two minutes' notice and without a fallback: none,
    all-but-one or all. Default: none."""
    enable_execute_command: NotRequired[bool]
    """Whether ECS Exec can open a shell in the containers; only then the task roles may talk to it. Default: true."""
    kubo_image: NotRequired[str]
    """Image of the configure and ipfs containers, with a tag or digest; of both the digest counts. Default: ipfs/kubo:v0.43.1."""
    cluster_image: NotRequired[str]
    """Image of the ipfs-cluster container, with a tag or digest; of both the digest counts. Default: ipfs/ipfs-cluster:v1.1.6."""
    registry_mirrors: NotRequired[dict[str, str]]
    """Where images are pulled from instead, by the registry's host (docker.io, public.ecr.aws): the address of a mirror, like
    123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub, or pull-through-cache, which makes one at the account's ECR. Holds for all
    images, monitoring.metrics_image and backup.pinset_image too. Default: none, each image comes from where its name says."""
    registry_credentials: NotRequired[dict[str, pulumi.Input[str]]]
    """ARN of the Secrets Manager secret with user name and password, by the host of the registry that asks for them (docker.io). With a
    pull-through cache of that host ECR uses it, else ECS. Default: none."""
    registry_credentials_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts those secrets. Default: the account's aws/secretsmanager."""
    kubo_config: NotRequired[dict[str, Any]]
    """Any further kubo settings by dotted name, as in `ipfs config --json NAME VALUE`, applied last. Not for secrets: they
    stand in the task definition. Default: none."""
    cluster_environment: NotRequired[dict[str, str]]
    """Any further CLUSTER_… settings of ipfs-cluster. Not for secrets: they stand in the task definition. Default: none."""


class ExistingFileSystem(TypedDict):
    """A file system that is there already, and what of it a node uses."""

    file_system_id: NotRequired[pulumi.Input[str]]
    """ID of the file system. Required. It gets a policy that admits the node alone. Default: none."""
    path: NotRequired[str]
    """The directory that holds the node's directories ipfs and ipfs-cluster; AWS Backup restores into one named
    aws-backup-restore_…. Default: /."""
    kubo_access_point_id: NotRequired[pulumi.Input[str]]
    """ID of an access point for kubo, as user 1000 and group 100. Needs cluster_access_point_id. Default: one is made."""
    cluster_access_point_id: NotRequired[pulumi.Input[str]]
    """ID of an access point for ipfs-cluster, as user 1000 and group 100. Needs kubo_access_point_id. Default: one is made."""
    bucket: NotRequired[pulumi.Input[str]]
    """With storage.datastore s3: name of the bucket that holds the node's blocks, in the stack's Region. It is used and never
    deleted. Required there. Default: none."""
    create_mount_target: NotRequired[bool]
    """Whether it gets a mount target in the node's subnet. False where it has one in the node's zone, which then must admit the
    nodes' security group. Default: true."""


class StorageSettings(TypedDict):
    """What nodes keep their data on."""

    max_gib: NotRequired[int]
    """How much a node should store, in GiB (kubo's Datastore.StorageMax): a soft limit, by which free space is
    reckoned when replicas are placed. File systems themselves grow without limit. Default: 100."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the file systems. Cannot change later. Default: the account's aws/elasticfilesystem."""
    retain_on_delete: NotRequired[bool]
    """Whether what holds data stays in the account when a node or the stack is destroyed: file systems, the nodes' private keys in
    SSM, backups, pinset exports, readers. The output retained lists it. Default: true."""
    file_system: NotRequired[str]
    """one-zone (an EFS One Zone file system for each node, in its zone) or regional (one EFS Standard file system for all nodes,
    each with directories of its own). Cannot change later. Default: one-zone."""
    throughput_mode: NotRequired[str]
    """EFS throughput: elastic (paid by use), bursting (by what is stored) or provisioned. Default: elastic."""
    provisioned_throughput_mibps: NotRequired[int]
    """With throughput_mode provisioned: MiB/s, from 1 to 3414. Required there. Default: none."""
    transition_to_ia_days: NotRequired[int]
    """After how many days without a read a file moves to Infrequent Access (back at its first read): 1, 7, 14, 30, 60, 90, 180,
    270 or 365. Default: never."""
    transition_to_archive_days: NotRequired[int]
    """After how many days without a read a file moves on to Archive, more than transition_to_ia_days. Needs file_system regional
    and elastic throughput. Default: never."""
    datastore: NotRequired[str]
    """What kubo keeps blocks in: flatfs (a file each), pebble (one database for all, in which many small blocks take fewer files;
    upstream calls it experimental) or s3 (a bucket for each node; needs a nodes.kubo_image with the s3ds datastore). A repository
    that is there keeps its own and refuses another. Default: flatfs."""
    unixfs_profile: NotRequired[str]
    """How kubo cuts up files that are added through it from now on: unixfs-v1-2025 (CIDv1, 1 MiB chunks) or unixfs-v0-2015 (as of
    old: CIDv0, 256 KiB chunks). What is added by the REST API says so itself. Default: unixfs-v1-2025."""
    existing: NotRequired[dict[str, ExistingFileSystem]]
    """File systems that are there already, by node name, instead of new ones: kept by an earlier stack, or restored. They are
    used and never deleted. Give credentials.identities too, to keep the nodes' peer IDs. Default: none."""


class BackupSettings(TypedDict):
    """Copies of the nodes' data, by AWS Backup, and of the list of all pins."""

    nodes: NotRequired[str]
    """Whose file systems AWS Backup keeps copies of: none, one (the first node's, where all nodes hold all pins) or all.
    Default: one; with pins on fewer than all nodes, all."""
    schedule: NotRequired[str]
    """When, as AWS Backup's cron expression in UTC. Default: cron(0 3 * * ? *), daily at three."""
    retention_days: NotRequired[int]
    """How many days a backup is kept. Default: 35, as in AWS's own daily backups."""
    cold_storage_days: NotRequired[int]
    """After how many days a backup moves to cold storage, where it stays for 90 at least. Default: never."""
    vault_name: NotRequired[pulumi.Input[str]]
    """Name of an existing backup vault. Default: a vault is made."""
    pinset_schedule: NotRequired[str]
    """When the list of all pins is written to an S3 bucket, as EventBridge Scheduler's expression, like rate(1 day) or
    cron(0 4 * * ? *), or never. Default: rate(1 day)."""
    pinset_retention_days: NotRequired[int]
    """How many days an export is kept after a newer one. Default: 90."""
    pinset_image: NotRequired[str]
    """Image of the AWS CLI that uploads it, with a tag or digest. Default: public.ecr.aws/aws-cli/aws-cli:2.31.30."""


class SwarmSettings(TypedDict):
    """Whom kubo talks to."""

    mode: NotRequired[str]
    """Whom kubo connects to: public (the IPFS network) or private (own nodes only, by a pre-shared key). A node that was
    private refuses to start as public while it holds its swarm key. Default: public."""
    bootstrap_peers: NotRequired[list[str]]
    """Multiaddresses of peers by which kubo joins its network; own nodes need no mention. Default: in public mode those
    that kubo carries, in private mode none."""
    routing: NotRequired[str]
    """Kubo's Routing.Type: dht, dhtclient, dhtserver or none. Default: dht."""
    conn_mgr_low_water: NotRequired[int]
    """Number of connections down to which kubo closes idle ones (Swarm.ConnMgr.LowWater). Default: 32, as kubo's."""
    conn_mgr_high_water: NotRequired[int]
    """Number of connections from which kubo closes idle ones (Swarm.ConnMgr.HighWater). Default: 96, as kubo's."""


class PinningSettings(TypedDict):
    """How many nodes hold a pin."""

    replication_min: NotRequired[int]
    """Fewest nodes that must hold a pin for it to be taken; -1 with replication_max -1 is every node. Default: -1."""
    replication_max: NotRequired[int]
    """Most nodes that hold a pin; -1 is every node. Default: -1."""


class GatewaySettings(TypedDict):
    """What the gateway serves, and to whom."""

    open: NotRequired[bool]
    """Whether the gateway fetches what the cluster does not hold from the IPFS network, for anyone, at your traffic's
    cost. Needs the public swarm. Default: false, it serves what the cluster holds."""
    authentication: NotRequired[str]
    """Whom CloudFront lets read: none asks nobody, basic asks for a user name and password, token for a token of a Cognito
    user pool (`Authorization: Bearer …`). Default: none."""
    username: NotRequired[str]
    """With authentication basic: the user name, without `:`. Default: made by pulumi-random."""
    password: NotRequired[pulumi.Input[str]]
    """With authentication basic: the password, at least 12 characters. CloudFront holds a salted hash of it.
    Default: made by pulumi-random."""
    user_pool_id: NotRequired[pulumi.Input[str]]
    """With authentication token: ID of an existing Cognito user pool, in any Region. Needs user_pool_client_id.
    Default: a pool is made, in which administrators create the users."""
    user_pool_client_id: NotRequired[pulumi.Input[str]]
    """With user_pool_id: ID of the pool's app client whose tokens are taken. Default: a client is made."""


class ApiSettings(TypedDict):
    """The REST API's credentials, and the Pinning Service API."""

    username: NotRequired[str]
    """User name of the REST API, without `:` and `,`. Default: made by pulumi-random."""
    password: NotRequired[pulumi.Input[str]]
    """Password of the REST API, at least 12 characters without `:` and `,`. Default: made by pulumi-random."""
    pinning_service: NotRequired[bool]
    """Whether the IPFS Pinning Service API is offered, with credentials of its own: below /pinning of the REST API's
    distribution, on a port of its own of a load balancer without CloudFront. Default: false."""
    pinning_service_username: NotRequired[str]
    """User name of the Pinning Service API, without `:` and `,`. Default: made by pulumi-random."""
    pinning_service_password: NotRequired[pulumi.Input[str]]
    """Password of the Pinning Service API, at least 12 characters without `:` and `,`. Default: made by pulumi-random."""


class EdgeSettings(TypedDict):
    """How gateway and REST API are reached."""

    mode: NotRequired[str]
    """What stands in front of the nodes: cloudfront (two CloudFront distributions before a load balancer), load-balancer (that
    alone) or none (clients within the VPC use the nodes' names). Default: cloudfront."""
    scheme: NotRequired[str]
    """The load balancer's scheme: internal (CloudFront reaches it as a VPC origin; without CloudFront only the VPC does) or
    internet-facing (needs a certificate; CloudFront proves itself by a secret header, without CloudFront allowed_cidrs are let
    in). Default: internal."""
    allowed_cidrs: NotRequired[list[str]]
    """With mode load-balancer and scheme internet-facing: the IPv4 ranges of the clients that are let in. Required there.
    Default: none."""
    domain: NotRequired[str]
    """Domain under which gateway and REST API get their names. Needs zone_id, or certificates of your own. Default: none, they
    have the names that AWS gives."""
    zone_id: NotRequired[pulumi.Input[str]]
    """ID of the public Route 53 hosted zone that the domain is in. Records and, where none are given, certificates are made
    with it. Default: none, the output dns_records says what to create."""
    gateway_name: NotRequired[str]
    """The gateway's name within the domain, `@` for the domain itself. Default: gateway."""
    api_name: NotRequired[str]
    """The REST API's name within the domain, `@` for the domain itself. Default: api."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of an ACM certificate in us-east-1 for CloudFront, for both names (and the subdomain gateway's wildcards).
    Default: made with zone_id."""
    load_balancer_certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of an ACM certificate in the stack's Region for the load balancer, for the same names; its listeners speak HTTPS then.
    Default: made with zone_id."""
    subdomain_gateway: NotRequired[bool]
    """Whether each CID gets a web origin of its own: `<cid>.ipfs.<gateway>` and `<name>.ipns.<gateway>`, to which paths are
    redirected. Needs domain and HTTPS on the load balancer. Default: false."""
    price_class: NotRequired[str]
    """The CloudFront edges that answer: PriceClass_100 (North America, Europe, Israel: the cheapest), PriceClass_200 or
    PriceClass_All. Default: PriceClass_100."""
    allowed_countries: NotRequired[list[str]]
    """ISO 3166-1 codes of the only countries that CloudFront answers. Default: all."""
    blocked_countries: NotRequired[list[str]]
    """ISO 3166-1 codes of countries that CloudFront does not answer. Default: none."""
    gateway_web_acl_arn: NotRequired[pulumi.Input[str]]
    """ARN of a WAF web ACL (scope CLOUDFRONT, us-east-1) for the gateway's distribution. Default: none."""
    api_web_acl_arn: NotRequired[pulumi.Input[str]]
    """ARN of a WAF web ACL (scope CLOUDFRONT, us-east-1) for the REST API's distribution. Default: none."""
    access_log_days: NotRequired[int]
    """How many days access logs, CloudFront's and the load balancer's, are kept in an S3 bucket, which ends with the stack; 0 keeps
    none. Readers' and writers' own addresses are in CloudFront's. Default: 0."""


class NodeIdentity(TypedDict):
    """Who a node's daemons are: peer IDs, and where their private keys lie."""

    kubo_peer_id: NotRequired[str]
    """Peer ID of kubo. Needs kubo_private_key_parameter. Default: made by pulumi-random."""
    kubo_private_key_parameter: NotRequired[str]
    """Name of the SSM parameter with kubo's private key (base64, CAESQ…). Needs kubo_peer_id. Default: made."""
    cluster_peer_id: NotRequired[str]
    """Peer ID of ipfs-cluster. Needs cluster_private_key_parameter. Default: made by pulumi-random."""
    cluster_private_key_parameter: NotRequired[str]
    """Name of the SSM parameter with ipfs-cluster's private key (base64, CAESQ…). Needs cluster_peer_id. Default: made."""


class CredentialSettings(TypedDict):
    """Where keys and secrets come from and are kept."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the SSM parameters, given ones included. Default: the account's aws/ssm."""
    api_credentials_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the REST API's credentials as `user:password`. It is only used, never
    written, and neither part is an output then. Default: a parameter is made."""
    api_password_version: NotRequired[int]
    """Raise it to make a new REST API password. Default: 1."""
    gateway_password_version: NotRequired[int]
    """Raise it to make a new gateway password (gateway.authentication basic). Default: 1."""
    pinning_service_password_version: NotRequired[int]
    """Raise it to make a new Pinning Service API password; its tokens end with the old one. Default: 1."""
    cluster_secret_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the cluster secret, 64 hexadecimal characters; only used, never written.
    Default: a parameter is made."""
    cluster_secret_version: NotRequired[int]
    """Raise it to make a new cluster secret. Default: 1."""
    swarm_key_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the text of the private swarm's swarm.key file; only used, never written.
    Needs swarm.mode private. Default: a parameter is made in private mode."""
    identities: NotRequired[dict[str, NodeIdentity]]
    """Identities from outside, by node name (the zone, further nodes of a zone with -2, -3). Default: all are made."""


class MonitoringSettings(TypedDict):
    """Logs, metrics, alarms, a dashboard and a budget."""

    enabled: NotRequired[bool]
    """Whether the cluster is monitored; false leaves the logs and nothing else of this group. Default: true."""
    log_retention_days: NotRequired[int]
    """How long CloudWatch keeps logs, in days, one of the periods that it offers. Default: 30."""
    kubo_log_level: NotRequired[str]
    """What kubo logs (GOLOG_LOG_LEVEL): debug, info, warn or error, and further subsystem=level after commas. Default: error, as kubo's."""
    cluster_log_level: NotRequired[str]
    """What ipfs-cluster logs (--loglevel): debug, info, warn or error, and further component:level after commas. At info it logs
    each request to the APIs. Default: info, as ipfs-cluster's."""
    container_insights: NotRequired[str]
    """CloudWatch Container Insights of the ECS cluster: disabled, enabled or enhanced. No alarm and no graph here needs it, and each of its
    metrics is paid for. Default: disabled."""
    metrics: NotRequired[str]
    """Where a collector beside the daemons sends a few of their metrics: cloudwatch, prometheus (Amazon Managed Service for
    Prometheus, without the alarms on them) or none (no collector). Default: cloudwatch."""
    metrics_image: NotRequired[str]
    """Image of the collector, the AWS distribution of OpenTelemetry's, with a tag or digest.
    Default: public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0."""
    prometheus_workspace_id: NotRequired[pulumi.Input[str]]
    """With metrics prometheus: ID of the workspace, in the stack's Region. Required there. Default: none."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic in the stack's Region that alarms, and events of failed backups and exports, go to. Its policy must let
    cloudwatch.amazonaws.com and events.amazonaws.com publish. Default: a topic is made."""
    edge_alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic in us-east-1 that CloudFront's alarms go to, which are there. Default: alarm_topic_arn in us-east-1, else
    a topic is made."""
    alarm_emails: NotRequired[list[str]]
    """E-mail addresses that are subscribed to the topics that are made; AWS asks each to confirm. Default: none."""
    node_alarm_minutes: NotRequired[int]
    """How many minutes a node may be down, unhealthy most of the time, or unseen by the others. Default: 15, as long as one restart of a
    node may take at most; an update restarts one after another."""
    cpu_alarm_percent: NotRequired[int]
    """CPU use of a task over half an hour from which there is an alarm. Default: 90."""
    memory_alarm_percent: NotRequired[int]
    """Memory use of a task over a quarter of an hour from which there is an alarm. Default: 90; the daemons' own limits leave a quarter."""
    storage_alarm_percent: NotRequired[int]
    """How much of storage.max_gib a file system may hold. Default: 85."""
    io_alarm_percent: NotRequired[int]
    """Percent of the I/O limit of a file system over a quarter of an hour, other than with bursting throughput. Default: 80."""
    error_alarm_percent: NotRequired[int]
    """Percent of requests that the load balancer or CloudFront answers with 5xx over a quarter of an hour. Default: 5."""
    failed_login_alarm_count: NotRequired[int]
    """Requests with a wrong password or token to the APIs within 5 minutes. Default: 50."""
    restart_alarm_count: NotRequired[int]
    """Starts of one node's task within half an hour. Default: 4: an update is one, and ECS gives a bad one up after three."""
    certificate_alarm_days: NotRequired[int]
    """Days before the end of a certificate; ACM renews its own from 60 days before. Default: 21."""
    monthly_budget_usd: NotRequired[int]
    """Cost a month in USD, of everything that has this cluster's value of the tag `ipfs-cluster`, of which 80 percent spent, or all of it
    forecast, are told by e-mail. It counts nothing until the tag is activated as a cost allocation tag in the account that pays the bill.
    Needs alarm_emails. Default: no budget."""


class IpfsClusterArgs(TypedDict):
    """The inputs of IpfsCluster, in groups; all may be left out."""

    network: NotRequired[NetworkSettings]
    """Where the cluster stands. Default: a VPC of its own."""
    nodes: NotRequired[NodeSettings]
    """How many nodes, where, how large and of what. Default: three, one in each of three zones."""
    storage: NotRequired[StorageSettings]
    """What nodes keep their data on. Default: an encrypted EFS One Zone file system each."""
    backup: NotRequired[BackupSettings]
    """Copies of that data. Default: of one node's file system, daily, for 35 days."""
    swarm: NotRequired[SwarmSettings]
    """Whom kubo talks to. Default: the public IPFS network."""
    pinning: NotRequired[PinningSettings]
    """How many nodes hold a pin. Default: all."""
    gateway: NotRequired[GatewaySettings]
    """What the gateway serves, and to whom. Default: what the cluster holds, to everyone."""
    api: NotRequired[ApiSettings]
    """The REST API's credentials, and the Pinning Service API. Default: made by pulumi-random; none."""
    edge: NotRequired[EdgeSettings]
    """How gateway and REST API are reached. Default: by CloudFront, under the names that it gives."""
    credentials: NotRequired[CredentialSettings]
    """Where keys and secrets come from and are kept. Default: made by pulumi-random, kept in SSM."""
    monitoring: NotRequired[MonitoringSettings]
    """Logs, metrics, alarms and a dashboard. Default: all of it, logs for 30 days; nobody is told before there are alarm_emails or an
    alarm_topic_arn."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for everything that can be tagged. Default: none but the cluster's own."""


class InvalidInput(pulumi.RunError):
    """Input that was refused before any resource; its text names every problem, one a line."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        """``name`` is the component's, ``problems`` are complete sentences."""
        self.name = name
        self.problems = list(problems)
        super().__init__("\n".join([f"IpfsCluster {name!r}: {len(problems)} problem(s) with its inputs:", *(f"  - {p}" for p in problems)]))


NEVER = "never"
"""The schedule of what is not done."""

DEFAULTS: IpfsClusterArgs = {
    "network": {"cidr": "10.94.0.0/16", "use_default_vpc": False},
    "nodes": {
        "count": 3,
        "cpu": 512,
        "memory": 2048,
        "architecture": "ARM64",
        "spot": "none",
        "enable_execute_command": True,
        "kubo_image": "ipfs/kubo:v0.43.1",
        "cluster_image": "ipfs/ipfs-cluster:v1.1.6",
        "registry_mirrors": {},
        "registry_credentials": {},
        "kubo_config": {},
        "cluster_environment": {},
    },
    "storage": {
        "max_gib": 100,
        "retain_on_delete": True,
        "file_system": "one-zone",
        "throughput_mode": "elastic",
        "datastore": "flatfs",
        "unixfs_profile": "unixfs-v1-2025",
        "existing": {},
    },
    "backup": {
        "schedule": "cron(0 3 * * ? *)",
        "retention_days": 35,
        "pinset_schedule": "rate(1 day)",
        "pinset_retention_days": 90,
        "pinset_image": "public.ecr.aws/aws-cli/aws-cli:2.31.30",
    },
    "swarm": {"mode": "public", "routing": "dht", "conn_mgr_low_water": 32, "conn_mgr_high_water": 96},
    "pinning": {"replication_min": -1, "replication_max": -1},
    "gateway": {"open": False, "authentication": "none"},
    "api": {"pinning_service": False},
    "edge": {
        "mode": "cloudfront",
        "scheme": "internal",
        "allowed_cidrs": [],
        "gateway_name": "gateway",
        "api_name": "api",
        "subdomain_gateway": False,
        "price_class": "PriceClass_100",
        "allowed_countries": [],
        "blocked_countries": [],
        "access_log_days": 0,
    },
    "credentials": {
        "api_password_version": 1,
        "gateway_password_version": 1,
        "pinning_service_password_version": 1,
        "cluster_secret_version": 1,
        "identities": {},
    },
    "monitoring": {
        "enabled": True,
        "log_retention_days": 30,
        "kubo_log_level": "error",
        "cluster_log_level": "info",
        "container_insights": "disabled",
        "metrics": "cloudwatch",
        "metrics_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
        "alarm_emails": [],
        "node_alarm_minutes": 15,
        "cpu_alarm_percent": 90,
        "memory_alarm_percent": 90,
        "storage_alarm_percent": 85,
        "io_alarm_percent": 80,
        "error_alarm_percent": 5,
        "failed_login_alarm_count": 50,
        "restart_alarm_count": 4,
        "certificate_alarm_days": 21,
    },
    "tags": {},
}
"""The defaults that are values; those that depend on something else stand where they are used."""

# Fargate's memory sizes in MiB for each number of CPU units: ECS Developer Guide, "Task size", November 2026.
FARGATE_MEMORY: Mapping[int, Sequence[int]] = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
# Below this kubo is killed for memory while it still starts.
_LEAST_MEMORY = 1024
# CloudWatch Logs API, PutRetentionPolicy.
_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# CloudWatch API, PutMetricAlarm: what an alarm looks at ends within a day.
_LONGEST_ALARM_MINUTES = 24 * 60
# AWS Backup, Lifecycle: what is in cold storage stays there so long.
_LEAST_COLD_DAYS = 90
# What follows the component's name in the longest IAM role name, besides the node's, with Pulumi's random suffix.
_ROLE_SUFFIX = "-execution-1234567"
_LONGEST_ROLE_NAME = 64

_Found = Iterator[str]
T = TypeVar("T")


def with_defaults(args: IpfsClusterArgs) -> IpfsClusterArgs:
    """``args`` with the default of every input that is missing. Numbers that came as floats, as they do from other
    languages, become whole ones. Groups and inputs that do not exist are left for ``problems`` to name.
    """
    given = cast(Mapping[str, Any], args)
    merged: dict[str, Any] = dict(given)
    for group, defaults in cast(Mapping[str, Any], DEFAULTS).items():
        value = given.get(group)
        if value is None:
            value = {}
        if isinstance(value, Mapping):
            present = {key: whole(item) for key, item in value.items() if item is not None}
            merged[group] = {**defaults, **present}
    return cast(IpfsClusterArgs, merged)


def whole(value: Any) -> Any:
    """``value`` with whole numbers that came as floats as such, however deep."""
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def resolve(
    names: Names,
    args: IpfsClusterArgs,
    region: str,
    available: Sequence[zones.Zone],
    hosted_zone: edge.HostedZone | None = None,
    file_systems: Sequence[filesystems.Found] = (),
) -> IpfsClusterArgs:
    """``args`` with defaults and with the zones and the bootstrap peers that are meant.

    ``available`` are the Region's zones, ``hosted_zone`` is that of edge.zone_id, if it is known already, ``file_systems`` are those
    of this cluster that are there. Raises InvalidInput with every problem found.
    """
    settings = with_defaults(args)
    found = list(problems(names, settings, region, available, hosted_zone, file_systems))
    if found:
        raise InvalidInput(names.component, found)
    nodes, swarm, network = settings["nodes"], settings["swarm"], settings["network"]
    nodes["zones"] = _zones(nodes, network, _usable_zones(settings, region, available))
    if "nodes" not in settings["backup"]:
        settings["backup"]["nodes"] = "one" if settings["pinning"]["replication_max"] == -1 else "all"
    if not settings["monitoring"]["enabled"]:
        settings["monitoring"] |= {"metrics": "none", "container_insights": "disabled"}
    if "bootstrap_peers" not in swarm:
        swarm["bootstrap_peers"] = list(kubo.BOOTSTRAP_PEERS) if swarm["mode"] == "public" else []
    return settings


def _usable_zones(settings: IpfsClusterArgs, region: str, available: Sequence[zones.Zone]) -> list[str]:
    return [zone.name for zone in zones.suitable(region, available, settings["storage"]["file_system"])]


def _zones(nodes: NodeSettings, network: NetworkSettings, usable: Sequence[str]) -> list[str]:
    if nodes.get("zones"):
        return list(nodes["zones"])
    if network.get("subnet_ids"):
        return [name for name in usable if name in network["subnet_ids"]]
    return list(usable[: zones.DEFAULT_ZONES])


def problems(
    names: Names,
    settings: IpfsClusterArgs,
    region: str,
    available: Sequence[zones.Zone],
    hosted_zone: edge.HostedZone | None = None,
    file_systems: Sequence[filesystems.Found] = (),
) -> _Found:
    """Every problem with a component's names and its settings (defaults filled in), as sentences for its user."""
    yield from _types("", IpfsClusterArgs, settings)
    yield from _name_problems(names.component)
    yield from names.problems()
    settings = _sound(settings)  # the checks below rely on the types
    network, nodes = settings["network"], settings["nodes"]
    yield from _network_problems(network)
    yield from _node_problems(nodes)
    usable = _usable_zones(settings, region, available)
    yield from _zone_problems(names.component, nodes, network, settings["storage"], region, usable)
    places = _places(nodes, network, usable)
    known = [place.node for place in places]
    yield from _storage_problems(settings["storage"], nodes, known)
    yield from filesystems.replaced(settings["storage"], known, file_systems)
    yield from _backup_problems(settings["backup"], settings["pinning"])
    yield from _swarm_problems(settings["swarm"])
    yield from _pinning_problems(settings["pinning"], nodes["count"])
    yield from _gateway_problems(settings["gateway"], settings["swarm"], settings["pinning"])
    yield from edge.gateway_problems(settings["gateway"], settings["edge"])
    yield from edge.problems(names.component, settings["edge"], region, hosted_zone)
    if places:  # else that is the problem, and named
        yield from edge.subnet_problems(settings["edge"], network, sorted({place.zone for place in places}), usable)
    yield from _api_problems(settings["api"], settings["credentials"])
    yield from _credential_problems(settings["credentials"], settings["swarm"], known)
    yield from _monitoring_problems(settings["monitoring"], region, settings["edge"])
    yield from _registry_problems(settings, region)
    yield from _tag_problems(settings["tags"])


# --- types and unknown keys -------------------------------------------------------------------------------------------


def _types(path: str, declared: Any, value: Any) -> _Found:
    """Unknown keys and values of another type, by the TypedDicts above."""
    if isinstance(value, pulumi.Output):
        if not _takes_outputs(declared):
            yield f"{path}: is an output of another resource, but must be known before anything is created; give a plain value."
        return
    declared = _bare(declared)
    if declared is Any:
        return
    if isinstance(declared, type) and hasattr(declared, "__annotations__") and issubclass(declared, dict):
        if not isinstance(value, Mapping):
            yield f"{path}: {value!r} is no group of settings; it takes {_listing(declared.__annotations__)}."
            return
        for key, item in value.items():
            where = f"{path}.{key}" if path else str(key)
            if key not in declared.__annotations__:
                yield f"{where}: there is no such input; {path or 'IpfsCluster'} takes {_listing(declared.__annotations__)}."
            else:
                yield from _types(where, declared.__annotations__[key], item)
        return
    origin = getattr(declared, "__origin__", declared)
    if origin is dict:
        if not isinstance(value, Mapping):
            yield f"{path}: {value!r} must be a map."
            return
        for key, item in value.items():
            yield from _types(f"{path}[{key!r}]", declared.__args__[1], item)
    elif origin is list:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield f"{path}: {value!r} must be a list."
            return
        for index, item in enumerate(value):
            yield from _types(f"{path}[{index}]", declared.__args__[0], item)
    elif origin is bool:
        if not isinstance(value, bool):
            yield f"{path}: {value!r} must be true or false."
    elif origin is int:
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{path}: {value!r} must be a whole number."
    elif not isinstance(value, str):
        yield f"{path}: {_shown(path, value)} must be a text."


def _sound(settings: IpfsClusterArgs) -> IpfsClusterArgs:
    """``settings`` without what is unknown or of another type, so that the rest can be checked all the same."""
    sound: dict[str, Any] = {}
    for group, declared in IpfsClusterArgs.__annotations__.items():
        given = settings.get(group)
        fields = getattr(_bare(declared), "__annotations__", None)
        if not isinstance(given, Mapping) or (fields is None and any(_types(group, declared, given))):
            given = {}
        sound[group] = {key: item for key, item in given.items() if fields is None or (key in fields and not any(_types(key, fields[key], item)))}
    return with_defaults(cast(IpfsClusterArgs, sound))


def _bare(declared: Any) -> Any:
    """A field's type without NotRequired and without Input."""
    while hasattr(declared, "__args__"):
        origin = getattr(declared, "__origin__", None)
        if origin in (dict, list):
            return declared
        declared = declared.__args__[0]
    return declared


def _takes_outputs(declared: Any) -> bool:
    while getattr(declared, "__origin__", None) is NotRequired:
        declared = declared.__args__[0]
    return "Output[" in str(declared) and getattr(declared, "__origin__", None) not in (dict, list)


def _listing(names: Any) -> str:
    return ", ".join(names)


def _shown(path: str, value: Any) -> str:
    return "(not shown)" if path.endswith("password") else repr(value)


# --- one group after the other ----------------------------------------------------------------------------------------


def _name_problems(name: str) -> _Found:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        yield f"name: {name!r} becomes part of DNS names and paths; use lower-case letters, digits and hyphens, a letter first."
    elif name.startswith(("aws", "ssm")):
        yield f"name: {name!r} becomes the start of SSM parameter paths, where AWS reserves names in aws and ssm; use another."


def _network_problems(network: NetworkSettings) -> _Found:
    cidr = network["cidr"]
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError:
        yield f"network.cidr: {cidr!r} is no IPv4 range; use one like 10.94.0.0/16."
    else:
        if not 16 <= block.prefixlen <= 22:
            yield f"network.cidr: {cidr!r} has a /{block.prefixlen} prefix; use one from /16 to /22."
        elif not block.is_private:
            yield f"network.cidr: {cidr!r} is no private range; use one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
    if "vpc_id" in network:
        yield from _pattern("network.vpc_id", network["vpc_id"], r"vpc-[0-9a-f]+", "a VPC's ID like vpc-0123456789abcdef0")
        if not network.get("subnet_ids"):
            yield "network.subnet_ids: an existing VPC (network.vpc_id) needs one public subnet for each zone; give zone: subnet ID."
        if network["use_default_vpc"]:
            yield "network.use_default_vpc: true contradicts network.vpc_id; give one of the two."
    elif network.get("subnet_ids"):
        yield "network.subnet_ids: subnets were given without the VPC that they are in; give network.vpc_id too."
    for zone, subnet in network.get("subnet_ids", {}).items():
        yield from _pattern(f"network.subnet_ids[{zone!r}]", subnet, r"subnet-[0-9a-f]+", "a subnet's ID like subnet-0123456789abcdef0")


def _node_problems(nodes: NodeSettings) -> _Found:
    cpu, memory = nodes["cpu"], nodes["memory"]
    if cpu not in FARGATE_MEMORY:
        yield f"nodes.cpu: {cpu} is no Fargate size; use one of {_listing(map(str, FARGATE_MEMORY))}."
    elif memory not in FARGATE_MEMORY[cpu]:
        fitting = [size for size in FARGATE_MEMORY[cpu] if size >= _LEAST_MEMORY]
        yield f"nodes.memory: Fargate has no {memory} MiB for nodes.cpu {cpu}; use one of {_listing(map(str, fitting))}."
    elif memory < _LEAST_MEMORY:
        yield f"nodes.memory: {memory} MiB is too little for both daemons; use {_LEAST_MEMORY} or more."
    yield from _choice("nodes.architecture", nodes["architecture"], ("ARM64", "X86_64"))
    yield from _choice("nodes.spot", nodes["spot"], ("none", "all-but-one", "all"))
    for key in ("kubo_image", "cluster_image"):
        yield from _image(f"nodes.{key}", cast(Mapping[str, str], nodes)[key])
    for setting in nodes["kubo_config"]:
        use = kubo.owner_of(setting)
        if use:
            yield f"nodes.kubo_config[{setting!r}]: the program sets this itself; {use}."
        elif not re.fullmatch(r"[A-Za-z][\w-]*(\.[\w-]+)*", setting):
            yield f"nodes.kubo_config[{setting!r}]: is no name of a kubo setting; give one like Gateway.MaxConcurrentRequests."
    for variable in nodes["cluster_environment"]:
        use = task.owner_of(variable)
        if use:
            yield f"nodes.cluster_environment[{variable!r}]: the program sets this itself; {use}."
        elif not re.fullmatch(r"CLUSTER_[A-Z0-9_]+", variable):
            yield f"nodes.cluster_environment[{variable!r}]: is no setting of ipfs-cluster; give one like CLUSTER_STATELESS_CONCURRENTPINS."


def _registry_problems(settings: IpfsClusterArgs, region: str) -> _Found:
    nodes = settings["nodes"]
    used = [nodes["kubo_image"], nodes["cluster_image"], settings["monitoring"]["metrics_image"], settings["backup"]["pinset_image"]]
    yield from images.problems(list(filter(images.names_a_version, used)), nodes["registry_mirrors"], nodes["registry_credentials"], region)
    yield from _key_arn("nodes.registry_credentials_key_arn", nodes.get("registry_credentials_key_arn"))
    if "registry_credentials_key_arn" in nodes and not nodes["registry_credentials"]:
        yield "nodes.registry_credentials_key_arn: is for nodes.registry_credentials, of which there are none; give those too, or leave it out."


def _zone_problems(name: str, nodes: NodeSettings, network: NetworkSettings, storage: StorageSettings, region: str, names: Sequence[str]) -> _Found:
    if not names:
        usable = zones.regions(storage["file_system"])
        if region in zones.regions("regional"):
            yield f"aws:region: {region} has no EFS One Zone; set storage.file_system to regional, or use one of {_listing(usable)}."
        else:
            yield f"aws:region: nodes cannot be in {region}, which lacks EFS, Fargate on ARM64 or CloudFront VPC origins; use one of {_listing(usable)}."
        return
    subnets = network.get("subnet_ids", {})
    for zone in subnets:
        if zone not in names:
            yield f"network.subnet_ids: {zone!r} cannot hold a node; in {region} these can: {_listing(names)}."
    given = nodes.get("zones", [])
    if "zones" in nodes and not given:
        yield "nodes.zones: the list is empty; name at least one zone, or leave it out."
    for zone in sorted({zone for zone in given if given.count(zone) > 1}):
        yield f"nodes.zones: {zone!r} stands there {given.count(zone)} times; name a zone once, several nodes share it by nodes.count."
    for zone in dict.fromkeys(given):
        if zone not in names:
            yield f"nodes.zones: {zone!r} cannot hold a node; in {region} these can: {_listing(names)}."
        elif subnets and zone not in subnets:
            yield f"nodes.zones: {zone!r} has no subnet; add it to network.subnet_ids, or leave the zone out."
    chosen = list(dict.fromkeys(_zones(nodes, network, names)))
    count, most = nodes["count"], len(chosen) * zones.NODES_PER_ZONE
    if count < 1:
        yield f"nodes.count: {count} is too few; use 1 or more."
    elif chosen and count > most:
        yield f"nodes.count: {count} is too many for {len(chosen)} zone(s) ({_listing(chosen)}); use up to {most}, or name more in nodes.zones."
    elif chosen:
        longest = max(len(place.node) for place in zones.place(count, chosen))
        room = _LONGEST_ROLE_NAME - longest - 1 - len(_ROLE_SUFFIX)
        if len(name) > room:
            yield f"name: {name!r} has {len(name)} characters, which is too long for IAM role names like {name}-{chosen[0]}-execution-…; use up to {room}."


def _places(nodes: NodeSettings, network: NetworkSettings, usable: Sequence[str]) -> list[zones.Place]:
    """Where the nodes will live; nowhere while there is something wrong with their zones."""
    chosen = _zones(nodes, network, usable)
    return zones.place(max(nodes["count"], 0), chosen) if chosen else []


def _storage_problems(storage: StorageSettings, nodes: NodeSettings, known: Sequence[str]) -> _Found:
    yield from filesystems.problems(storage, known)
    if storage["datastore"] == "s3" and nodes["kubo_image"] == DEFAULTS["nodes"]["kubo_image"]:
        yield (
            f"nodes.kubo_image: {nodes['kubo_image']!r} has no s3ds datastore, which storage.datastore s3 needs; give an image that has it "
            "(docs/configuration.md, Blocks in S3), or use flatfs."
        )
    if storage["max_gib"] < 1:
        yield f"storage.max_gib: {storage['max_gib']} is too little; use 1 or more."
    yield from _key_arn("storage.kms_key_arn", storage.get("kms_key_arn"))


def _backup_problems(backup: BackupSettings, pinning: PinningSettings) -> _Found:
    which = backup.get("nodes", "all")
    yield from _choice("backup.nodes", which, ("none", "one", "all"))
    if which == "one" and pinning["replication_max"] != -1:
        yield "backup.nodes: one node does not hold all pins with pinning.replication_max other than -1; use all, or none."
    if not re.fullmatch(r"cron\(\S+( \S+){5}\)", backup["schedule"]):
        yield f"backup.schedule: {backup['schedule']!r} is no cron expression of AWS Backup; use one like cron(0 3 * * ? *)."
    days, cold = backup["retention_days"], backup.get("cold_storage_days")
    if days < 1:
        yield f"backup.retention_days: {days} is too few; use 1 or more, or backup.nodes none."
    if cold is not None and cold < 1:
        yield f"backup.cold_storage_days: {cold} is too few; use 1 or more, or leave it out."
    elif cold is not None and days < cold + _LEAST_COLD_DAYS:
        least = cold + _LEAST_COLD_DAYS
        yield f"backup.retention_days: {days} is too few, since cold storage keeps a backup for {_LEAST_COLD_DAYS} days at least; use {least}."
    if not re.fullmatch(rf"{NEVER}|cron\(\S+( \S+){{5}}\)|rate\([1-9]\d* (minute|hour|day)s?\)", backup["pinset_schedule"]):
        yield f"backup.pinset_schedule: {backup['pinset_schedule']!r} is no schedule; use one like rate(1 day) or cron(0 4 * * ? *), or {NEVER}."
    if backup["pinset_retention_days"] < 1:
        yield f"backup.pinset_retention_days: {backup['pinset_retention_days']} is too few; use 1 or more."
    yield from _image("backup.pinset_image", backup["pinset_image"])
    if "vault_name" in backup:
        yield from _pattern("backup.vault_name", backup["vault_name"], r"[\w-]{2,50}", "a backup vault's name")


def _swarm_problems(swarm: SwarmSettings) -> _Found:
    yield from _choice("swarm.mode", swarm["mode"], ("public", "private"))
    yield from _choice("swarm.routing", swarm["routing"], ("dht", "dhtclient", "dhtserver", "none"))
    for index, peer in enumerate(swarm.get("bootstrap_peers", [])):
        if not re.fullmatch(r"/(ip4|ip6|dns|dns4|dns6|dnsaddr)/\S+/p2p/\w+", peer):
            yield f"swarm.bootstrap_peers[{index}]: {peer!r} is no peer's multiaddress; give one like /dns4/example.com/tcp/4001/p2p/12D3KooW…."
    low, high = swarm["conn_mgr_low_water"], swarm["conn_mgr_high_water"]
    if low < 1:
        yield f"swarm.conn_mgr_low_water: {low} is too few; use 1 or more."
    elif low >= high:
        yield f"swarm.conn_mgr_low_water: {low} must be less than swarm.conn_mgr_high_water, which is {high}."


def _pinning_problems(pinning: PinningSettings, count: int) -> _Found:
    low, high = pinning["replication_min"], pinning["replication_max"]
    if low == high == -1:
        return
    if low < 1 or high < 1:
        yield (
            f"pinning.replication_min and replication_max: {low} and {high} do not go together; "
            f"use -1 for both (every node), or numbers from 1 to {count} for both."
        )
        return
    if low > high:
        yield f"pinning.replication_min: {low} is above pinning.replication_max, which is {high}; lower it or raise the other."
    if high > count:
        yield f"pinning.replication_max: {high} is above the number of nodes, which is {count}; lower it or raise nodes.count."


def _gateway_problems(gateway: GatewaySettings, swarm: SwarmSettings, pinning: PinningSettings) -> _Found:
    if gateway["open"] and swarm["mode"] == "private":
        yield "gateway.open: true needs the public swarm, a private one reaches nothing but own nodes; leave it false, or set swarm.mode to public."
    if not gateway["open"] and swarm["mode"] == "public" and pinning["replication_max"] != -1:
        yield (
            f"gateway.open: false with pinning.replication_max {pinning['replication_max']} in the public swarm would answer 404 for what another "
            "node holds; use replication -1, or swarm.mode private, or gateway.open true."
        )

    if "username" in gateway:
        yield from _plain("gateway.username", gateway["username"], check_username)
    if "password" in gateway:
        yield from _plain("gateway.password", gateway["password"], check_password)


def _api_problems(api: ApiSettings, credentials: CredentialSettings) -> _Found:
    if "username" in api:
        yield from _plain("api.username", api["username"], check_username)
    if "password" in api:
        yield from _plain("api.password", api["password"], check_password)
    if "pinning_service_username" in api:
        yield from _plain("api.pinning_service_username", api["pinning_service_username"], check_username)
    if "pinning_service_password" in api:
        yield from _plain("api.pinning_service_password", api["pinning_service_password"], check_password)
    if not api["pinning_service"]:
        for key in ("pinning_service_username", "pinning_service_password"):
            if key in api:
                yield f"api.{key}: is for the Pinning Service API, which is off; set api.pinning_service to true, or leave it out."
    if "api_credentials_parameter" in credentials:
        for key in sorted({"username", "password"} & set(api)):
            yield f"api.{key}: contradicts credentials.api_credentials_parameter, which holds both user and password; give one of the two."


def _credential_problems(credentials: CredentialSettings, swarm: SwarmSettings, known: Sequence[str]) -> _Found:
    yield from _key_arn("credentials.kms_key_arn", credentials.get("kms_key_arn"))
    for key in ("api_credentials_parameter", "cluster_secret_parameter", "swarm_key_parameter"):
        yield from _parameter(f"credentials.{key}", credentials.get(key))
    for key in ("api_password_version", "gateway_password_version", "pinning_service_password_version", "cluster_secret_version"):
        version = cast(Mapping[str, int], credentials)[key]
        if version < 1:
            yield f"credentials.{key}: {version} is no version; use 1 or more."
    if "swarm_key_parameter" in credentials and swarm["mode"] == "public":
        yield "credentials.swarm_key_parameter: the public swarm has no key; leave it out, or set swarm.mode to private."
    for node, identity in credentials["identities"].items():
        where = f"credentials.identities[{node!r}]"
        if node not in known:
            yield f"{where}: there is no such node; the nodes are {_listing(known)}."
        for daemon in ("kubo", "cluster"):
            peer_id, parameter = identity.get(f"{daemon}_peer_id"), identity.get(f"{daemon}_private_key_parameter")
            if (peer_id is None) != (parameter is None):
                yield f"{where}: {daemon}_peer_id and {daemon}_private_key_parameter must be given together."
            if isinstance(peer_id, str) and not re.fullmatch(r"(12D3KooW|Qm|16Uiu2HA)[1-9A-HJ-NP-Za-km-z]{40,48}", peer_id):
                yield f"{where}.{daemon}_peer_id: {peer_id!r} is no peer ID; give one like 12D3KooW…."
            yield from _parameter(f"{where}.{daemon}_private_key_parameter", parameter)


def _monitoring_problems(monitoring: MonitoringSettings, region: str, edge_settings: EdgeSettings) -> _Found:
    days = monitoring["log_retention_days"]
    if days not in _RETENTION_DAYS:
        yield f"monitoring.log_retention_days: CloudWatch has no {days} days; use one of {_listing(map(str, _RETENTION_DAYS))}."
    yield from _choice("monitoring.container_insights", monitoring["container_insights"], ("disabled", "enabled", "enhanced"))
    yield from _choice("monitoring.metrics", monitoring["metrics"], ("cloudwatch", "prometheus", "none"))
    yield from _image("monitoring.metrics_image", monitoring["metrics_image"])
    for key, sign in (("kubo_log_level", "="), ("cluster_log_level", ":")):
        level, given = "(debug|info|warn|error)", cast(Mapping[str, str], monitoring)[key]
        if not re.fullmatch(rf"{level}(,[\w/-]+{sign}{level})*", given):
            yield f"monitoring.{key}: {given!r} is no log level; use debug, info, warn or error, and further ones like error,bitswap{sign}info."
    if "prometheus_workspace_id" in monitoring:
        if monitoring["metrics"] != "prometheus":
            yield "monitoring.prometheus_workspace_id: is for monitoring.metrics prometheus; leave it out, or set that."
        yield from _pattern("monitoring.prometheus_workspace_id", monitoring["prometheus_workspace_id"], r"ws-[\w-]+", "a workspace's ID like ws-0123abcd-…")
    elif monitoring["metrics"] == "prometheus":
        yield "monitoring.prometheus_workspace_id: monitoring.metrics prometheus needs the ID of the workspace, like ws-0123abcd-…."
    for key, place in (("alarm_topic_arn", region), ("edge_alarm_topic_arn", edge.CERTIFICATE_REGION)):
        arn = cast(Mapping[str, Any], monitoring).get(key)
        yield from _pattern(f"monitoring.{key}", arn, rf"arn:aws[\w-]*:sns:{place}:\d{{12}}:[\w-]+", f"the ARN of an SNS topic in {place}")
    elsewhere = region != edge.CERTIFICATE_REGION and edge_settings["mode"] == "cloudfront"
    if elsewhere and "alarm_topic_arn" in monitoring and "edge_alarm_topic_arn" not in monitoring and not monitoring["alarm_emails"]:
        yield (
            "monitoring.edge_alarm_topic_arn: CloudFront's alarms are in us-east-1, where monitoring.alarm_topic_arn cannot be used; "
            "give a topic there too, or monitoring.alarm_emails."
        )
    for index, address in enumerate(monitoring["alarm_emails"]):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
            yield f"monitoring.alarm_emails[{index}]: {address!r} is no e-mail address."
    for key in ("cpu_alarm_percent", "memory_alarm_percent", "storage_alarm_percent", "io_alarm_percent", "error_alarm_percent"):
        percent = cast(Mapping[str, int], monitoring)[key]
        if not 1 <= percent <= 100:
            yield f"monitoring.{key}: {percent} is no percentage; use 1 to 100."
    for key in ("failed_login_alarm_count", "restart_alarm_count", "certificate_alarm_days", "monthly_budget_usd"):
        number = cast(Mapping[str, int], monitoring).get(key, 1)
        if number < 1:
            yield f"monitoring.{key}: {number} is too few; use 1 or more."
    minutes = monitoring["node_alarm_minutes"]
    if not 1 <= minutes <= _LONGEST_ALARM_MINUTES:
        yield f"monitoring.node_alarm_minutes: {minutes} is not what an alarm can look at; use 1 to {_LONGEST_ALARM_MINUTES}."
    if "monthly_budget_usd" in monitoring and not monitoring["alarm_emails"]:
        yield "monitoring.monthly_budget_usd: a budget that tells nobody is of no use; give monitoring.alarm_emails."


def _tag_problems(tags: Mapping[str, Any]) -> _Found:
    for key, value in tags.items():
        if key.lower().startswith("aws:") or not 1 <= len(key) <= 128:
            yield f"tags[{key!r}]: AWS takes no such key; use 1 to 128 characters that do not start with aws:."
        if isinstance(value, str) and len(value) > 256:
            yield f"tags[{key!r}]: the value has {len(value)} characters; use up to 256."


# --- checks of single values, which are also applied to values that are known only later -----------------------------


def check_username(value: str) -> str:
    """What is wrong with a REST API user name, or nothing."""
    return "" if re.fullmatch(r"[^:,\s]+", value) else "is no user name that ipfs-cluster takes; use characters other than `:`, `,` and white space"


def check_password(value: str) -> str:
    """What is wrong with a REST API password, or nothing. Never holds the password."""
    if len(value) < 12:
        return f"has {len(value)} characters; use 12 or more"
    # ipfs-cluster reads `user:password` pairs from a comma list and splits each at every colon.
    return "" if re.fullmatch(r"[^:,\s]+", value) else "has a character that ipfs-cluster cannot take; use others than `:`, `,` and white space"


def check_key_arn(value: str) -> str:
    """What is wrong with a KMS key's ARN, or nothing."""
    return (
        "" if re.fullmatch(r"arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/[\w-]+", value) else "is no key's ARN; give one like arn:aws:kms:eu-west-1:123456789012:key/…"
    )


def check_parameter(value: str) -> str:
    """What is wrong with an SSM parameter's name, or nothing."""
    if not re.fullmatch(r"/?[\w.-]+(/[\w.-]+)*", value) or ("/" in value and not value.startswith("/")):
        return "is no name of an SSM parameter; give its name (not its ARN) like /prod/ipfs/cluster-secret"
    return ""


def checked(path: str, value: pulumi.Input[T], check: Callable[[T], str]) -> pulumi.Output[T]:
    """``value`` as an Output that refuses what ``check`` finds wrong, for values that are known only later."""

    def refuse(known: T) -> T:
        wrong = check(known)
        if wrong:
            raise pulumi.RunError(f"{path}: {_shown(path, known)} {wrong}.")
        return known

    return pulumi.Output.from_input(value).apply(refuse)


def _plain(path: str, value: Any, check: Callable[[str], str]) -> _Found:
    if isinstance(value, str) and check(value):
        yield f"{path}: {_shown(path, value)} {check(value)}."


def _key_arn(path: str, value: Any) -> _Found:
    yield from _plain(path, value, check_key_arn)


def _parameter(path: str, value: Any) -> _Found:
    yield from _plain(path, value, check_parameter)


def _image(path: str, image: str) -> _Found:
    if not images.names_a_version(image):
        yield f"{path}: {image!r} does not say which version; give an image with its tag (not latest) or its digest."


def _pattern(path: str, value: Any, pattern: str, what: str) -> _Found:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} is not {what}."


def _choice(path: str, value: str, choices: Sequence[str]) -> _Found:
    if value not in choices:
        yield f"{path}: {value!r} is none of {_listing(choices)}."
