"""Pure: the containers of one node's task, as data: what ECS registers and what the sandbox runs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..spelling import Spelling, as_in_python
from . import collector, following, health, kubo, scripts
from .following import Followed
from .images import Registries
from .regions import Regions

API_PORT = 9094
CLUSTER_PORT = following.CLUSTER_PORT
PINNING_PORT = 9097
"""Of the IPFS Pinning Service API."""

KUBO_PATH = "/data/ipfs"
CLUSTER_PATH = "/data/ipfs-cluster"
IDLE_TIMEOUT_SECONDS = 600
"""How long the load balancer waits for more of a request or answer: adds and pins may be silent for minutes."""

VERIFIED_BYTES_PER_SECOND = 4096
"""10 GiB a month, for which EFS takes 0.30 USD (elastic throughput, 0.03 USD per GB read)."""

UID, GID = 1000, 100
"""The user `ipfs` of both images."""

KUBO_VOLUME = "ipfs"
CLUSTER_VOLUME = "ipfs-cluster"
CONTAINERS = ("configure", "ipfs", "ipfs-cluster")
"""A task's containers in the order of their start, without the collector."""

# Kubo's profiles of the datastores; blocks in S3 have none.
_DATASTORE_PROFILES = {"flatfs": ["flatfs"], "pebble": ["pebbleds"], "s3": []}
_STOP_TIMEOUT_SECONDS = 120  # the most that Fargate gives; both daemons end in one second when idle


@dataclass(frozen=True)
class Peer:
    """A node as the others know it."""

    node: str
    dns_name: str
    kubo_peer_id: str
    cluster_peer_id: str


@dataclass(frozen=True)
class Secret:
    """A secret in SSM."""

    arn: str
    version: str
    """What version of it the containers got; a new one means a new task definition, so that they get it."""


@dataclass(frozen=True)
class Task:
    """All that one node's containers are made from."""

    node: str
    zone: str
    peers: Sequence[Peer]
    """All nodes, this one included, of all Regions."""
    region: str
    log_groups: Mapping[str, str]
    """By container."""
    memory_mib: int
    kubo_image: str
    cluster_image: str
    private: bool
    vpc_cidrs: Sequence[str]
    bootstrap_peers: Sequence[str]
    routing: str
    no_fetch: bool
    storage_max_gib: int
    low_water: int
    high_water: int
    replication_min: int
    replication_max: int
    batch_milliseconds: int
    """For how long ipfs-cluster collects pins; 0 for not at all."""
    kubo_config: Mapping[str, Any]
    cluster_environment: Mapping[str, str]
    secrets: Mapping[str, Secret]
    """kubo-private-key, cluster-private-key, cluster-secret, api-credentials, in private mode swarm-key, with the Pinning
    Service API pinning-service-credentials, with further users of the APIs api-users and pinning-service-users (all pairs, the first
    one included), and with a collector collector-configuration (which is not secret, but stored with them)."""
    datastore: str = "flatfs"
    """flatfs, pebble or s3."""
    bucket: str = ""
    """With s3: name of the bucket that the blocks are in."""
    unixfs_profile: str = "unixfs-v1-2025"
    subdomain_gateway: str = ""
    """Host name of the subdomain gateway; empty without one."""
    gateway_host: str = ""
    """The gateway's own host name where there are websites; empty without them."""
    pinning_service: bool = False
    """Whether the Pinning Service API is offered."""
    kubo_log_level: str = "error"
    cluster_log_level: str = "info"
    verified_bytes_per_second: int = VERIFIED_BYTES_PER_SECOND
    """How fast the verifier reads; 0 for only when it is asked to."""
    collector_image: str = ""
    """Image of the metrics' collector; empty without one."""
    regions: Regions = field(default_factory=Regions)
    readers: Collection[str] = ()
    """Cluster peer IDs of those nodes that only read."""
    followed: Followed | None = None
    """Whom the node follows, if it only reads."""
    registries: Registries = field(default_factory=Registries)
    """Where the images are pulled from."""
    spelling: Spelling = as_in_python
    """How the scripts' errors spell inputs."""

    @property
    def shares(self) -> "Memory":
        """How the daemons share the memory."""
        return memory(self.memory_mib - (collector.MEMORY_MIB if self.collector_image else 0))


