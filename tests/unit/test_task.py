"""The container definitions of a node's task, whole. So every setting that protects data or the swarm is asserted."""

import re
from typing import Any

import pytest
from ipfs_cluster.daemons import collector, task
from ipfs_cluster.daemons.images import Registries
from ipfs_cluster.inputs import owned

from tests.helpers import containers as expected
from tests.helpers.containers import Containers, Generated
from tests.helpers.support import ROOT
from tests.helpers.tasks import SECRETS, SECRETS_OF_USERS, node_task, readable

NODES = ("eu-west-1a", "eu-west-1b")
GENERATED = Generated(
    node="eu-west-1a",
    zone="eu-west-1a",
    dns_names={node: f"ipfs-node-{node}.example" for node in NODES},
    kubo_peer_ids={node: f"kubo-{node}" for node in NODES},
    cluster_peer_ids={node: f"cluster-{node}" for node in NODES},
    secrets={secret: f"arn:{secret}" for secret in (*SECRETS, *SECRETS_OF_USERS)},
    versions=dict.fromkeys((*SECRETS, *SECRETS_OF_USERS), "7"),
    log_groups={container: f"/logs/eu-west-1a/{container}" for container in ("configure", "ipfs", "ipfs-cluster", "metrics")},
)
PUBLIC = expected.public(GENERATED, ["/dns4/boot.example/tcp/4001/p2p/12D3KooWboot"])
PRIVATE: dict[str, Any] = {"private": True, "bootstrap_peers": []}
IN_S3: dict[str, Any] = {"datastore": "s3", "bucket": "blocks-of-a", "kubo_image": "example.com/kubo-s3:v0.43.1"}
USERS: dict[str, Any] = {"secrets": {secret: task.Secret(f"arn:{secret}", "7") for secret in (*SECRETS, *SECRETS_OF_USERS)}}
COLLECTOR: dict[str, Any] = {"collector_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"}


def containers(**given: Any) -> Containers:
    return expected.with_parsed_config(readable(task.containers(node_task("eu-west-1a", NODES, **given))))


def environment(container: str = "ipfs-cluster", **given: Any) -> dict[str, Any]:
    return dict(containers(**given)[container]["environment"])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, PUBLIC),
        (PRIVATE, expected.in_private_swarm(PUBLIC, GENERATED)),
        (IN_S3, expected.with_blocks_in_s3(PUBLIC, "blocks-of-a", "example.com/kubo-s3:v0.43.1")),
        ({"pinning_service": True}, expected.with_pinning_service(PUBLIC, GENERATED)),
        (USERS, expected.with_users(PUBLIC, GENERATED)),
        ({**USERS, "pinning_service": True}, expected.with_users(expected.with_pinning_service(PUBLIC, GENERATED), GENERATED)),
        (COLLECTOR, expected.monitored(PUBLIC, GENERATED)),
        (
            {**PRIVATE, **IN_S3, **COLLECTOR, "pinning_service": True},
            expected.with_pinning_service(
                expected.with_blocks_in_s3(
                    expected.in_private_swarm(expected.monitored(PUBLIC, GENERATED), GENERATED), "blocks-of-a", "example.com/kubo-s3:v0.43.1"
                ),
                GENERATED,
            ),
        ),
    ],
    ids=["public", "private", "blocks in S3", "pinning service", "users", "users and pinning service", "monitored", "all at once"],
)
def test_the_whole_definitions(given: dict[str, Any], wanted: Containers) -> None:
    found = containers(**given)
    assert list(found) == list(wanted), "in the order of their start"
    for name, definition in wanted.items():
        assert found[name] == definition, name


def test_lists_are_sorted_so_that_the_same_settings_make_the_same_definition() -> None:
    for container in task.containers(node_task("eu-west-1a", pinning_service=True)):
        for key in ("environment", "secrets"):
            names = [pair["name"] for pair in container.get(key, [])]
            assert names == sorted(names)


