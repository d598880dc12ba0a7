"""Names of images: their parts, where they are pulled from, and what may be pulled."""

import re
from typing import Any

import pytest
from ipfs_cluster import permissions
from ipfs_cluster.daemons import images
from ipfs_cluster.daemons.images import Registries, Source
from ipfs_cluster.permissions import Account

DIGEST = "@sha256:" + "0123456789abcdef" * 4
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
OTHER = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mirror-AbCdEf"
HUB = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub"
ACCOUNT = Account("123456789012", "eu-west-1", "aws")


@pytest.mark.parametrize(
    ("name", "host", "repository", "version"),
    [
        ("ipfs/kubo:v0.43.1", "docker.io", "ipfs/kubo", ":v0.43.1"),
        ("kubo:v1", "docker.io", "library/kubo", ":v1"),
        ("docker.io/kubo:v1", "docker.io", "library/kubo", ":v1"),
        ("index.docker.io/ipfs/kubo:v1", "docker.io", "ipfs/kubo", ":v1"),
        (f"ipfs/kubo{DIGEST}", "docker.io", "ipfs/kubo", DIGEST),
        (f"ipfs/kubo:v0.43.1{DIGEST}", "docker.io", "ipfs/kubo", DIGEST),
        ("public.ecr.aws/aws-cli/aws-cli:2.15.0", "public.ecr.aws", "aws-cli/aws-cli", ":2.15.0"),
        ("localhost/a:1", "localhost", "a", ":1"),
        (f"registry.example.com:5000/a/b/c:1{DIGEST}", "registry.example.com:5000", "a/b/c", DIGEST),
    ],
)
def test_the_parts_of_a_name(name: str, host: str, repository: str, version: str) -> None:
    found = images.parse(name)
    assert (found.host, found.repository, found.version) == (host, repository, version)
    assert found.given + "$" == name.replace(":v0.43.1@", "@").replace(":1@", "@") + "$", "as given, with a digest without the tag"


@pytest.mark.parametrize("name", ["ipfs/kubo", "ipfs/kubo:latest", "IPFS/kubo:v1", "ipfs/kubo:", "ipfs/kubo@sha256:123", "http://ipfs/kubo:v1", "a b:1"])
def test_what_names_no_version(name: str) -> None:
    assert not images.names_a_version(name)


@pytest.mark.parametrize("name", ["ipfs/kubo:v1", f"ipfs/kubo{DIGEST}", f"ipfs/kubo:latest{DIGEST}", "a.example:5000/kubo:v1"])
def test_what_names_one(name: str) -> None:
    assert images.names_a_version(name)


def test_images_come_from_where_their_names_say_or_from_a_mirror_of_that() -> None:
    registries = Registries({"docker.io": HUB, "public.ecr.aws": "mirror.example.com/public"}, {"mirror.example.com": OTHER, "ghcr.io": SECRET})
    assert registries.source("ipfs/kubo:v1") == Source(f"{HUB}/ipfs/kubo:v1", "ipfs/kubo:v1")
    assert registries.source(f"kubo:v1{DIGEST}") == Source(f"{HUB}/library/kubo{DIGEST}", f"kubo{DIGEST}")
    assert registries.source("public.ecr.aws/a/b:1") == Source("mirror.example.com/public/a/b:1", "public.ecr.aws/a/b:1", OTHER)
    assert registries.source("ghcr.io/me/kubo:v1") == Source("ghcr.io/me/kubo:v1", "", SECRET)
    assert registries.source("quay.io/me/kubo:v1") == Source("quay.io/me/kubo:v1")
    assert Registries(credentials={"docker.io": SECRET}).source("ipfs/kubo:v1").properties() == {
        "image": "ipfs/kubo:v1",
        "repositoryCredentials": {"credentialsParameter": SECRET},
    }
    assert Registries().source(f"ipfs/kubo:v1{DIGEST}").properties() == {"image": f"ipfs/kubo{DIGEST}"}


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "210987654321.dkr.ecr.eu-central-1.amazonaws.com"),
        ("aws", "210987654321.dkr.ecr-fips.us-east-1.amazonaws.com"),
        ("aws", "210987654321.dkr-ecr.eu-central-1.on.aws"),
        ("aws", "210987654321.dkr-ecr-fips.us-east-1.on.aws"),
        ("aws-cn", "210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("aws-cn", "210987654321.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn"),
        ("aws-us-gov", "210987654321.dkr.ecr-fips.us-gov-west-1.amazonaws.com"),
    ],
)
def test_all_of_ecrs_hosts_are_known(partition: str, host: str) -> None:
    region = next(part for part in host.split(".") if part.count("-") >= 2 and "ecr" not in part)
    for version in (":v1", DIGEST, f":v1{DIGEST}"):
        assert images.ecr_repository(f"{host}/hub/kubo{version}", partition) == f"arn:{partition}:ecr:{region}:210987654321:repository/hub/kubo"


