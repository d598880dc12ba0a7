"""Every input's check, and that all problems are named at once."""

import copy
from typing import Any

import pulumi
import pytest
from ipfs_cluster import InvalidInput
from ipfs_cluster.edge.plan import HostedZone
from ipfs_cluster.naming import Names
from ipfs_cluster.network.zones import Zone

from tests.helpers.inputs import CERTIFICATE, KEY, LONG, NAMES, REGIONAL, SUBNETS, ZONES, problems, resolve


def test_all_problems_are_named_at_once() -> None:
    found = problems(
        {
            "nodez": {},
            "nodes": {"cuont": 5, "cpu": 333, "spot": "some", "memory": "much", "kubo_config": []},
            "gateway": "open",
            "tags": {"a": 1},
            "swarm": {"mode": "hidden"},
            "api": {"password": "short"},
            "storage": {"kms_key_arn": "mine"},
            "monitoring": {"log_retention_days": 2},
        }
    )
    assert [problem.split(":")[0] for problem in found] == [
        "nodez",
        "nodes.cuont",
        "nodes.memory",
        "nodes.kubo_config",
        "gateway",
        "tags['a']",
        "nodes.cpu",
        "nodes.spot",
        "storage.kms_key_arn",
        "swarm.mode",
        "api.password",
        "monitoring.log_retention_days",
    ]


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (Names("Ipfs", "dev", "p"), "name: 'Ipfs' becomes part of DNS names"),
        (Names("aws-ipfs", "dev", "p"), "name: 'aws-ipfs' becomes the start of SSM parameter paths"),
        (Names("a" * 17, "dev", "p"), f"name: '{'a' * 17}' has 17 characters, which is too long for a target group's name"),
        (Names("ipfs", "s" * 64, "p"), f"the stack's name: '{'s' * 64}' has 64 characters"),
        (Names("ipfs", "dev", "p" * 64), f"the project's name: '{'p' * 64}' has 64 characters"),
    ],
)
def test_names_that_cannot_become_what_they_must(names: Names, start: str) -> None:
    (problem,) = problems({}, names)
    assert problem.startswith(start)


def test_the_longest_names_that_are_taken() -> None:
    resolve({}, Names("a" * 16, "dev", "p"))
    assert len("a" * 16 + "-gateway" + "-1234567") == 32
    resolve({"edge": {"mode": "none"}}, Names("a" * 35, "dev", "p"))
    assert len("a" * 35 + "-eu-west-1a" + "-execution-1234567") == 64
    (problem,) = problems({"edge": {"mode": "none"}}, Names("a" * 36, "dev", "p"))
    assert problem.startswith(f"name: '{'a' * 36}' has 36 characters, which is too long for IAM role names")


@pytest.mark.parametrize("name", ["internal", "internal-ipfs"])
def test_names_that_no_load_balancer_may_have(name: str) -> None:
    (problem,) = problems({}, Names(name, "dev", "p"))
    assert problem.startswith(f"name: {name!r}: Elastic Load Balancing does not let")
    resolve({"edge": {"mode": "none"}}, Names(name, "dev", "p"))
    resolve({}, Names("internals", "dev", "p"))


def test_long_names_with_certificates_of_ones_own() -> None:
    resolve({"edge": {"domain": LONG, "zone_id": "Z123", "certificate_arn": CERTIFICATE, "load_balancer_certificate_arn": REGIONAL}})
    resolve({"edge": {"domain": LONG, "zone_id": "Z123", "api_name": "a"}})