@pytest.mark.parametrize(
    ("mib", "wanted"),
    [
        (1024, task.Memory(kubo=614, kubo_libp2p=256, cluster=153, cluster_libp2p=128, cluster_pebble=32)),
        (2048, task.Memory(kubo=1228, kubo_libp2p=512, cluster=460, cluster_libp2p=256, cluster_pebble=64)),
        (4096, task.Memory(kubo=2457, kubo_libp2p=1024, cluster=1177, cluster_libp2p=512, cluster_pebble=128)),
        (122880, task.Memory(kubo=73728, kubo_libp2p=30720, cluster=42752, cluster_libp2p=15360, cluster_pebble=1024)),
    ],
)
def test_how_the_daemons_share_the_memory(mib: int, wanted: task.Memory) -> None:
    assert task.memory(mib) == wanted
    assert environment("ipfs", memory_mib=mib)["GOMEMLIMIT"] == f"{wanted.kubo}MiB"
    assert environment("configure", memory_mib=mib)["KUBO_CONFIG"]["Swarm"]["ResourceMgr"]["MaxMemory"] == f"{wanted.kubo_libp2p}MiB"
    cluster = environment(memory_mib=mib)
    assert cluster["GOMEMLIMIT"] == f"{wanted.cluster}MiB"
    assert cluster["CLUSTER_RESOURCEMANAGER_MEMORYLIMITBYTES"] == str(wanted.cluster_libp2p * 1024**2)
    assert cluster["CLUSTER_PEBBLE_PEBBLEOPTIONS_CACHESIZEBYTES"] == str(wanted.cluster_pebble * 1024**2)


def test_the_documented_numbers_of_requests() -> None:
    page = (ROOT / "docs" / "limits.md").read_text()
    sizes, _, *rows = page[page.index("| `nodes.memory` |") :].partition("\n\n")[0].splitlines()
    given = [[int(number) for number in re.findall(r"\b\d+\b", row)] for row in (sizes, *rows)]
    kubos = [task.memory(mib - collector.MEMORY_MIB).kubo for mib in given[0]]
    assert given[1:] == [[task.gateway_requests(kubo, no_fetch=no_fetch) for kubo in kubos] for no_fetch in (True, False)]


def test_a_gateway_works_on_what_the_memory_holds() -> None:
    for mib, closed, fetching in ((1024, 51, 204), (2048, 102, 409), (122880, 4096, 4096)):
        for no_fetch, wanted in ((True, closed), (False, fetching)):
            config = environment("configure", memory_mib=mib, no_fetch=no_fetch)["KUBO_CONFIG"]
            assert config["Gateway"]["MaxConcurrentRequests"] == wanted


def test_the_collectors_memory_is_not_shared_out_twice() -> None:
    assert node_task("eu-west-1a", **COLLECTOR).shares == task.memory(2048 - 128)
    assert node_task("eu-west-1a").shares == task.memory(2048)


def test_a_second_node_of_a_zone_is_of_the_zones_group() -> None:
    found = task.cluster_environment(node_task("eu-west-1a-2", ("eu-west-1a", "eu-west-1a-2"), zone="eu-west-1a"))
    assert (found["CLUSTER_TAGS_TAGS"], found["CLUSTER_PEERNAME"], found["CLUSTER_ID"]) == ("group:eu-west-1a", "eu-west-1a-2", "cluster-eu-west-1a-2")


def test_replication_and_log_levels() -> None:
    given: dict[str, Any] = {"replication_min": 2, "replication_max": 3, "kubo_log_level": "error,bitswap=debug", "cluster_log_level": "warn,crdt:debug"}
    cluster = environment(**given)
    assert (cluster["CLUSTER_REPLICATIONFACTORMIN"], cluster["CLUSTER_REPLICATIONFACTORMAX"]) == ("2", "3")
    assert (environment("ipfs", **given)["GOLOG_LOG_LEVEL"], cluster["LOG_LEVEL"]) == ("error,bitswap=debug", "warn,crdt:debug")


