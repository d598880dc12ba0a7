"""Inputs of the nodes that are refused."""

import pytest

from tests.helpers.inputs import KEY, SECRET, Refused, assert_refused

BAD: list[Refused] = [
    # Tasks
    ({"nodes": {"cpu": 333}}, "nodes.cpu: 333 is not a Fargate size", ["256, 512, 1024"]),
    ({"nodes": {"cpu": 512, "memory": 8192}}, "nodes.memory: Fargate has no 8192 MiB for nodes.cpu 512", ["1024, 2048, 3072, 4096"]),
    ({"nodes": {"cpu": 4096, "memory": 2048}}, "nodes.memory: Fargate has no 2048 MiB for nodes.cpu 4096", ["8192"]),
    ({"nodes": {"cpu": 256, "memory": 512}}, "nodes.memory: 512 MiB is too little", ["1024"]),
    ({"nodes": {"architecture": "arm64"}}, "nodes.architecture: 'arm64' must be one of:", ["ARM64, X86_64"]),
    ({"nodes": {"spot": "some"}}, "nodes.spot: 'some' must be one of:", ["none, all-but-one, all"]),
    ({"nodes": {"kubo_image": "ipfs/kubo"}}, "nodes.kubo_image: 'ipfs/kubo' does not say which version", ["tag", "digest"]),
    ({"nodes": {"cluster_image": "ipfs/ipfs-cluster:latest"}}, "nodes.cluster_image: 'ipfs/ipfs-cluster:latest' does not say", ["not latest"]),
    # Nodes and zones
    ({"nodes": {"count": 0}}, "nodes.count: 0 is too few", ["1"]),
    ({"nodes": {"count": 10}}, "nodes.count: 10 is too many for 3 zone(s) (eu-west-1a, eu-west-1b, eu-west-1c)", ["up to 9"]),
    ({"nodes": {"count": 4, "zones": ["eu-west-1b"]}}, "nodes.count: 4 is too many for 1 zone(s) (eu-west-1b)", ["up to 3"]),
    ({"nodes": {"zones": []}}, "nodes.zones: the list is empty", ["name at least one"]),
    ({"nodes": {"zones": ["eu-west-1z", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1z' cannot hold a node", ["eu-west-1a, eu-west-1b"]),
    ({"nodes": {"zones": ["eu-west-1a", "eu-west-1a"]}}, "nodes.zones: 'eu-west-1a' is listed 2 times", ["nodes.count"]),
    # Registries
    (
        {"nodes": {"registry_mirrors": {"ghcr.io": "a.example/b"}}},
        "nodes.registry_mirrors['ghcr.io']: no image comes from there",
        ["docker.io, public.ecr.aws"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "mirror"}}},
        "nodes.registry_mirrors['docker.io']: 'mirror' is not the address of a registry",
        ["pull-through-cache"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "https://a.example/b"}}},
        "nodes.registry_mirrors['docker.io']: 'https://a.example/b' is not the address",
        [],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "a.example/b/"}}},
        "nodes.registry_mirrors['docker.io']: 'a.example/b/' is not the address of a registry",
        [],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "pull-through-cache"}}},
        "nodes.registry_mirrors['docker.io']: ECR asks docker.io with an account only",
        ["nodes.registry_credentials['docker.io']", "ecr-pullthroughcache/", "eu-west-1"],
    ),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "pull-through-cache"}, "registry_credentials": {"docker.io": SECRET}}},
        f"nodes.registry_credentials['docker.io']: {SECRET!r} cannot be used for a cache",
        ["a secret in eu-west-1", "ecr-pullthroughcache/"],
    ),
    (
        {"nodes": {"kubo_image": "a.example/kubo:v1", "registry_mirrors": {"a.example": "pull-through-cache"}}},
        "nodes.registry_mirrors['a.example']: ECR keeps caches of docker.io, ghcr.io",
        ["the address of a mirror"],
    ),
    (
        {"nodes": {"registry_credentials": {"docker.io": "docker-hub"}}},
        "nodes.registry_credentials['docker.io']: 'docker-hub' is not the ARN of a secret",
        ["AbCdEf"],
    ),
    ({"nodes": {"registry_credentials": {"ghcr.io": SECRET}}}, "nodes.registry_credentials['ghcr.io']: nothing is pulled from there", ["docker.io, public"]),
    (
        {"nodes": {"registry_mirrors": {"docker.io": "a.example/b"}, "registry_credentials": {"docker.io": SECRET}}},
        "nodes.registry_credentials['docker.io']: nothing is pulled from there",
        ["a.example, public.ecr.aws"],
    ),
    ({"nodes": {"registry_credentials": {"public.ecr.aws": SECRET}}}, "nodes.registry_credentials['public.ecr.aws']: ECR takes none", ["leave it out"]),
    (
        {"nodes": {"registry_credentials": {"docker.io": SECRET}, "registry_credentials_key_arn": "mine"}},
        "nodes.registry_credentials_key_arn: 'mine' is not the ARN of a KMS key",
        ["arn:aws:kms:"],
    ),
    ({"nodes": {"registry_credentials_key_arn": KEY}}, "nodes.registry_credentials_key_arn: is for nodes.registry_credentials", ["leave it out"]),
    # Settings that the program owns
    ({"nodes": {"kubo_config": {"Datastore.StorageMax": "1TB"}}}, "nodes.kubo_config['Datastore.StorageMax']: the program sets this", ["storage.max_gib"]),
    ({"nodes": {"kubo_config": {"Swarm": {}}}}, "nodes.kubo_config['Swarm']: the program sets this", ["one by one"]),
    ({"nodes": {"kubo_config": {"Gateway; rm -rf /": 1}}}, "nodes.kubo_config['Gateway; rm -rf /']: is not the name of a kubo setting", ["Gateway.Max"]),
    ({"nodes": {"cluster_environment": {"CLUSTER_SECRET": "x"}}}, "nodes.cluster_environment['CLUSTER_SECRET']: the program sets this", ["credentials"]),
    (
        {"nodes": {"cluster_environment": {"CLUSTER_REPLICATIONFACTORMAX": "2"}}},
        "nodes.cluster_environment['CLUSTER_REPLICATIONFACTORMAX']: the program sets this",
        ["pinning.replication_max"],
    ),
    ({"pinning": {"batch_milliseconds": 20}}, "pinning.batch_milliseconds: 20 is neither 0 nor from 50 to 10000", ["use 0 for no batches"]),
    ({"pinning": {"batch_milliseconds": -1}}, "pinning.batch_milliseconds: -1 is neither 0 nor from 50 to 10000", ["use 0 for no batches"]),
    ({"pinning": {"batch_milliseconds": 10_001}}, "pinning.batch_milliseconds: 10001 is neither 0 nor from 50 to 10000", ["in that range"]),
    ({"nodes": {"cluster_environment": {"PATH": "/"}}}, "nodes.cluster_environment['PATH']: is not a setting of ipfs-cluster", ["CLUSTER_"]),
    (
        {"nodes": {"cluster_environment": {"CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS": "/ip4/0.0.0.0/tcp/9097"}}},
        "nodes.cluster_environment['CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS']: the program sets this",
        ["api.pinning_service, which gives it credentials"],
    ),
    ({"nodes": {"kubo_config": {"Gateway.PublicGateways": {}}}}, "nodes.kubo_config['Gateway.PublicGateways']: the program", ["edge.subdomain_gateway"]),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