@dataclass(frozen=True)
class Memory:
    """How a task's memory is shared out, in MiB."""

    kubo: int
    """Kubo's GOMEMLIMIT."""
    kubo_libp2p: int
    cluster: int
    """ipfs-cluster's GOMEMLIMIT."""
    cluster_libp2p: int
    cluster_pebble: int


def memory(task_mib: int) -> Memory:
    """The daemons' limits for a task of ``task_mib`` MiB.

    A quarter of a small task, 5 percent and 256 MiB of a large one, is for what Go does not count, the platform's own containers, the
    keeper and a shell. ipfs-cluster's pebble would otherwise take 1 GiB for its cache, kubo half of the memory that the host shows.
    """
    return Memory(
        kubo=task_mib * 60 // 100,
        kubo_libp2p=task_mib * 25 // 100,
        # A pin that waits to be fetched takes 2.4 KB, and near its limit the daemon mostly collects garbage: with 288 MiB (15 percent of 2 GiB
        # beside a collector) a further pin took 0.36 instead of 0.08 ms of a processor from 110,000 waiting ones on, with twice as much from
        # 220,000 on (docs/performance.md, Catching up).
        cluster=max(task_mib * 15 // 100, task_mib * 35 // 100 - 256),
        cluster_libp2p=task_mib // 8,
        cluster_pebble=min(task_mib // 32, 1024),
    )


# What a request for a file holds while its reader does not read: ten blocks that kubo reads ahead and the one that it sends
# (go-ipld-format, navipld.go, preloadSize), 10.1 MiB as measured with blocks of 1 MiB, 2.8 MiB with blocks of 256 KiB.
_REQUEST_MIB = 12
# A gateway that fetches has most of its requests waiting for what nobody has, up to 30 s each, and these hold next to nothing.
_FETCHING_REQUEST_MIB = 3
_MOST_REQUESTS = 4096  # kubo's own limit, with which 160 such readers get a node of 2 GiB killed


def gateway_requests(kubo_mib: int, *, no_fetch: bool) -> int:
    """How many requests a gateway works on at a time, of a kubo with ``kubo_mib`` MiB."""
    return min(kubo_mib // (_REQUEST_MIB if no_fetch else _FETCHING_REQUEST_MIB), _MOST_REQUESTS)


def containers(task: Task) -> list[dict[str, Any]]:
    """The container definitions of a node's task, as ECS takes them."""
    return [_configure(task), _ipfs(task), _ipfs_cluster(task), *([_collector(task)] if task.collector_image else [])]


def _self(task: Task) -> Peer:
    return next(peer for peer in task.peers if peer.node == task.node)


def _configure(task: Task) -> dict[str, Any]:
    """Prepares kubo's repository and ends. It alone gets kubo's private key."""
    others = [kubo.Peer(peer.kubo_peer_id, peer.dns_name) for peer in task.peers if peer.node != task.node]
    settings = kubo.config(
        kubo.Kubo(
            private=task.private,
            peers=others,
            vpc_cidrs=task.vpc_cidrs,
            bootstrap_peers=task.bootstrap_peers,
            routing=task.routing,
            no_fetch=task.no_fetch,
            storage_max_gib=task.storage_max_gib,
            max_memory_mib=task.shares.kubo_libp2p,
            low_water=task.low_water,
            high_water=task.high_water,
            gateway_requests=gateway_requests(task.shares.kubo, no_fetch=task.no_fetch),
            subdomain_gateway=task.subdomain_gateway,
            gateway_host=task.gateway_host,
            blocks=kubo.Bucket(task.bucket, task.region) if task.datastore == "s3" else None,
        )
    )
    secrets = {"KUBO_PRIVATE_KEY": "kubo-private-key"}
    if task.private:
        secrets["SWARM_KEY"] = "swarm-key"
    return {
        **_container(task, "configure", task.kubo_image, secrets),
        "essential": False,
        "entryPoint": ["/bin/sh", "-c"],
        "command": [kubo.configure_script(task.kubo_config, task.spelling)],
        "environment": _environment(
            {
                **_kubo_environment(task),
                "KUBO_CONFIG": json.dumps(settings, separators=(",", ":")),
                "KUBO_PEER_ID": _self(task).kubo_peer_id,
                "NODE": task.node,
                "KUBO_PROFILES": ",".join([*_DATASTORE_PROFILES[task.datastore], task.unixfs_profile]),
                "SWARM_MODE": "private" if task.private else "public",
            }
        ),
        # ipfs-cluster's too, so that one run of this container alone can empty both: docs/operations.md, Rebuild a node.
        "mountPoints": [{"sourceVolume": KUBO_VOLUME, "containerPath": KUBO_PATH}, {"sourceVolume": CLUSTER_VOLUME, "containerPath": CLUSTER_PATH}],
    }


def _kubo_environment(task: Task) -> dict[str, str]:
    """What every run of kubo's program gets."""
    # The S3 plugin would first look for the credentials of an EC2 instance, which Fargate has none of.
    return {"IPFS_TELEMETRY": "off", **({"AWS_EC2_METADATA_DISABLED": "true"} if task.datastore == "s3" else {})}


def _ipfs(task: Task) -> dict[str, Any]:
    """Kubo, by its image's own start script."""
    environment = {
        **_kubo_environment(task),
        "GOLOG_LOG_FMT": "json",
        "GOLOG_LOG_LEVEL": task.kubo_log_level,
        "GOMEMLIMIT": f"{task.shares.kubo}MiB",
        "IPFS_FD_MAX": "8192",
        # A task that was killed may leave its lock on the file system until the NFS lease ends.
        "IPFS_WAIT_REPO_LOCK": "5m",
        "NODE": task.node,
        "PEERS": " ".join(peer.dns_name for peer in task.peers if peer.node != task.node),
        "VERIFIER_BYTES_PER_SECOND": str(task.verified_bytes_per_second),
        "VERIFIER_SCRIPT": _script(task, "verifier.sh"),
    }
    if task.private:
        environment["LIBP2P_FORCE_PNET"] = "1"  # without its swarm key kubo then refuses to start
    swarm_protocols = ("tcp",) if task.private else ("tcp", "udp")
    return {
        **_container(task, "ipfs", task.kubo_image, {}),
        "essential": True,
        "dependsOn": [{"containerName": "configure", "condition": "SUCCESS"}],
        "entryPoint": ["/sbin/tini", "--", "/bin/sh", "-c"],
        "command": [_script(task, "start_kubo.sh")],
        "environment": _environment(environment),
        # What `ipfs diag healthy` asks, without the start of its program of 90 MB: 3 instead of 43 ms of a processor.
        "healthCheck": health.check(f"timeout 5 wget -q -O /dev/null --post-data '' http://127.0.0.1:{kubo.API_PORT}/api/v0/diag/healthy"),
        "mountPoints": [{"sourceVolume": KUBO_VOLUME, "containerPath": KUBO_PATH}],
        "portMappings": [*(_port(kubo.SWARM_PORT, protocol) for protocol in swarm_protocols), _port(kubo.GATEWAY_PORT)],
        # Ends a connection to a host that vanished after 7 s (private) or 13 s instead of 15 minutes, so that adds go on: an add
        # hung for 29 to 40 s on a vanished node, 6.7 s with 4. The public network's hosts get a little longer. Holds for the whole task.
        "systemControls": [{"namespace": "net.ipv4.tcp_retries2", "value": "4" if task.private else "5"}, *task.regions.system_controls],
    }


def _ipfs_cluster(task: Task) -> dict[str, Any]:
    """ipfs-cluster, configured by its environment alone."""
    secrets = {
        "CLUSTER_CREDENTIALS": "api-credentials",  # ipfs-cluster-ctl's, for the health check and for people
        "CLUSTER_PRIVATEKEY": "cluster-private-key",
        "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": _all_users(task, "api"),
        "CLUSTER_SECRET": "cluster-secret",
    }
    if task.pinning_service:
        secrets["CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS"] = _all_users(task, "pinning-service")
    compared = [following.address(peer.dns_name, peer.cluster_peer_id) for peer in task.peers] if task.followed else []
    return {
        **_container(task, "ipfs-cluster", task.cluster_image, secrets),
        "essential": True,
        # HEALTHY and not START, which would save the five seconds until kubo's first check: the task would be registered with the load
        # balancer while kubo starts, be it for minutes, and their two start periods would be one.
        "dependsOn": [{"containerName": "ipfs", "condition": "HEALTHY"}],
        "entryPoint": ["/sbin/tini", "--", "/bin/sh", "-c"],
        "command": [_script(task, "start_cluster.sh")],
        "environment": _environment({**task.regions.keeper(task.spelling, compared), **cluster_environment(task), **task.cluster_environment}),
        # /health first: it asks nothing of a daemon that is still starting.
        "healthCheck": health.check(f"timeout 5 wget -q -O /dev/null http://127.0.0.1:{API_PORT}/health && timeout 5 ipfs-cluster-ctl --force-http id"),
        "mountPoints": [{"sourceVolume": CLUSTER_VOLUME, "containerPath": CLUSTER_PATH}],
        "portMappings": [_port(API_PORT), _port(CLUSTER_PORT), *([_port(PINNING_PORT)] if task.pinning_service else [])],
    }


def _all_users(task: Task, api: str) -> str:
    """The secret with all users of an API."""
    return f"{api}-users" if f"{api}-users" in task.secrets else f"{api}-credentials"


def _script(task: Task, name: str) -> str:
    return scripts.read(name, task.spelling).rstrip("\n")


def cluster_environment(task: Task) -> dict[str, str]:
    """ipfs-cluster's settings. What was measured was so with three nodes, each setting on its own."""
    shares = task.shares
    pinning = {"CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": f"/ip4/0.0.0.0/tcp/{PINNING_PORT}", **_behind_a_load_balancer("PINSVCAPI")}
    writers = [peer for peer in task.peers if peer.cluster_peer_id not in task.readers]
    return {
        "GOLOG_LOG_FMT": "json",
        "LOG_LEVEL": task.cluster_log_level,
        "GOMEMLIMIT": f"{shares.cluster}MiB",
        "CLUSTER_ID": _self(task).cluster_peer_id,
        "CLUSTER_PEERNAME": task.node,
        "CLUSTER_PEERADDRESSES": ",".join(following.address(peer.dns_name, peer.cluster_peer_id) for peer in writers),
        "CLUSTER_CRDT_TRUSTEDPEERS": ",".join(peer.cluster_peer_id for peer in writers),
        "CLUSTER_PINONLYONTRUSTEDPEERS": "true",
        "CLUSTER_LEAVEONSHUTDOWN": "false",  # true would delete the node's pinset at every stop
        "CLUSTER_REPLICATIONFACTORMIN": str(task.replication_min),
        "CLUSTER_REPLICATIONFACTORMAX": str(task.replication_max),
        "CLUSTER_LISTENMULTIADDRESS": f"/ip4/0.0.0.0/tcp/{CLUSTER_PORT}",
        "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS": f"/ip4/0.0.0.0/tcp/{API_PORT}",
        **_behind_a_load_balancer("RESTAPI"),
        **(pinning if task.pinning_service else {}),
        "CLUSTER_IPFSHTTP_NODEMULTIADDRESS": f"/ip4/127.0.0.1/tcp/{kubo.API_PORT}",
        "CLUSTER_MDNSINTERVAL": "0s",  # a VPC has no multicast
        "CLUSTER_CRDT_REBROADCASTINTERVAL": "10s",  # a pin that a killed node missed: there after 11 s instead of 66 s (default 1m)
        "CLUSTER_PUBSUB_HEARTBEATINTERVAL": "1s",  # … after 7 s (default 10s)
        "CLUSTER_CRDT_REPAIRINTERVAL": "5m",  # when what a start goes through is tried again, if no other node could be asked (default 1h)
        **(_batches(task.batch_milliseconds) if task.batch_milliseconds else {}),
        "CLUSTER_DIALPEERTIMEOUT": "1s",  # an add while a node is gone: 2 s instead of 6 s (default 3s)
        "CLUSTER_MONITORPINGINTERVAL": "5s",  # such adds end after 7 to 12 s instead of 30 to 35 s (default 15s)
        "CLUSTER_PINRECOVERINTERVAL": "5m",  # how long a pin may stay failed (default 12m)
        "CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES": str(shares.cluster_libp2p * 1024 * 1024),
        "CLUSTER_PEBBLE_PEBBLEOPTIONS_CACHESIZEBYTES": str(shares.cluster_pebble * 1024 * 1024),
        "CLUSTER_PEBBLE_PEBBLEOPTIONS_MEMTABLESIZE": str(16 * 1024 * 1024),
        "CLUSTER_PEBBLE_PEBBLEOPTIONS_MEMTABLESTOPWRITESTHRESHOLD": "4",
        "CLUSTER_TAGS_TAGS": f"group:{task.zone}",  # replicas on fewer than all nodes go to different zones
        # Kubo does not count what is in S3, so by free space all nodes would look alike.
        **(collector.shown_metrics() if task.collector_image else {}),
        **({"CLUSTER_BALANCED_ALLOCATEBY": "tag:group,pinqueue"} if task.datastore == "s3" else {}),
        **task.regions.settings(task.region, task.zone, s3=task.datastore == "s3"),
        **(following.settings(task.followed) if task.followed else {}),
    }


def _batches(milliseconds: int) -> dict[str, str]:
    # They pin 2.8 times as fast, but answer before a pin is anywhere but in one node's memory. A batch of 300 takes some 100 KB.
    return {"CLUSTER_CRDT_BATCHING_MAXBATCHSIZE": "300", "CLUSTER_CRDT_BATCHING_MAXBATCHAGE": f"{milliseconds}ms"}


def _collector(task: Task) -> dict[str, Any]:
    """The AWS distribution of the OpenTelemetry Collector. The daemons do not need it: only it is restarted."""
    container = _container(task, collector.CONTAINER, task.collector_image, {"AOT_CONFIG_CONTENT": "collector-configuration"})
    del container["user"]  # the image has its own user
    return {
        **container,
        "essential": False,
        # The least that ECS takes: by default one that ends within its first 300 seconds is never started again.
        "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        "memory": collector.MEMORY_MIB,
        "environment": _environment({"GOMEMLIMIT": f"{collector.MEMORY_MIB * 80 // 100}MiB", "NODE": task.node}),
        "healthCheck": {"command": ["CMD", "/healthcheck"], "interval": 30, "timeout": 10, "retries": 3, "startPeriod": 60},
    }


def _behind_a_load_balancer(api: str) -> dict[str, str]:
    return {
        f"CLUSTER_{api}_MAXHEADERBYTES": "16384",  # CloudFront and the load balancer add headers; the default is 4096
        # Longer than the load balancer keeps an idle connection, which would otherwise use one that has just been closed (default 2m).
        f"CLUSTER_{api}_IDLETIMEOUT": f"{IDLE_TIMEOUT_SECONDS + 300}s",
        # No web page's scripts may use the API with its user's password: an empty list, and the default, would let all of them.
        f"CLUSTER_{api}_CORSALLOWEDORIGINS": "none",
    }


def _container(task: Task, name: str, image: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What all containers have in common; ``secrets`` are names in ``task.secrets`` by variable."""
    used = {secret: task.secrets[secret] for secret in sorted(set(secrets.values()))}
    secret_variables = [{"name": variable, "valueFrom": used[secret].arn} for variable, secret in sorted(secrets.items())]
    source = task.registries.source(image)
    labels = {**{f"secret-version.{secret}": value.version for secret, value in used.items()}, **source.labels()}
    return {
        "name": name,
        **source.properties(),
        "user": f"{UID}:{GID}",
        "stopTimeout": _STOP_TIMEOUT_SECONDS,
        **({"secrets": secret_variables} if used else {}),
        **({"dockerLabels": labels} if labels else {}),
        "logConfiguration": log_configuration(task.log_groups[name], task.region, "25m"),
    }


def log_configuration(group: str, region: str, buffer: str) -> dict[str, Any]:
    """Where a container's output goes; ``buffer`` waits in memory for CloudWatch, which must not stop the container when it is silent."""
    options = {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "ecs", "mode": "non-blocking", "max-buffer-size": buffer}
    return {"logDriver": "awslogs", "options": options}


def _environment(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


def _port(port: int, protocol: str = "tcp") -> dict[str, Any]:
    return {"containerPort": port, "hostPort": port, "protocol": protocol}