def test_kubos_configuration_is_what_the_task_says() -> None:
    given: dict[str, Any] = {
        "vpc_cidrs": ["172.31.0.0/16"],
        "routing": "dhtclient",
        "no_fetch": False,
        "storage_max_gib": 7,
        "low_water": 50,
        "high_water": 200,
        "subdomain_gateway": "gateway.example.com",
    }
    config = environment("configure", **given)["KUBO_CONFIG"]
    assert "/ip4/10.0.0.0/ipcidr/8" in config["Swarm"]["AddrFilters"], "the VPC's own range alone is cut out"
    assert "/ip4/172.16.0.0/ipcidr/12" not in config["Swarm"]["AddrFilters"]
    assert config["Routing"] == {"Type": "dhtclient"}
    assert config["Gateway"]["NoFetch"] is False
    assert config["Datastore"]["StorageMax"] == "7GiB"
    assert config["Swarm"]["ConnMgr"] == {"LowWater": 50, "HighWater": 200}
    assert list(config["Gateway"]["PublicGateways"]) == ["gateway.example.com"]


@pytest.mark.parametrize(
    ("datastore", "unixfs", "profiles"),
    [
        ("flatfs", "unixfs-v1-2025", "flatfs,unixfs-v1-2025"),
        ("pebble", "unixfs-v0-2015", "pebbleds,unixfs-v0-2015"),
        ("s3", "unixfs-v1-2025", "unixfs-v1-2025"),
    ],
)
def test_what_a_repository_is_made_with(datastore: str, unixfs: str, profiles: str) -> None:
    assert environment("configure", datastore=datastore, bucket="b", unixfs_profile=unixfs)["KUBO_PROFILES"] == profiles


def test_the_users_own_settings_come_last() -> None:
    given: dict[str, Any] = {"kubo_config": {"Gateway.MaxConcurrentRequests": 512}, "cluster_environment": {"CLUSTER_DIALPEERTIMEOUT": "2s", "CLUSTER_X": "1"}}
    assert "set_further Gateway.MaxConcurrentRequests 512\n" in containers(**given)["configure"]["command"][0]
    assert environment(**given) == {**environment(), "CLUSTER_DIALPEERTIMEOUT": "2s", "CLUSTER_X": "1"}


def test_where_the_images_are_pulled_from() -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
    registries = Registries({"public.ecr.aws": "mirror.example.com/public"}, {"docker.io": secret})
    found = containers(registries=registries, **COLLECTOR)
    for name in ("configure", "ipfs", "ipfs-cluster"):
        assert found[name]["repositoryCredentials"] == {"credentialsParameter": secret}
        assert "upstream-image" not in found[name].get("dockerLabels", {})
    collector = found["metrics"]
    assert collector["image"] == "mirror.example.com/public/aws-observability/aws-otel-collector:v0.49.0"
    assert collector["dockerLabels"]["upstream-image"] == COLLECTOR["collector_image"]
    assert "repositoryCredentials" not in collector


def test_a_buffer_that_is_full_loses_lines_and_stops_no_container() -> None:
    assert task.log_configuration("/logs/x", "eu-central-1", "1m") == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/logs/x",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "ecs",
            "mode": "non-blocking",
            "max-buffer-size": "1m",
        },
    }


@pytest.mark.parametrize("variable", ["CLUSTER_SECRET", "CLUSTER_LEAVEONSHUTDOWN", "CLUSTER_CRDT_TRUSTEDPEERS", "CLUSTER_PINONLYONTRUSTEDPEERS"])
def test_variables_that_the_program_owns_say_what_to_use(variable: str) -> None:
    assert owned.instead_of_cluster_variable(variable)


def test_other_variables_are_the_users() -> None:
    assert not owned.instead_of_cluster_variable("CLUSTER_DIALPEERTIMEOUT")
