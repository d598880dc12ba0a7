"""The container definitions that ECS must get for a node, whole: those of a public node, and the differences of other nodes.

The program yields parts of them, which have tests of their own: the shell scripts (tests/unit/test_kubo.py,
tests/unit/test_cluster_command.py, tests/unit/test_keeper.py, tests/unit/test_verifier.py) and kubo's configuration (tests/unit/test_kubo.py).
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipfs_cluster.daemons import kubo, scripts
from ipfs_cluster.spelling import Spelling, as_in_python

Containers = dict[str, dict[str, Any]]
"""By name, as tests.helpers.tasks.readable gives them."""


def looking(command: str) -> str:
    """The script of a health check that asks so."""
    return f"if rm /tmp/well 2> /dev/null; then sleep 45; fi; ({command}) > /dev/null 2>&1 && : > /tmp/well || exit 1"


@dataclass(frozen=True)
class Generated:
    """Values that a deployment generates or that AWS assigns, as far as containers get them."""

    node: str
    zone: str
    dns_names: Mapping[str, str]
    """By node, as the next two."""
    kubo_peer_ids: Mapping[str, str]
    cluster_peer_ids: Mapping[str, str]
    secrets: Mapping[str, str]
    """ARNs of SSM parameters by what they hold."""
    versions: Mapping[str, str]
    """Versions of the same parameters."""
    log_groups: Mapping[str, str]
    """By container."""
    spelling: Spelling = as_in_python
    """How the scripts name inputs."""

    @property
    def others(self) -> list[kubo.Peer]:
        """The other nodes' kubos."""
        return [kubo.Peer(self.kubo_peer_ids[node], name) for node, name in self.dns_names.items() if node != self.node]

    def script(self, name: str) -> str:
        """A script, as containers get it."""
        return scripts.read(name, self.spelling).removesuffix("\n")

    def labels(self, *secrets: str) -> dict[str, str]:
        """The Docker labels that make a new task definition of a new version of a secret."""
        return {f"secret-version.{secret}": self.versions[secret] for secret in secrets}

    def logs(self, container: str) -> dict[str, Any]:
        """Where a container's output goes. It never waits for CloudWatch."""
        return {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": self.log_groups[container],
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "ecs",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        }