@pytest.mark.parametrize(
    ("domain", "zone", "message"),
    [
        ("ipfs.example.org", HostedZone("example.com", False), "edge.domain: 'ipfs.example.org' is not within the hosted zone example.com"),
        ("badexample.com", HostedZone("example.com.", False), "edge.domain: 'badexample.com' is not within the hosted zone example.com"),
        ("ipfs.example.com", HostedZone("example.com", True), "edge.domain: 'ipfs.example.com' needs a public hosted zone"),
    ],
)
def test_a_domain_must_be_in_its_zone(domain: str, zone: HostedZone, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        resolve({"edge": {"domain": domain, "zone_id": "Z123"}}, zone=zone)
    (problem,) = refused.value.problems
    assert problem.startswith(message)


@pytest.mark.parametrize("domain", ["example.com", "ipfs.example.com", "a.b.c.example.com"])
def test_domains_in_their_zone(domain: str) -> None:
    resolve({"edge": {"domain": domain, "zone_id": "Z123"}}, zone=HostedZone("example.com.", False))


def test_a_region_without_one_zone_is_refused() -> None:
    (problem,) = problems({}, region="il-central-1")
    assert problem.startswith("aws:region: il-central-1 has no EFS One Zone; set storage.file_system to regional, or use one of af-south-1,")
    assert "eu-west-1" in problem


def test_a_region_without_one_zone_takes_a_regional_file_system() -> None:
    (problem,) = problems({"storage": {"file_system": "regional"}}, region="us-gov-west-1")
    assert problem.startswith("aws:region: nodes cannot be in us-gov-west-1")
    assert "il-central-1" in problem
    available = [Zone(f"il-central-1{letter}", f"ilc1-az{number}") for number, letter in enumerate("abc", 1)]
    settings = resolve({"storage": {"file_system": "regional"}}, region="il-central-1", zones=available)
    assert settings.nodes.zones == ["il-central-1a", "il-central-1b", "il-central-1c"]


def test_outputs_are_refused_where_a_value_must_be_known() -> None:
    (problem,) = problems({"nodes": {"count": pulumi.Output.from_input(3)}})
    assert problem.startswith("nodes.count: is an output of another resource")
    resolve(
        {
            "storage": {"kms_key_arn": pulumi.Output.from_input(KEY)},
            "network": {
                "vpc_id": pulumi.Output.from_input("vpc-1"),
                "subnet_ids": {zone: pulumi.Output.from_input("s") for zone in ("eu-west-1a", "eu-west-1b")},
            },
        }
    )


GOOD: list[dict[str, Any]] = [
    {},
    {"nodes": {"count": 9}},
    {"nodes": {"count": 1, "zones": ["eu-west-1c"], "cpu": 16384, "memory": 122880, "architecture": "X86_64", "spot": "all"}},
    {"nodes": {"kubo_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/kubo@sha256:" + "a" * 64, "cluster_image": "localhost:5000/c:v1"}},
    {"nodes": {"kubo_config": {"Gateway.MaxConcurrentRequests": 512}, "cluster_environment": {"CLUSTER_STATELESS_CONCURRENTPINS": "20"}}},
    {"network": {"cidr": "192.168.4.0/22"}},
    {"network": {"use_default_vpc": True}},
    {"storage": {"kms_key_arn": KEY}, "credentials": {"kms_key_arn": KEY}},
    {"pinning": {"replication_min": 1, "replication_max": 2}, "swarm": {"mode": "private"}},
    {"pinning": {"replication_min": 2, "replication_max": 3}, "gateway": {"open": True}},
    {"api": {"username": "me", "password": "Ünïcode-and-$ymbols"}},
    {"api": {"users": ["ci", "Alice_2", "0.a-b"]}, "credentials": {"api_user_password_versions": {"ci": 2}}},
    {"api": {"username": "me", "users": [f"user-{n}" for n in range(40)]}},
    {"credentials": {"cluster_secret_parameter": "flat-name", "api_credentials_parameter": "/a/b"}},
    {"tags": {"team": "storage"}},
    {"edge": {"mode": "none"}, "api": {"pinning_service": True}},
    {"edge": {"mode": "load-balancer"}},
    {"edge": {"domain": "a.example.com", "certificate_arn": CERTIFICATE}},
    {"edge": {"domain": "a.example.com", "zone_id": "Z123", "subdomain_gateway": True, "gateway_name": "@", "api_name": "a.b"}},
    {
        "edge": {
            "mode": "load-balancer",
            "scheme": "internet-facing",
            "domain": "a.example.com",
            "load_balancer_certificate_arn": REGIONAL,
            "allowed_cidrs": ["0.0.0.0/0"],
        }
    },
    {"gateway": {"authentication": "token", "user_pool_id": "us-west-2_aBc", "user_pool_client_id": "x"}},
    {"gateway": {"authentication": "basic", "username": "me", "password": "long-enough-12"}},
    {"api": {"pinning_service": True, "pinning_service_username": "me", "pinning_service_password": "long-enough-12"}},
    {"credentials": {"api_credentials_parameter": "/mine"}, "api": {"pinning_service": True}},
    {"network": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "load_balancer_subnet_ids": SUBNETS}},
    {"storage": {"file_system": "regional", "transition_to_ia_days": 30, "transition_to_archive_days": 90}},
    {"storage": {"throughput_mode": "provisioned", "provisioned_throughput_mibps": 3414}},
    {"storage": {"datastore": "s3"}, "nodes": {"kubo_image": "own/kubo:1"}},
    {"storage": {"existing": {"eu-west-1c": {"file_system_id": "fs-1", "path": "/aws-backup-restore_2026-11-22T10-00-00"}}}},
    {"backup": {"pinset_schedule": "rate(12 hours)", "pinset_image": "public.ecr.aws/aws-cli/aws-cli:2.20.0"}},
    {"backup": {"pinset_schedule": "cron(0 4 * * ? *)"}},
    {"backup": {"pinset_schedule": "never"}},
    {"backup": {"nodes": "all", "retention_days": 120, "cold_storage_days": 30, "vault_name": "mine"}},
]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_good_input_is_taken(given: dict[str, Any]) -> None:
    before = copy.deepcopy(given)
    resolve(given)
    assert given == before, "the user's own values are left as they are"