@pytest.mark.parametrize(
    "host", ["docker.io", "public.ecr.aws", "210987654321.dkr.ecr.eu-west-1.amazonaws.com.example.com", "x.dkr.ecr.eu-west-1.amazonaws.com"]
)
def test_other_hosts_are_not_ecrs(host: str) -> None:
    assert images.ecr_repository(f"{host}/a/kubo:v1", "aws") is None


def test_a_caches_prefix_is_short_and_its_stacks_own() -> None:
    prefixes = {
        images.cache_prefix(flat, component, host)
        for flat, component in (
            ("ipfs-cluster-dev-ipfs", "ipfs"),
            ("ipfs-cluster-prod-ipfs", "ipfs"),
            ("x-y-a-very-long-name-indeed", "a-very-long-name-indeed"),
        )
        for host in images.CACHEABLE
    }
    assert len(prefixes) == 12
    # What ECR takes, by the API's model.
    assert all(re.fullmatch(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*", prefix) and len(prefix) <= 30 for prefix in prefixes)


def test_a_caches_address() -> None:
    mirrors = {"docker.io": images.CACHE, "public.ecr.aws": "mirror.example.com"}
    prefix = images.cache_prefix("p-s-ipfs", "ipfs", "docker.io")
    for region, partition, suffix in (("eu-west-1", "aws", "amazonaws.com"), ("cn-north-1", "aws-cn", "amazonaws.com.cn")):
        found = images.cache_addresses(mirrors, "p-s-ipfs", "ipfs", "123456789012", region, partition)
        assert found == {"docker.io": f"123456789012.dkr.ecr.{region}.{suffix}/{prefix}", "public.ecr.aws": "mirror.example.com"}


def statements(sources: list[Source], key: str | None = None) -> dict[str, Any]:
    policy = permissions.execution_policy(ACCOUNT, sources, ["arn:parameter"], ["arn:group"], None, key)
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_execution_roles_may_pull_and_read_what_their_images_need_and_no_more() -> None:
    assert set(statements([Source("ipfs/kubo:v1")], "arn:key")) == {"Secrets", "Logs"}
    found = statements([Source(f"{HUB}/ipfs/kubo:v1"), Source("ghcr.io/a:1", credentials=SECRET), Source("ghcr.io/b:1", credentials=SECRET)], "arn:key")
    assert found["Images"]["Resource"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/docker-hub/ipfs/kubo"]
    assert set(found["Images"]["Action"]) >= {"ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}
    assert found["ImageRegistry"]["Action"] == "ecr:GetAuthorizationToken"
    assert found["RegistryCredentials"] == {
        "Sid": "RegistryCredentials",
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": [SECRET],
    }
    assert found["RegistryCredentialsKey"] == {"Sid": "RegistryCredentialsKey", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:key"}
    assert "RegistryCredentialsKey" not in statements([Source("ghcr.io/a:1", credentials=SECRET)])
