"""Pure: names of container images: the registry of each, its mirror, and the credentials."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CACHE = "pull-through-cache"
"""In place of a mirror's address: a pull-through cache of the stack's own at ECR."""

DOCKER_HUB = "docker.io"
UPSTREAM_LABEL = "upstream-image"
"""Docker label of a container whose image comes from a mirror: the name it was given by."""


@dataclass(frozen=True)
class Cacheable:
    """A registry that ECR can keep a cache of."""

    url: str
    """What ECR calls it."""
    folder: str
    """What the cache's repositories are filed under."""
    needs_credentials: bool


# ECR User Guide, "Sync an upstream registry with an Amazon ECR private registry", November 2026.
CACHEABLE: Mapping[str, Cacheable] = {
    DOCKER_HUB: Cacheable("registry-1.docker.io", "docker-hub", True),
    "ghcr.io": Cacheable("ghcr.io", "github", True),
    "public.ecr.aws": Cacheable("public.ecr.aws", "ecr-public", False),
    "quay.io": Cacheable("quay.io", "quay", False),
}

_IMAGE = re.compile(r"(?P<name>[a-z0-9][\w./-]*(:\d+/[\w./-]+)?)(?P<tag>:\w[\w.-]{0,127})?(?P<digest>@sha256:[0-9a-f]{64})?")
# The hosts of ECR's private registries: with FIPS, with IPv6 (dual-stack), and in the partitions that have other domains.
# As in awslabs/amazon-ecr-credential-helper, ecr-login/api/client.go.
_ECR_HOST = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(amazonaws\.(com(\.cn)?|eu)|on\.(aws|amazonwebservices\.com\.cn)|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)


@dataclass(frozen=True)
class Image:
    """An image's name in its parts."""

    host: str
    """The registry; docker.io where the name says none."""
    repository: str
    version: str
    """``:tag`` or ``@sha256:digest``. Of both the digest, which alone counts: ECS's documentation and Podman take one of the two."""
    given: str
    """The name as it was given, with that version."""

    def at(self, address: str) -> str:
        """What it is called at a mirror of its registry."""
        return f"{address}/{self.repository}{self.version}"


def parse(image: str) -> Image:
    """The parts of an image's name. Raises ValueError if it is none."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise ValueError(f"{image!r} is no name of an image")
    first, slash, rest = match["name"].partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = DOCKER_HUB, match["name"]
    if first in (DOCKER_HUB, "index.docker.io", "registry-1.docker.io"):
        first, rest = DOCKER_HUB, rest if "/" in rest else f"library/{rest}"
    version = match["digest"] or match["tag"] or ""
    return Image(first, rest, version, match["name"] + version)


def names_a_version(image: str) -> bool:
    """Whether a name is one, with a digest or with a tag that is meant to stay what it is."""
    match = _IMAGE.fullmatch(image)
    return match is not None and bool(match["digest"] or (match["tag"] and match["tag"] != ":latest"))


def is_ecr(host: str) -> bool:
    """Whether a host is a private registry of ECR."""
    return _ECR_HOST.fullmatch(host) is not None


def ecr_repository(image: str, partition: str) -> str | None:
    """The ARN of an image's repository at a private registry of ECR; none for other images."""
    parts = parse(image)
    match = _ECR_HOST.fullmatch(parts.host)
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{parts.repository}" if match else None


@dataclass(frozen=True)
class Source:
    """Where a container's image is pulled from."""

    name: str
    upstream: str = ""
    """What it is called by its publisher, if it comes from a mirror."""
    credentials: str = ""
    """ARN of the secret with the registry's user name and password; empty without."""

    def properties(self) -> dict[str, Any]:
        """A container definition's properties that say so."""
        return {"image": self.name, **({"repositoryCredentials": {"credentialsParameter": self.credentials}} if self.credentials else {})}

    def labels(self) -> dict[str, str]:
        """Docker labels of the container."""
        return {UPSTREAM_LABEL: self.upstream} if self.upstream else {}


@dataclass(frozen=True)
class Registries:
    """Mirrors by the host that they replace, and the ARNs of credentials by the host that needs them."""

    mirrors: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)

    def source(self, image: str) -> Source:
        """Where an image is pulled from, by the name that its user gives it."""
        parts = parse(image)
        if parts.host not in self.mirrors:
            return Source(parts.given, credentials=self.credentials.get(parts.host, ""))
        name = parts.at(self.mirrors[parts.host])
        return Source(name, parts.given, self.credentials.get(parse(name).host, ""))


def cache_prefix(flat: str, component: str, host: str) -> str:
    """What the repositories of a stack's cache are filed under: of 30 characters at most, and not another stack's."""
    return f"{component[:8].strip('-')}-{hashlib.sha256(flat.encode()).hexdigest()[:7]}/{CACHEABLE[host].folder}"


def cache_addresses(mirrors: Mapping[str, str], flat: str, component: str, account: str, region: str, partition: str) -> dict[str, str]:
    """Mirrors' addresses, with those of the stack's own caches at ECR."""
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    registry = f"{account}.dkr.ecr.{region}.{suffix}"
    return {host: f"{registry}/{cache_prefix(flat, component, host)}" if mirror == CACHE else mirror for host, mirror in mirrors.items()}