def public(generated: Generated, bootstrap_peers: Sequence[str]) -> Containers:
    """A node of 2 GiB in the public swarm, with the defaults of everything else."""
    config = kubo.config(
        kubo.Kubo(
            private=False,
            peers=generated.others,
            vpc_cidrs=["10.94.0.0/16"],
            bootstrap_peers=bootstrap_peers,
            routing="dht",
            no_fetch=True,
            storage_max_gib=100,
            max_memory_mib=512,
            low_water=32,
            high_water=96,
            gateway_requests=102,
        )
    )
    return {
        "configure": {
            "image": "ipfs/kubo:v0.43.1",
            "user": "1000:100",
            "essential": False,
            "entryPoint": ["/bin/sh", "-c"],
            "command": [kubo.configure_script({}, generated.spelling)],
            "stopTimeout": 120,
            "environment": {
                "IPFS_TELEMETRY": "off",
                "KUBO_CONFIG": config,
                "KUBO_PEER_ID": generated.kubo_peer_ids[generated.node],
                "KUBO_PROFILES": "flatfs,unixfs-v1-2025",
                "NODE": generated.node,
                "SWARM_MODE": "public",
            },
            "secrets": {"KUBO_PRIVATE_KEY": generated.secrets["kubo-private-key"]},
            "dockerLabels": generated.labels("kubo-private-key"),
            "logConfiguration": generated.logs("configure"),
            "mountPoints": [
                {"sourceVolume": "ipfs", "containerPath": "/data/ipfs"},
                {"sourceVolume": "ipfs-cluster", "containerPath": "/data/ipfs-cluster"},  # so that one run can empty both
            ],
        },
        "ipfs": {
            "image": "ipfs/kubo:v0.43.1",
            "user": "1000:100",
            "essential": True,
            "dependsOn": [{"containerName": "configure", "condition": "SUCCESS"}],
            "entryPoint": ["/sbin/tini", "--", "/bin/sh", "-c"],
            "command": [generated.script("start_kubo.sh")],
            "stopTimeout": 120,
            "environment": {
                "GOLOG_LOG_FMT": "json",
                "GOLOG_LOG_LEVEL": "error",
                "GOMEMLIMIT": "1228MiB",
                "IPFS_FD_MAX": "8192",
                "IPFS_TELEMETRY": "off",
                "IPFS_WAIT_REPO_LOCK": "5m",
                "NODE": generated.node,
                "PEERS": " ".join(peer.dns_name for peer in generated.others),
                "VERIFIER_BYTES_PER_SECOND": "4096",
                "VERIFIER_SCRIPT": generated.script("verifier.sh"),
            },
            "logConfiguration": generated.logs("ipfs"),
            "healthCheck": {
                "command": [
                    "CMD-SHELL",
                    looking("timeout 5 wget -q -O /dev/null --post-data '' http://127.0.0.1:5001/api/v0/diag/healthy"),
                ],
                "interval": 5,
                "timeout": 60,
                "retries": 10,
                "startPeriod": 300,
            },
            "mountPoints": [{"sourceVolume": "ipfs", "containerPath": "/data/ipfs"}],
            "portMappings": [
                {"containerPort": 4001, "hostPort": 4001, "protocol": "tcp"},
                {"containerPort": 4001, "hostPort": 4001, "protocol": "udp"},
                {"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"},
            ],
            "systemControls": [{"namespace": "net.ipv4.tcp_retries2", "value": "5"}],
        },
        "ipfs-cluster": {
            "image": "ipfs/ipfs-cluster:v1.1.6",
            "user": "1000:100",
            "essential": True,
            "dependsOn": [{"containerName": "ipfs", "condition": "HEALTHY"}],
            "entryPoint": ["/sbin/tini", "--", "/bin/sh", "-c"],
            "command": [generated.script("start_cluster.sh")],
            "stopTimeout": 120,
            "environment": {
                "CLUSTER_CRDT_REBROADCASTINTERVAL": "10s",
                "CLUSTER_CRDT_REPAIRINTERVAL": "5m",
                "CLUSTER_CRDT_TRUSTEDPEERS": ",".join(generated.cluster_peer_ids.values()),
                "CLUSTER_DIALPEERTIMEOUT": "1s",
                "CLUSTER_ID": generated.cluster_peer_ids[generated.node],
                "CLUSTER_IPFSHTTP_NODEMULTIADDRESS": "/ip4/127.0.0.1/tcp/5001",
                "CLUSTER_LEAVEONSHUTDOWN": "false",
                "CLUSTER_LISTENMULTIADDRESS": "/ip4/0.0.0.0/tcp/9096",
                "CLUSTER_MDNSINTERVAL": "0s",
                "CLUSTER_MONITORPINGINTERVAL": "5s",
                "CLUSTER_PEBBLE_PEBBLEOPTIONS_CACHESIZEBYTES": "67108864",
                "CLUSTER_PEBBLE_PEBBLEOPTIONS_MEMTABLESIZE": "16777216",
                "CLUSTER_PEBBLE_PEBBLEOPTIONS_MEMTABLESTOPWRITESTHRESHOLD": "4",
                "CLUSTER_PEERADDRESSES": ",".join(
                    f"/dns4/{name}/tcp/9096/p2p/{generated.cluster_peer_ids[node]}" for node, name in generated.dns_names.items()
                ),
                "CLUSTER_PEERNAME": generated.node,
                "CLUSTER_PINONLYONTRUSTEDPEERS": "true",
                "CLUSTER_PINRECOVERINTERVAL": "5m",
                "CLUSTER_PUBSUB_HEARTBEATINTERVAL": "1s",
                "CLUSTER_REPLICATIONFACTORMAX": "-1",
                "CLUSTER_REPLICATIONFACTORMIN": "-1",
                "CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES": "268435456",
                "CLUSTER_RESTAPI_CORSALLOWEDORIGINS": "none",
                "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS": "/ip4/0.0.0.0/tcp/9094",
                "CLUSTER_RESTAPI_IDLETIMEOUT": "900s",
                "CLUSTER_RESTAPI_MAXHEADERBYTES": "16384",
                "CLUSTER_TAGS_TAGS": f"group:{generated.zone}",
                "GOLOG_LOG_FMT": "json",
                "GOMEMLIMIT": "460MiB",
                "KEEPER_SCRIPT": generated.script("keeper.sh"),
                "LOG_LEVEL": "info",
            },
            "secrets": {
                "CLUSTER_CREDENTIALS": generated.secrets["api-credentials"],
                "CLUSTER_PRIVATEKEY": generated.secrets["cluster-private-key"],
                "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": generated.secrets["api-credentials"],
                "CLUSTER_SECRET": generated.secrets["cluster-secret"],
            },
            "dockerLabels": generated.labels("api-credentials", "cluster-private-key", "cluster-secret"),
            "logConfiguration": generated.logs("ipfs-cluster"),
            "healthCheck": {
                "command": [
                    "CMD-SHELL",
                    looking("timeout 5 wget -q -O /dev/null http://127.0.0.1:9094/health && timeout 5 ipfs-cluster-ctl --force-http id"),
                ],
                "interval": 5,
                "timeout": 60,
                "retries": 10,
                "startPeriod": 300,
            },
            "mountPoints": [{"sourceVolume": "ipfs-cluster", "containerPath": "/data/ipfs-cluster"}],
            "portMappings": [
                {"containerPort": 9094, "hostPort": 9094, "protocol": "tcp"},
                {"containerPort": 9096, "hostPort": 9096, "protocol": "tcp"},
            ],
        },
    }