def test_nothing_is_required() -> None:
    settings = resolve({})
    assert settings.nodes.zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert settings.nodes.count == 3
    assert settings.swarm.mode == "public"
    assert len(settings.swarm.entry_peers) == 6


def test_a_private_swarm_bootstraps_from_no_one() -> None:
    assert resolve({"swarm": {"mode": "private"}}).swarm.entry_peers == []
    own = ["/dns4/a.example/tcp/4001/p2p/12D3KooWx"]
    assert resolve({"swarm": {"mode": "private", "bootstrap_peers": own}}).swarm.entry_peers == own


def test_numbers_that_come_as_floats_become_whole() -> None:
    count = resolve({"nodes": {"count": 5.0, "cpu": 1024.0, "memory": 4096.0}}).nodes.count
    assert count == 5
    assert isinstance(count, int)


def test_a_zone_that_aws_adds_moves_no_node() -> None:
    more = [*ZONES, Zone("eu-west-1d", "euw1-az2")]
    settings = resolve({}, zones=more)
    assert settings.nodes.zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_huge_number_of_nodes_is_refused_before_it_is_placed() -> None:
    import tracemalloc

    tracemalloc.start()
    (problem,) = problems({"nodes": {"count": 10**7}})
    assert problem.startswith("nodes.count: 10000000 is too many for 3 zone(s)")
    assert tracemalloc.get_traced_memory()[1] < 10**7, "a place each would take a hundred times as much"
    tracemalloc.stop()


def test_names_that_are_another_clusters_in_one_word_are_refused() -> None:
    """Project ipfs-cluster with stack dev, and project ipfs with stack cluster-dev, have the same dashboard."""
    other = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/dev/stack"
    own = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs/cluster-dev/stack"
    names = Names("ipfs", "cluster-dev", "ipfs")
    assert names.flat == NAMES.flat
    resolve({}, names, parameter_arns=[own])
    (problem,) = problems({}, names, parameter_arns=[other, own])
    assert problem == (
        "name: 'ipfs' in stack 'cluster-dev' of project 'ipfs' gives 'ipfs-cluster-dev-ipfs', and so does the cluster of the SSM parameters in "
        "/ipfs/ipfs-cluster/dev: each would overwrite the other's dashboard, alarms and task definitions. Use another name or stack name."
    )
    kept = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/dev/nodes/eu-west-1a/kubo-private-key"
    resolve({}, names, parameter_arns=[kept])
