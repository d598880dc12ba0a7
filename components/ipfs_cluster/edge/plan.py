"""Pure: what the edge offers and under which names."""

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..daemons import kubo, task

CERTIFICATE_REGION = "us-east-1"
"""Where CloudFront takes certificates, web ACLs and edge functions from."""

PINNING_PATH = "/pinning"
"""Where the REST API's distribution has the Pinning Service API."""

CACHE_KEY_QUERY_STRINGS = (
    "car-dups",
    "car-order",
    "car-version",
    "dag-scope",
    "download",
    "entity-bytes",
    "filename",
    "format",
    "go-get",
    "uri",
)
"""What kubo's gateway reads of a query (boxo, package gateway): ten, as many as a cache policy may list. Others do not reach it."""

ARCHIVE_HEADER = "X-Archive-Request"
"""What the edge functions set to another value for each request for a CAR or TAR, so that CloudFront has no copy of one."""

CACHE_KEY_HEADERS = ("Accept", "Service-Worker", ARCHIVE_HEADER)
"""The request headers that change an answer of kubo's gateway: the requested format, and the refusal of service workers."""

ORIGIN_SECRET_HEADER = "X-Origin-Secret"  # noqa: S105 (a header's name)
"""By which CloudFront proves itself to an internet-facing load balancer."""

LONGEST_COMMON_NAME = 64
"""The most characters of a certificate's first name; further ones may have 253 (botocore's model of ACM, RequestCertificate)."""
LEAST_ZONES = 2
"""How many zones a load balancer needs (Elastic Load Balancing, "Subnets for your load balancer")."""


@dataclass(frozen=True)
class Endpoint:
    """One of a node's services as the load balancer offers it."""

    role: str
    container: str
    container_port: int
    http_port: int
    """The listener's port without a certificate."""
    https_port: int
    """The listener's port with one: another, so that both can be there while CloudFront goes over from one to the other."""
    health_path: str
    health_status: str
    """The statuses of healthy answers, with commas. Neither path asks for credentials."""

    def port(self, https: bool) -> int:
        """The port of its listener."""
        return self.https_port if https else self.http_port


# A gateway that works on as many requests as it may answers 429 to the check too. That counts as healthy: ECS would otherwise replace the
# task of every node that has much to do, with the API and the pins under way in it.
# The empty directory, which kubo's own health check reads too: a block in its datastore, so that one that hangs shows.
_EMPTY_DIRECTORY = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
GATEWAY = Endpoint("gateway", "ipfs", kubo.GATEWAY_PORT, 80, 443, f"/ipfs/{_EMPTY_DIRECTORY}?format=raw", "200,429")
API = Endpoint("api", "ipfs-cluster", task.API_PORT, task.API_PORT, 9443, "/health", "204")
PINNING = Endpoint("pinning", "ipfs-cluster", task.PINNING_PORT, task.PINNING_PORT, 9444, "/health", "204")


@dataclass(frozen=True)
class HostedZone:
    """A Route 53 hosted zone."""

    name: str
    private: bool

    def holds(self, host: str) -> bool:
        """Whether a name is within it."""
        name = self.name.rstrip(".")
        return host == name or host.endswith(f".{name}")


@dataclass(frozen=True)
class Plan:
    """What the inputs come to."""

    cloudfront: bool
    load_balancer: bool
    internal: bool
    """Whether the load balancer is."""
    https: bool
    """Whether its listeners speak HTTPS."""
    gateway_host: str
    """The gateway's own host name; empty for the one that AWS gives."""
    api_host: str
    subdomain_gateway: bool
    pinning_service: bool
    read_only: bool = False
    """Whether the REST API and the Pinning Service API refuse what changes the pinset."""
    console: bool = False
    """Whether the console is served."""
    websites: Sequence[str] = ()
    """Host names that the gateway serves by DNSLink."""
    outside_zone: Sequence[str] = ()
    """Those of the websites whose records are the user's to create, although the edge has a hosted zone."""
    behind_others: bool = False
    """Whether distributions of another stack are in front of the load balancer."""
    api_regions: Mapping[str, str] = field(default_factory=dict)
    """The Region of each further name of the REST API, which leads to that Region."""

    @property
    def admits_vpc(self) -> bool:
        """Whether hosts in the VPC are the clients of the load balancer, or of the nodes where there is none."""
        return not self.admits_cloudfront and (self.internal or not self.load_balancer)

    @property
    def admits_cloudfront(self) -> bool:
        """Whether CloudFront is the client of the load balancer."""
        return self.cloudfront or self.behind_others

    @property
    def proves_origin(self) -> bool:
        """Whether CloudFront sends a secret header: every distribution of everyone can reach an internet-facing load balancer."""
        return self.cloudfront and not self.internal

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What is offered."""
        return (GATEWAY, API, PINNING) if self.pinning_service else (GATEWAY, API)

    @property
    def answers_by_host(self) -> bool:
        """Whether the gateway's answers depend on the host that was asked for."""
        return self.subdomain_gateway or bool(self.websites)

    @property
    def gateway_names(self) -> list[str]:
        """The gateway's own names, wildcards included."""
        if not self.gateway_host:
            return []
        return [self.gateway_host, *([f"*.ipfs.{self.gateway_host}", f"*.ipns.{self.gateway_host}"] if self.subdomain_gateway else [])]

    @property
    def names_beside_websites(self) -> list[str]:
        """The gateway's own names where it has websites, which are all others; empty without websites."""
        return self.gateway_names if self.websites else []

    @property
    def gateway_hosts(self) -> list[str]:
        """All names that the gateway answers to: its own, and the websites."""
        return [*self.gateway_names, *self.websites]

    @property
    def hosts(self) -> list[str]:
        """All names of the edge."""
        return [*self.gateway_names, *self.api_hosts, *self.websites]

    @property
    def api_hosts(self) -> list[str]:
        """All names that the REST API answers to."""
        return [*([self.api_host] if self.api_host else []), *self.api_regions]

    @property
    def certificate_hosts(self) -> list[str]:
        """The same in the order in which a certificate lists them: first one that is short enough to be."""
        first = next((host for host in self.hosts if len(host) <= LONGEST_COMMON_NAME), "")
        return [first, *(host for host in self.hosts if host != first)] if first else self.hosts


def region_name(api_name: str, region: str) -> str:
    """The name within the domain by which the REST API of one Region is reached."""
    return f"{'api' if api_name == '@' else api_name}-{region}"


def host(name: str, domain: str) -> str:
    """A name within a domain: ``gateway`` in ``example.com`` is ``gateway.example.com``, ``@`` the domain itself."""
    return domain if not domain or name == "@" else f"{name}.{domain}"


def proof(host: str) -> str:
    """What a certificate's name is proven by: the same record for a wildcard and the name that it is below."""
    return host.removeprefix("*.")


def ctl_options(api_url: str) -> str:
    """The options of ipfs-cluster-ctl that lead to a REST API."""
    url = urllib.parse.urlsplit(api_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    return f" --host /dns4/{url.hostname}/tcp/{port}" + ("" if url.scheme == "https" else " --force-http")


def load_balancer_zones(nodes: Sequence[str], others: Sequence[str]) -> list[str]:
    """The zones of the load balancer: those of the nodes, since a target in another zone gets nothing, and two at least."""
    chosen = sorted(set(nodes))
    more = [zone for zone in sorted(others) if zone not in chosen]
    return sorted([*chosen, *more[: max(0, LEAST_ZONES - len(chosen))]])
