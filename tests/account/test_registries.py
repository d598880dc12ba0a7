"""Where the images come from: all of a deployment's, with mirrors, caches, credentials and digests."""

import json
from collections.abc import Iterator
from typing import Any

from ipfs_cluster.daemons.images import cache_prefix

from sandbox import compose
from tests.helpers.support import Deployed, Groups, deployed, inputs_of

HUB = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub"
PUBLIC = "mirror.example.com:5000/public"
CACHE_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/docker-hub-AbCdEf"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
ALL: Groups = {"monitoring": {}, "backup": {"pinsetSchedule": "rate(1 day)"}}
CLI, COLLECTOR = "aws-cli/aws-cli", "aws-observability/aws-otel-collector"
DIGEST = "@sha256:" + "0123456789abcdef" * 4


def every_container(stack: Deployed) -> Iterator[dict[str, Any]]:
    for definition in stack.registered("aws:ecs/taskDefinition:TaskDefinition"):
        yield from json.loads(inputs_of(definition)["containerDefinitions"])


def pulled(stack: Deployed) -> dict[str, set[str]]:
    """The images by the names of the containers."""
    found: dict[str, set[str]] = {}
    for container in every_container(stack):
        found.setdefault(container["name"], set()).add(container["image"])
    return found


def statement(stack: Deployed, role_policy: str, sid: str) -> dict[str, Any] | None:
    policy = json.loads(stack.inputs("aws:iam/rolePolicy:RolePolicy", role_policy)["policy"])
    return next((s for s in policy["Statement"] if s["Sid"] == sid), None)


def test_every_image_comes_from_its_registrys_mirror() -> None:
    nodes = {"registryMirrors": {"docker.io": HUB, "public.ecr.aws": PUBLIC}, "registryCredentials": {"mirror.example.com:5000": SECRET}, "count": 1}
    with deployed({**ALL, "nodes": {**nodes, "registryCredentialsKeyArn": KEY}}) as stack:
        assert pulled(stack) == {
            "configure": {f"{HUB}/ipfs/kubo:v0.43.1"},
            "ipfs": {f"{HUB}/ipfs/kubo:v0.43.1"},
            "ipfs-cluster": {f"{HUB}/ipfs/ipfs-cluster:v1.1.6"},
            "metrics": {f"{PUBLIC}/{COLLECTOR}:v0.49.0"},
            "pins": {f"{HUB}/ipfs/ipfs-cluster:v1.1.6"},
            "upload": {f"{PUBLIC}/{CLI}:2.31.30"},
        }
        for container in every_container(stack):
            wanted = {"credentialsParameter": SECRET} if container["image"].startswith(PUBLIC) else None
            assert container.get("repositoryCredentials") == wanted, container["name"]
        for policy in ("ipfs-eu-west-1a-execution", "ipfs-pinset-execution"):
            repositories = statement(stack, policy, "Images")
            assert repositories
            assert "ecr:BatchImportUpstreamImage" in repositories["Action"]
            assert "arn:aws:ecr:eu-west-1:123456789012:repository/docker-hub/ipfs/ipfs-cluster" in repositories["Resource"]
            read, key = statement(stack, policy, "RegistryCredentials"), statement(stack, policy, "RegistryCredentialsKey")
            assert read
            assert read["Resource"] == [SECRET]
            assert key
            assert key["Resource"] == KEY
        assert stack.registered("aws:ecr/pullThroughCacheRule:PullThroughCacheRule") == []
        # On this machine the publishers' images are run.
        (node,) = compose.read_nodes(stack.client)
        assert {container["image"] for container in node.containers} == {"ipfs/kubo:v0.43.1", "ipfs/ipfs-cluster:v1.1.6"}


