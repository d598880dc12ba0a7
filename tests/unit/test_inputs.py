"""Every input's check, and that all problems are named at once."""

import copy
from typing import Any, cast

import pulumi
import pytest
from ipfs_cluster import args
from ipfs_cluster.args import InvalidInput, IpfsClusterArgs
from ipfs_cluster.naming import Names
from ipfs_cluster.zones import Zone

REGION = "eu-west-1"
ZONES = [Zone(f"eu-west-1{letter}", f"euw1-az{number}") for letter, number in (("c", 2), ("a", 3), ("b", 1))]
NAMES = Names("ipfs", "dev", "ipfs-cluster")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
PEER_ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"


def resolve(given: dict[str, Any], names: Names = NAMES, region: str = REGION) -> IpfsClusterArgs:
    return args.resolve(names, cast(IpfsClusterArgs, given), region, ZONES)


def problems(given: dict[str, Any], names: Names = NAMES, region: str = REGION) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        resolve(given, names, region)
    assert issubclass(InvalidInput, pulumi.RunError), "so that Pulumi shows the text and no traceback"
    assert str(refused.value).splitlines()[1:] == [f"  - {problem}" for problem in refused.value.problems]
    return refused.value.problems


# Input, and what the one problem with it starts with and mentions.
BAD: list[tuple[dict[str, Any], str, list[str]]] = [
    # Unknown keys
    ({"nodez": {}}, "nodez: there is no such input", ["network, nodes, storage"]),
    ({"nodes": {"cuont": 3}}, "nodes.cuont: there is no such input", ["count", "zones", "cpu"]),
    ({"credentials": {"identities": {"eu-west-1a": {"peer": "x"}}}}, "credentials.identities['eu-west-1a'].peer: there is no such input", ["kubo_peer_id"]),
    # Types
    ({"nodes": 3}, "nodes: 3 is no group of settings", ["count"]),
    ({"nodes": {"count": "3"}}, "nodes.count: '3' must be a whole number", []),
    ({"nodes": {"count": 2.5}}, "nodes.count: 2.5 must be a whole number", []),
    ({"nodes": {"count": True}}, "nodes.count: True must be a whole number", []),
    ({"nodes": {"zones": "eu-west-1a"}}, "nodes.zones: 'eu-west-1a' must be a list", []),
    ({"nodes": {"zones": [1]}}, "nodes.zones[0]: 1 must be a text", []),
    ({"gateway": {"open": "yes"}}, "gateway.open: 'yes' must be true or false", []),
    ({"tags": ["a"]}, "tags: ['a'] must be a map", []),
    ({"api": {"password": 12345678901234}}, "api.password: (not shown) must be a text", []),
    # Tasks
    ({"nodes": {"cpu": 333}}, "nodes.cpu: 333 is no Fargate size", ["256, 512, 1024"]),
    ({"nodes": {"cpu": 512, "memory": 8192}}, "nodes.memory: Fargate has no 8192 MiB for nodes.cpu 512", ["1024, 2048, 3072, 4096"]),
    ({"nodes": {"cpu": 4096, "memory": 2048}}, "nodes.memory: Fargate has no 2048 MiB for nodes.cpu 4096", ["8192"]),
    ({"nodes": {"cpu": 256, "memory": 512}}, "nodes.memory: 512 MiB is too little", ["1024"]),
    ({"nodes": {"architecture": "arm64"}}, "nodes.architecture: 'arm64' is none of", ["ARM64, X86_64"]),
    ({"nodes": {"spot": "some"}}, "nodes.spot: 'some' is none of", ["none, all-but-one, all"]),
    ({"nodes": {"kubo_image": "ipfs/kubo"}}, "nodes.kubo_image: 'ipfs/kubo' does not say which version", ["tag", "digest"]),
    ({"nodes": {"cluster_image": "ipfs/ipfs-cluster:latest"}}, "nodes.cluster_image: 'ipfs/ipfs-cluster:latest' does not say", ["not latest"]),
    # Nodes and zones
    ({"nodes": {"count": 0}}, "nodes.count: 0 is too few", ["1"]),
    ({"nodes": {"count": 10}}, "nodes.count: 10 is too many for 3 zone(s) (eu-west-1a, eu-west-1b, eu-west-1c)", ["up to 9"]),
    ({"nodes": {"count": 4, "zones": ["eu-west-1b"]}}, "nodes.count: 4 is too many for 1 zone(s) (eu-west-1b)", ["up to 3"]),
    ({"nodes": {"zones": []}}, "nodes.zones: the list is empty", ["name at least one"]),
    ({"nodes": {"zones": ["eu-west-1z", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1z' cannot hold a node", ["eu-west-1a, eu-west-1b"]),
    ({"nodes": {"zones": ["eu-west-1a", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1a' stands there 2 times", ["nodes.count"]),
    # Network
    ({"network": {"cidr": "10.0.0.0"}}, "network.cidr: '10.0.0.0' has a /32 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.0/8"}}, "network.cidr: '10.0.0.0/8' has a /8 prefix", ["/16 to /22"]),
    ({"network": {"cidr": "10.0.0.1/16"}}, "network.cidr: '10.0.0.1/16' is no IPv4 range", ["10.94.0.0/16"]),
    ({"network": {"cidr": "52.0.0.0/16"}}, "network.cidr: '52.0.0.0/16' is no private range", ["10.0.0.0/8"]),
    ({"network": {"vpc_id": "vpc-1"}}, "network.subnet_ids: an existing VPC", ["one public subnet for each zone"]),
    ({"network": {"vpc_id": "my-vpc", "subnet_ids": {"eu-west-1a": "subnet-1"}}}, "network.vpc_id: 'my-vpc' is not a VPC's ID", ["vpc-0123"]),
    ({"network": {"subnet_ids": {"eu-west-1a": "subnet-1"}}}, "network.subnet_ids: subnets were given without the VPC", ["network.vpc_id"]),
    ({"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "x"}}}, "network.subnet_ids['eu-west-1a']: 'x' is not a subnet's ID", ["subnet-0123"]),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"zones": ["eu-west-1a", "eu-west-1b"]}},
        "nodes.zones: 'eu-west-1b' has no subnet",
        ["network.subnet_ids"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}}, "nodes": {"count": 4}},
        "nodes.count: 4 is too many for 1 zone(s) (eu-west-1a)",
        ["up to 3"],
    ),
    (
        {"network": {"vpc_id": "vpc-1", "subnet_ids": {"eu-west-1a": "subnet-1"}, "use_default_vpc": True}},
        "network.use_default_vpc: true contradicts network.vpc_id",
        [],
    ),
    # Storage, swarm, pinning, gateway
    ({"storage": {"max_gib": 0}}, "storage.max_gib: 0 is too little", ["1"]),
    ({"storage": {"kms_key_arn": "alias/mine"}}, "storage.kms_key_arn: 'alias/mine' is no key's ARN", ["arn:aws:kms:"]),
    ({"swarm": {"mode": "hidden"}}, "swarm.mode: 'hidden' is none of", ["public, private"]),
    ({"swarm": {"routing": "auto"}}, "swarm.routing: 'auto' is none of", ["dht"]),
    ({"swarm": {"bootstrap_peers": ["example.com:4001"]}}, "swarm.bootstrap_peers[0]: 'example.com:4001' is no peer's multiaddress", ["/p2p/"]),
    ({"swarm": {"conn_mgr_low_water": 100}}, "swarm.conn_mgr_low_water: 100 must be less than swarm.conn_mgr_high_water", ["96"]),
    ({"swarm": {"conn_mgr_low_water": 0}}, "swarm.conn_mgr_low_water: 0 is too few", ["1"]),
    ({"swarm": {"mode": "private"}, "pinning": {"replication_min": 3, "replication_max": 2}}, "pinning.replication_min: 3 is above", ["which is 2"]),
    ({"swarm": {"mode": "private"}, "pinning": {"replication_min": 2, "replication_max": 4}}, "pinning.replication_max: 4 is above the number", ["which is 3"]),
    (
        {"pinning": {"replication_min": -1, "replication_max": 2}, "gateway": {"open": True}},
        "pinning.replication_min and replication_max: -1 and 2",
        ["-1 for both"],
    ),
    ({"pinning": {"replication_min": 0, "replication_max": 0}, "gateway": {"open": True}}, "pinning.replication_min and replication_max: 0 and 0", ["1 to 3"]),
    ({"pinning": {"replication_min": 1, "replication_max": 2}}, "gateway.open: false with pinning.replication_max 2 in the public swarm", ["404", "private"]),
    ({"gateway": {"open": True}, "swarm": {"mode": "private"}}, "gateway.open: true needs the public swarm", ["swarm.mode"]),
    # Credentials
    ({"api": {"username": "a:b"}}, "api.username: 'a:b' is no user name", ["`:`"]),
    ({"api": {"password": "long enough, but"}}, "api.password: (not shown) has a character", ["`,`"]),
    ({"api": {"password": "colon:in:the:password"}}, "api.password: (not shown) has a character", ["`:`"]),
    ({"api": {"password": "short"}}, "api.password: (not shown) has 5 characters", ["12 or more"]),
    ({"api": {"username": "me"}, "credentials": {"api_credentials_parameter": "/mine"}}, "api.username: contradicts", ["give one of the two"]),
    ({"credentials": {"kms_key_arn": "0a1b2c3d"}}, "credentials.kms_key_arn: '0a1b2c3d' is no key's ARN", ["arn:aws:kms:"]),
    (
        {"credentials": {"cluster_secret_parameter": "arn:aws:ssm:eu-west-1:123456789012:parameter/x"}},
        "credentials.cluster_secret_parameter: 'arn:aws:ssm:eu-west-1:123456789012:parameter/x' is no name of an SSM parameter",
        ["not its ARN"],
    ),
    ({"credentials": {"api_credentials_parameter": "prod/ipfs"}}, "credentials.api_credentials_parameter: 'prod/ipfs' is no name", ["/prod/ipfs"]),
    ({"credentials": {"api_password_version": 0}}, "credentials.api_password_version: 0 is no version", ["1"]),
    ({"credentials": {"swarm_key_parameter": "/mine"}}, "credentials.swarm_key_parameter: the public swarm has no key", ["swarm.mode"]),
    (
        {"credentials": {"identities": {"eu-west-1a-2": {"kubo_peer_id": PEER_ID, "kubo_private_key_parameter": "/k"}}}},
        "credentials.identities['eu-west-1a-2']: there is no such node",
        ["eu-west-1a, eu-west-1b, eu-west-1c"],
    ),
    (
        {"credentials": {"identities": {"eu-west-1a": {"cluster_peer_id": PEER_ID}}}},
        "credentials.identities['eu-west-1a']: cluster_peer_id and cluster_private_key_parameter must be given together",
        [],
    ),
    (
        {"credentials": {"identities": {"eu-west-1a": {"kubo_peer_id": "me", "kubo_private_key_parameter": "/k"}}}},
        "credentials.identities['eu-west-1a'].kubo_peer_id: 'me' is no peer ID",
        ["12D3KooW"],
    ),
    # Settings that the program owns
    ({"nodes": {"kubo_config": {"Datastore.StorageMax": "1TB"}}}, "nodes.kubo_config['Datastore.StorageMax']: the program sets this", ["storage.max_gib"]),
    ({"nodes": {"kubo_config": {"Swarm": {}}}}, "nodes.kubo_config['Swarm']: the program sets this", ["one by one"]),
    ({"nodes": {"kubo_config": {"Gateway; rm -rf /": 1}}}, "nodes.kubo_config['Gateway; rm -rf /']: is no name of a kubo setting", ["Gateway.Max"]),
    ({"nodes": {"cluster_environment": {"CLUSTER_SECRET": "x"}}}, "nodes.cluster_environment['CLUSTER_SECRET']: the program sets this", ["credentials"]),
    (
        {"nodes": {"cluster_environment": {"CLUSTER_REPLICATIONFACTORMAX": "2"}}},
        "nodes.cluster_environment['CLUSTER_REPLICATIONFACTORMAX']: the program sets this",
        ["pinning.replication_max"],
    ),
    ({"nodes": {"cluster_environment": {"PATH": "/"}}}, "nodes.cluster_environment['PATH']: is no setting of ipfs-cluster", ["CLUSTER_"]),
    # Monitoring and tags
    ({"monitoring": {"log_retention_days": 31}}, "monitoring.log_retention_days: CloudWatch has no 31 days", ["30, 60"]),
    ({"monitoring": {"container_insights": "on"}}, "monitoring.container_insights: 'on' is none of", ["enhanced"]),
    ({"tags": {"aws:mine": "x"}}, "tags['aws:mine']: AWS takes no such key", ["128"]),
    ({"tags": {"key": "x" * 257}}, "tags['key']: the value has 257 characters", ["256"]),
]


@pytest.mark.parametrize(("given", "start", "mentions"), BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(given: dict[str, Any], start: str, mentions: list[str]) -> None:
    (problem,) = problems(given)
    assert problem.startswith(start)
    for mentioned in mentions:
        assert mentioned in problem
    assert problem.endswith(".")


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
        "nodes.memory",
        "nodes.kubo_config",
        "nodes.cuont",
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
        (Names("a" * 36, "dev", "p"), f"name: '{'a' * 36}' has 36 characters, which is too long for IAM role names"),
        (Names("ipfs", "s" * 64, "p"), f"the stack's name: '{'s' * 64}' has 64 characters"),
        (Names("ipfs", "dev", "p" * 64), f"the project's name: '{'p' * 64}' has 64 characters"),
    ],
)
def test_names_that_cannot_become_what_they_must(names: Names, start: str) -> None:
    (problem,) = problems({}, names)
    assert problem.startswith(start)


def test_the_longest_name_that_is_taken_fits_into_a_role_name() -> None:
    resolve({}, Names("a" * 35, "dev", "p"))
    assert len("a" * 35 + "-eu-west-1a" + "-execution-1234567") == 64


def test_a_region_without_one_zone_is_refused() -> None:
    (problem,) = problems({}, region="il-central-1")
    assert problem.startswith("aws:region: il-central-1 has no EFS One Zone")
    assert "eu-west-1" in problem


def test_outputs_are_refused_where_a_value_must_be_known() -> None:
    (problem,) = problems({"nodes": {"count": pulumi.Output.from_input(3)}})
    assert problem.startswith("nodes.count: is an output of another resource")
    resolve(
        {
            "storage": {"kms_key_arn": pulumi.Output.from_input(KEY)},
            "network": {"vpc_id": pulumi.Output.from_input("vpc-1"), "subnet_ids": {"eu-west-1a": pulumi.Output.from_input("s")}},
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
    {"credentials": {"cluster_secret_parameter": "flat-name", "api_credentials_parameter": "/a/b"}},
    {"tags": {"team": "storage"}},
]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_good_input_is_taken(given: dict[str, Any]) -> None:
    before = copy.deepcopy(given)
    resolve(given)
    assert given == before, "the user's own values are left as they are"


def test_nothing_is_required() -> None:
    settings = resolve({})
    assert settings["nodes"]["zones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert settings["nodes"]["count"] == 3
    assert settings["swarm"]["mode"] == "public"
    assert len(settings["swarm"]["bootstrap_peers"]) == 6


def test_a_private_swarm_bootstraps_from_no_one() -> None:
    assert resolve({"swarm": {"mode": "private"}})["swarm"]["bootstrap_peers"] == []
    own = ["/dns4/a.example/tcp/4001/p2p/12D3KooWx"]
    assert resolve({"swarm": {"mode": "private", "bootstrap_peers": own}})["swarm"]["bootstrap_peers"] == own


def test_numbers_that_come_as_floats_become_whole() -> None:
    count = resolve({"nodes": {"count": 5.0, "cpu": 1024.0, "memory": 4096.0}})["nodes"]["count"]
    assert count == 5
    assert isinstance(count, int)


def test_a_zone_that_aws_adds_moves_no_node() -> None:
    more = [*ZONES, Zone("eu-west-1d", "euw1-az2")]
    settings = args.resolve(NAMES, {}, REGION, more)
    assert settings["nodes"]["zones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_every_input_is_described_with_its_default() -> None:
    import ast
    import inspect

    for definition in ast.parse(inspect.getsource(args)).body:
        if isinstance(definition, ast.ClassDef) and any(getattr(base, "id", "") == "TypedDict" for base in definition.bases):
            for field, text in zip(definition.body[::2], definition.body[1::2], strict=True):
                assert isinstance(field, ast.AnnAssign)
                assert isinstance(text, ast.Expr)
                assert "Default:" in ast.literal_eval(text.value), f"{definition.name}.{ast.unparse(field.target)}"