def in_private_swarm(containers: Containers, generated: Generated) -> Containers:
    """The same in a private swarm: no UDP, the swarm's key, and kubo refuses to start without it."""
    changed = copy.deepcopy(containers)
    configure, ipfs = changed["configure"], changed["ipfs"]
    before = configure["environment"]["KUBO_CONFIG"]
    configure["environment"]["SWARM_MODE"] = "private"
    configure["environment"]["KUBO_CONFIG"] = kubo.config(
        kubo.Kubo(
            private=True,
            peers=generated.others,
            vpc_cidrs=["10.94.0.0/16"],
            bootstrap_peers=[],
            routing="dht",
            no_fetch=True,
            storage_max_gib=100,
            max_memory_mib=int(before["Swarm"]["ResourceMgr"]["MaxMemory"].removesuffix("MiB")),
            low_water=32,
            high_water=96,
            gateway_requests=before["Gateway"]["MaxConcurrentRequests"],
        )
    )
    configure["secrets"]["SWARM_KEY"] = generated.secrets["swarm-key"]
    configure["dockerLabels"] = generated.labels("kubo-private-key", "swarm-key")
    ipfs["environment"]["LIBP2P_FORCE_PNET"] = "1"
    ipfs["portMappings"] = [port for port in ipfs["portMappings"] if port["protocol"] == "tcp"]
    ipfs["systemControls"] = [{"namespace": "net.ipv4.tcp_retries2", "value": "4"}]
    return changed


def with_blocks_in_s3(containers: Containers, bucket: str, image: str) -> Containers:
    """The same with blocks in a bucket: kubo's image has the plugin, and pins go by the queue, since all nodes have the same room."""
    changed = copy.deepcopy(containers)
    configure, ipfs = changed["configure"], changed["ipfs"]
    configure["image"] = ipfs["image"] = image
    configure["environment"]["AWS_EC2_METADATA_DISABLED"] = ipfs["environment"]["AWS_EC2_METADATA_DISABLED"] = "true"
    configure["environment"]["KUBO_PROFILES"] = "unixfs-v1-2025"
    config = configure["environment"]["KUBO_CONFIG"]
    config["Provide"]["Strategy"] = "all"
    blocks = {
        "type": "s3ds",
        "region": "eu-west-1",
        "bucket": bucket,
        "rootDirectory": "",
        "accessKey": "",
        "secretKey": "",
        "credentialsEndpoint": "@CREDENTIALS_ENDPOINT@",
    }
    rest = {"type": "levelds", "path": "datastore", "compression": "none"}
    config["Datastore"]["Spec"] = {
        "type": "mount",
        "mounts": [
            {"mountpoint": "/blocks", "type": "measure", "prefix": "s3.datastore", "child": blocks},
            {"mountpoint": "/", "type": "measure", "prefix": "leveldb.datastore", "child": rest},
        ],
    }
    changed["ipfs-cluster"]["environment"]["CLUSTER_BALANCED_ALLOCATEBY"] = "tag:group,pinqueue"
    return changed