def test_caches_of_the_stacks_own() -> None:
    mirrors = {"docker.io": "pull-through-cache", "public.ecr.aws": "pull-through-cache"}
    nodes = {"registryMirrors": mirrors, "registryCredentials": {"docker.io": CACHE_SECRET}, "count": 1}
    with deployed({**ALL, "nodes": nodes}) as stack:
        hub, public = (cache_prefix("ipfs-cluster-test-ipfs", "ipfs", host) for host in mirrors)
        rules = {r.name: inputs_of(r) for r in stack.registered("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")}
        assert rules == {
            "ipfs-images-docker-hub": {"ecrRepositoryPrefix": hub, "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": CACHE_SECRET},
            "ipfs-images-ecr-public": {"ecrRepositoryPrefix": public, "upstreamRegistryUrl": "public.ecr.aws"},
        }
        registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
        assert {image for found in pulled(stack).values() for image in found} == {
            f"{registry}/{hub}/ipfs/kubo:v0.43.1",
            f"{registry}/{hub}/ipfs/ipfs-cluster:v1.1.6",
            f"{registry}/{public}/{COLLECTOR}:v0.49.0",
            f"{registry}/{public}/{CLI}:2.31.30",
        }
        assert not any("repositoryCredentials" in container for container in every_container(stack)), "the account is for ECR alone"
        assert statement(stack, "ipfs-eu-west-1a-execution", "RegistryCredentials") is None
        repositories = statement(stack, "ipfs-eu-west-1a-execution", "Images")
        assert repositories
        assert repositories["Resource"] == [
            f"arn:aws:ecr:eu-west-1:123456789012:repository/{hub}/ipfs/ipfs-cluster",
            f"arn:aws:ecr:eu-west-1:123456789012:repository/{hub}/ipfs/kubo",
            f"arn:aws:ecr:eu-west-1:123456789012:repository/{public}/{COLLECTOR}",
        ]
        # No task starts before there is a cache to pull from.
        urns = {r.urn for r in stack.registered("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")}
        for type_ in ("aws:ecs/service:Service", "aws:scheduler/schedule:Schedule"):
            for resource in stack.registered(type_):
                assert urns <= set(resource.request.dependencies), resource.name


def test_an_account_at_docker_hub_is_for_its_images_alone() -> None:
    with deployed({**ALL, "nodes": {"registryCredentials": {"docker.io": SECRET}, "count": 1}}) as stack:
        for container in every_container(stack):
            wanted = None if container["image"].startswith("public.ecr.aws/") else {"credentialsParameter": SECRET}
            assert container.get("repositoryCredentials") == wanted, container["name"]
            assert "upstream-image" not in container.get("dockerLabels", {})
        read = statement(stack, "ipfs-eu-west-1a-execution", "RegistryCredentials")
        assert read
        assert read["Resource"] == [SECRET]
        assert statement(stack, "ipfs-eu-west-1a-execution", "RegistryCredentialsKey") is None
        assert statement(stack, "ipfs-eu-west-1a-execution", "Images") is None


def test_by_digest_everywhere() -> None:
    groups: Groups = {
        "monitoring": {"metricsImage": f"public.ecr.aws/{COLLECTOR}:v0.49.0{DIGEST}"},
        "backup": {"pinsetSchedule": "rate(1 day)", "pinsetImage": f"public.ecr.aws/{CLI}:2.31.30{DIGEST}"},
        "nodes": {"count": 1, "kuboImage": f"ipfs/kubo:v0.43.1{DIGEST}", "clusterImage": f"ipfs/ipfs-cluster{DIGEST}"},
    }
    with deployed(groups) as stack:
        assert {image for found in pulled(stack).values() for image in found} == {
            f"ipfs/kubo{DIGEST}",
            f"ipfs/ipfs-cluster{DIGEST}",
            f"public.ecr.aws/{COLLECTOR}{DIGEST}",
            f"public.ecr.aws/{CLI}{DIGEST}",
        }
        (node,) = compose.read_nodes(stack.client)
        ports = {node.name: compose.Ports(1, 2)}
        services = compose.compose_file([node], ports, "10.94.0.0/16", {}, 4)["services"].values()
        assert {service["image"] for service in services} == {f"ipfs/kubo{DIGEST}", f"ipfs/ipfs-cluster{DIGEST}"}