def with_pinning_service(containers: Containers, generated: Generated) -> Containers:
    """The same with the IPFS Pinning Service API, which has a port and credentials of its own."""
    changed = copy.deepcopy(containers)
    cluster = changed["ipfs-cluster"]
    cluster["environment"] |= {
        "CLUSTER_PINSVCAPI_CORSALLOWEDORIGINS": "none",
        "CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": "/ip4/0.0.0.0/tcp/9097",
        "CLUSTER_PINSVCAPI_IDLETIMEOUT": "900s",
        "CLUSTER_PINSVCAPI_MAXHEADERBYTES": "16384",
    }
    cluster["secrets"]["CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS"] = generated.secrets["pinning-service-credentials"]
    cluster["dockerLabels"] |= generated.labels("pinning-service-credentials")
    cluster["portMappings"].append({"containerPort": 9097, "hostPort": 9097, "protocol": "tcp"})
    return changed


def with_users(containers: Containers, generated: Generated) -> Containers:
    """The same with further users of the APIs: the daemons take all of them, ipfs-cluster-ctl keeps the first one."""
    changed = copy.deepcopy(containers)
    cluster = changed["ipfs-cluster"]
    cluster["secrets"]["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS"] = generated.secrets["api-users"]
    cluster["dockerLabels"] |= generated.labels("api-users")
    if "CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS" in cluster["secrets"]:
        cluster["secrets"]["CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS"] = generated.secrets["pinning-service-users"]
        cluster["dockerLabels"] |= generated.labels("pinning-service-users")
        del cluster["dockerLabels"]["secret-version.pinning-service-credentials"]
    return changed


def monitored(containers: Containers, generated: Generated) -> Containers:
    """The same with a collector, which takes 128 MiB of what the daemons share."""
    changed = copy.deepcopy(containers)
    changed["configure"]["environment"]["KUBO_CONFIG"]["Swarm"]["ResourceMgr"]["MaxMemory"] = "480MiB"
    changed["configure"]["environment"]["KUBO_CONFIG"]["Gateway"]["MaxConcurrentRequests"] = 96
    changed["ipfs"]["environment"]["GOMEMLIMIT"] = "1152MiB"
    changed["ipfs-cluster"]["environment"] |= {
        "CLUSTER_METRICS_ENABLESTATS": "true",
        "CLUSTER_METRICS_PROMETHEUSENDPOINT": "/ip4/127.0.0.1/tcp/8888",
        "CLUSTER_PEBBLE_PEBBLEOPTIONS_CACHESIZEBYTES": "62914560",
        "CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES": "251658240",
        "GOMEMLIMIT": "416MiB",
    }
    changed["metrics"] = {
        "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
        "essential": False,
        "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        "memory": 128,
        "stopTimeout": 120,
        "environment": {"GOMEMLIMIT": "102MiB", "NODE": generated.node},
        "secrets": {"AOT_CONFIG_CONTENT": generated.secrets["collector-configuration"]},
        "dockerLabels": generated.labels("collector-configuration"),
        "logConfiguration": generated.logs("metrics"),
        "healthCheck": {"command": ["CMD", "/healthcheck"], "interval": 30, "timeout": 10, "retries": 3, "startPeriod": 60},
    }
    return changed


def with_parsed_config(containers: Containers) -> Containers:
    """Container definitions with kubo's configuration as a mapping, so that pytest shows a difference by its key."""
    environment = containers["configure"]["environment"]
    environment["KUBO_CONFIG"] = json.loads(environment["KUBO_CONFIG"])
    return containers
