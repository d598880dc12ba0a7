"""What the edge offers and under which names, pure: endpoints, host names, and the checks of its inputs."""

import ipaddress
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
"""What else changes an answer of kubo's gateway: the format that is asked for, and that scripts of a whole namespace are refused."""

ORIGIN_SECRET_HEADER = "X-Origin-Secret"  # noqa: S105 (a header's name)
"""By which CloudFront proves itself to an internet-facing load balancer."""

# What a load balancer's and a target group's name may have, less `-gateway` and Pulumi's random suffix.
_LONGEST_NAME = 32 - len("-gateway") - len("-1234567")
# The most that a certificate's first name may have; further ones may have 253 (botocore's model of ACM, RequestCertificate).
LONGEST_COMMON_NAME = 64
# A load balancer needs this many zones, each with a subnet of at least this size (Elastic Load Balancing, "Subnets for your
# load balancer").
LEAST_ZONES = 2
LARGEST_PREFIX = 27


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
    """The status of a healthy answer. Neither path asks for credentials."""

    def port(self, https: bool) -> int:
        """The port of its listener."""
        return self.https_port if https else self.http_port


# An empty file within its own CID: every gateway has it, and none has to look for it.
GATEWAY = Endpoint("gateway", "ipfs", kubo.GATEWAY_PORT, 80, 443, "/ipfs/bafkqaaa?format=raw", "200")
API = Endpoint("api", "ipfs-cluster", task.API_PORT, task.API_PORT, 9443, "/health", "204")
PINNING = Endpoint("pinning", "ipfs-cluster", task.PINNING_PORT, task.PINNING_PORT, 9444, "/health", "204")


@dataclass(frozen=True)
class HostedZone:
    """A Route 53 hosted zone as it was found."""

    name: str
    private: bool


@dataclass(frozen=True)
class Plan:
    """What the settings come to."""

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

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What is offered."""
        return (GATEWAY, API, PINNING) if self.pinning_service else (GATEWAY, API)

    @property
    def gateway_hosts(self) -> list[str]:
        """All names that the gateway answers to, wildcards included."""
        if not self.gateway_host:
            return []
        return [self.gateway_host, *([f"*.ipfs.{self.gateway_host}", f"*.ipns.{self.gateway_host}"] if self.subdomain_gateway else [])]

    @property
    def hosts(self) -> list[str]:
        """All names of the edge."""
        return [*self.gateway_hosts, *([self.api_host] if self.api_host else [])]

    @property
    def certificate_hosts(self) -> list[str]:
        """The same in the order in which a certificate lists them: first one that is short enough to be."""
        first = next((host for host in self.hosts if len(host) <= LONGEST_COMMON_NAME), "")
        return [first, *(host for host in self.hosts if host != first)] if first else self.hosts


def plan(edge: Mapping[str, Any], api: Mapping[str, Any]) -> Plan:
    """What sound settings come to."""
    domain = edge.get("domain", "")
    load_balancer = edge["mode"] != "none"
    return Plan(
        cloudfront=edge["mode"] == "cloudfront",
        load_balancer=load_balancer,
        internal=edge["scheme"] == "internal",
        https=load_balancer and _has_https(edge),
        gateway_host=host(edge["gateway_name"], domain),
        api_host=host(edge["api_name"], domain),
        subdomain_gateway=edge["subdomain_gateway"],
        pinning_service=api["pinning_service"],
    )


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


def _has_https(edge: Mapping[str, Any]) -> bool:
    return "load_balancer_certificate_arn" in edge or "zone_id" in edge


# --- checks -----------------------------------------------------------------------------------------------------------

# Inputs that mean nothing without a load balancer, and those that mean nothing without CloudFront.
_OF_LOAD_BALANCER = ("domain", "zone_id", "load_balancer_certificate_arn", "allowed_cidrs", "subdomain_gateway", "access_log_days")
_OF_CLOUDFRONT = ("certificate_arn", "allowed_countries", "blocked_countries", "gateway_web_acl_arn", "api_web_acl_arn")


def problems(name: str, edge: Mapping[str, Any], region: str, hosted_zone: HostedZone | None) -> Iterator[str]:
    """What is wrong with the edge's settings, as sentences for the user. ``hosted_zone`` is that of zone_id, if it is known."""
    mode, scheme = edge["mode"], edge["scheme"]
    for key, choices in (
        ("mode", ("cloudfront", "load-balancer", "none")),
        ("scheme", ("internal", "internet-facing")),
        ("price_class", ("PriceClass_100", "PriceClass_200", "PriceClass_All")),
    ):
        if edge[key] not in choices:
            yield f"edge.{key}: {edge[key]!r} is none of {', '.join(choices)}."
    if mode == "none":
        for key in (*_OF_LOAD_BALANCER, *_OF_CLOUDFRONT):
            if edge.get(key):
                yield f"edge.{key}: there is nothing that it could apply to with edge.mode none; leave it out, or choose another mode."
        if scheme != "internal":
            yield f"edge.scheme: {scheme!r} needs a load balancer, but edge.mode is none; leave it out, or choose another mode."
        return
    if len(name) > _LONGEST_NAME:
        yield f"name: {name!r} has {len(name)} characters, which is too long for a target group's name like {name}-gateway-…; use up to {_LONGEST_NAME}."
    if name == "internal" or name.startswith("internal-"):
        yield f"name: {name!r} begins as Elastic Load Balancing lets no load balancer's name begin, with internal-; use another, or edge.mode none."
    if mode == "load-balancer":
        for key in _OF_CLOUDFRONT:
            if edge.get(key):
                yield f"edge.{key}: belongs to CloudFront, but edge.mode is load-balancer; leave it out, or set edge.mode to cloudfront."
    yield from _client_problems(edge)
    yield from _name_problems(edge, region, hosted_zone)
    yield from _country_problems(edge)
    for key in ("gateway_web_acl_arn", "api_web_acl_arn"):
        value = edge.get(key)
        if isinstance(value, str) and check_web_acl(value):
            yield f"edge.{key}: {value!r} {check_web_acl(value)}."
    if edge["access_log_days"] < 0:
        yield f"edge.access_log_days: {edge['access_log_days']} is no number of days; use 1 or more, or 0 for no access logs."


def _client_problems(edge: Mapping[str, Any]) -> Iterator[str]:
    """Who reaches the load balancer."""
    cidrs = edge["allowed_cidrs"]
    public_alone = edge["mode"] == "load-balancer" and edge["scheme"] == "internet-facing"
    if public_alone and not cidrs:
        yield "edge.allowed_cidrs: an internet-facing load balancer without CloudFront needs the ranges of its clients; give one or more, like 203.0.113.0/24."
    if cidrs and not public_alone:
        yield (
            "edge.allowed_cidrs: ranges of clients are for edge.mode load-balancer with edge.scheme internet-facing; here the load balancer "
            f"{'is reached by CloudFront alone' if edge['mode'] == 'cloudfront' else 'is internal and admits the VPC'}. Leave them out."
        )
    for index, cidr in enumerate(cidrs):
        try:
            ipaddress.IPv4Network(cidr)
        except ValueError:
            yield f"edge.allowed_cidrs[{index}]: {cidr!r} is no IPv4 range; use one like 203.0.113.0/24."
    if len(set(cidrs)) < len(cidrs):
        yield f"edge.allowed_cidrs: {', '.join(sorted({c for c in cidrs if cidrs.count(c) > 1}))} stands there more than once; name a range once."
    if edge["scheme"] == "internet-facing" and not _has_https(edge):
        yield (
            "edge.scheme: an internet-facing load balancer without a certificate would take passwords over the internet in clear; give edge.domain with "
            "edge.zone_id or edge.load_balancer_certificate_arn, or use internal."
        )


def _name_problems(edge: Mapping[str, Any], region: str, hosted_zone: HostedZone | None) -> Iterator[str]:
    """Domain, hosted zone, certificates."""
    domain = edge.get("domain")
    if domain is None:
        for key in ("zone_id", "certificate_arn", "load_balancer_certificate_arn"):
            if key in edge:
                yield f"edge.{key}: was given without the domain that it is for; give edge.domain too."
        if edge["subdomain_gateway"]:
            yield "edge.subdomain_gateway: needs names of its own; give edge.domain, or leave it false."
    elif not _is_domain(domain):
        yield f"edge.domain: {domain!r} is no domain name; give one in lower case like ipfs.example.com."
    else:
        needed = "certificate_arn" if edge["mode"] == "cloudfront" else "load_balancer_certificate_arn"
        if "zone_id" not in edge and needed not in edge:
            where = f"in {CERTIFICATE_REGION}" if needed == "certificate_arn" else f"in {region}"
            yield f"edge.domain: {domain!r} needs edge.zone_id, its Route 53 hosted zone, or edge.{needed}, a certificate of yours {where}."
        if hosted_zone is not None:
            wrong = check_zone(domain, hosted_zone)
            if wrong:
                yield f"edge.domain: {wrong}."
        if edge["subdomain_gateway"] and not _has_https(edge):
            yield (
                "edge.subdomain_gateway: needs HTTPS on the load balancer, else it redirects to http; give edge.zone_id, or "
                f"edge.load_balancer_certificate_arn, a certificate of yours in {region}."
            )
        for key in ("gateway_name", "api_name"):
            if edge[key] != "@" and not _is_domain(host(edge[key], domain)):
                yield f"edge.{key}: {edge[key]!r} is no name within a domain; use lower-case letters, digits and hyphens, or @ for the domain itself."
        shortest = min((host(edge[key], domain) for key in ("gateway_name", "api_name")), key=len)
        issued = {"load_balancer_certificate_arn", *(["certificate_arn"] if edge["mode"] == "cloudfront" else [])} - edge.keys()
        if "zone_id" in edge and issued and len(shortest) > LONGEST_COMMON_NAME:
            yield (
                f"edge.domain: {shortest!r} has {len(shortest)} characters, and a certificate's first name may have {LONGEST_COMMON_NAME}; use a shorter "
                "domain, or a shorter edge.gateway_name or edge.api_name."
            )
        if edge["gateway_name"] == edge["api_name"]:
            yield f"edge.api_name: {edge['api_name']!r} is the gateway's name too; give the two different ones."
    for key, where in (("certificate_arn", CERTIFICATE_REGION), ("load_balancer_certificate_arn", region)):
        value = edge.get(key)
        if isinstance(value, str) and check_certificate(value, where):
            yield f"edge.{key}: {value!r} {check_certificate(value, where)}."
    zone = edge.get("zone_id")
    if isinstance(zone, str) and not is_zone_id(zone):
        yield f"edge.zone_id: {zone!r} is no hosted zone's ID; give one like Z0123456789ABCDEFGHIJ."


def _country_problems(edge: Mapping[str, Any]) -> Iterator[str]:
    if edge["allowed_countries"] and edge["blocked_countries"]:
        yield "edge.blocked_countries: contradicts edge.allowed_countries, by which all others are blocked; give one of the two."
    for key in ("allowed_countries", "blocked_countries"):
        for index, country in enumerate(edge[key]):
            if not re.fullmatch(r"[A-Z]{2}", country):
                yield f"edge.{key}[{index}]: {country!r} is no country code; use two capital letters like DE (ISO 3166-1 alpha-2)."


def subnet_problems(edge: Mapping[str, Any], network: Mapping[str, Any], nodes: Sequence[str], suitable: Sequence[str]) -> Iterator[str]:
    """What is wrong with the load balancer's subnets. ``nodes`` are the zones that have one, ``suitable`` those that could."""
    given = network.get("load_balancer_subnet_ids", {})
    for zone, subnet in given.items():
        if isinstance(subnet, str) and not re.fullmatch(r"subnet-[0-9a-f]+", subnet):
            yield f"network.load_balancer_subnet_ids[{zone!r}]: {subnet!r} is not a subnet's ID like subnet-0123456789abcdef0."
    if given and "vpc_id" not in network:
        yield "network.load_balancer_subnet_ids: subnets were given without the VPC that they are in; give network.vpc_id too."
    if edge["mode"] == "none":
        if given:
            yield "network.load_balancer_subnet_ids: there is no load balancer with edge.mode none; leave them out."
        return
    if "vpc_id" in network:
        key = "load_balancer_subnet_ids" if given else "subnet_ids"
        subnets = given or network.get("subnet_ids", {})
        missing = sorted(set(nodes) - set(subnets)) if given else []
        if missing:
            yield (
                f"network.load_balancer_subnet_ids: {', '.join(missing)} has a node but no subnet here; add one, since nodes are reached in the "
                "load balancer's zones only."
            )
        if subnets and len(subnets) < LEAST_ZONES:
            yield (
                f"network.{key}: a load balancer needs subnets in {LEAST_ZONES} zones at least; add one to network.load_balancer_subnet_ids, "
                "or set edge.mode to none."
            )
        if edge["mode"] == "cloudfront" and edge["scheme"] == "internal":
            for zone in sorted(set(given) - set(suitable)):
                yield (
                    f"network.load_balancer_subnet_ids: {zone!r} cannot carry a CloudFront VPC origin here; these zones can: {', '.join(suitable)}. "
                    "Leave it out, or set edge.scheme to internet-facing."
                )
    elif len(load_balancer_zones(nodes, suitable)) < LEAST_ZONES:
        yield f"edge.mode: a load balancer needs {LEAST_ZONES} zones, and only {', '.join(suitable)} could be used; set edge.mode to none."


def gateway_problems(gateway: Mapping[str, Any], edge: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how readers are asked who they are."""
    how = gateway["authentication"]
    if how not in ("none", "basic", "token"):
        yield f"gateway.authentication: {how!r} is none of none, basic, token."
        return
    if how != "none" and edge["mode"] != "cloudfront":
        yield f"gateway.authentication: {how!r} is checked by CloudFront, but edge.mode is {edge['mode']}; use none, or set edge.mode to cloudfront."
    for key, needed in (("username", "basic"), ("password", "basic"), ("user_pool_id", "token"), ("user_pool_client_id", "token")):
        if key in gateway and how != needed:
            yield f"gateway.{key}: is for gateway.authentication {needed}, which is {how}; leave it out, or set gateway.authentication to {needed}."
    if ("user_pool_id" in gateway) != ("user_pool_client_id" in gateway):
        yield "gateway.user_pool_id and gateway.user_pool_client_id: must be given together."
    pool = gateway.get("user_pool_id")
    if isinstance(pool, str) and check_user_pool(pool):
        yield f"gateway.user_pool_id: {pool!r} {check_user_pool(pool)}."


def check_user_pool(value: str) -> str:
    """What is wrong with a Cognito user pool's ID, or nothing."""
    return "" if re.fullmatch(r"[a-z0-9-]+-\d_\w+", value) else "is no user pool's ID; give one like eu-west-1_aBcDeFgHi"


def check_certificate(value: str, region: str) -> str:
    """What is wrong with a certificate's ARN that is needed in ``region``, or nothing."""
    match = re.fullmatch(r"arn:aws[\w-]*:acm:([\w-]+):\d{12}:certificate/[\w-]+", value)
    if not match:
        return f"is no ACM certificate's ARN; give one like arn:aws:acm:{region}:123456789012:certificate/…"
    return "" if match[1] == region else f"is in {match[1]}; a certificate in {region} is needed here"


def check_web_acl(value: str) -> str:
    """What is wrong with a web ACL's ARN for CloudFront, or nothing."""
    if re.fullmatch(rf"arn:aws[\w-]*:wafv2:{CERTIFICATE_REGION}:\d{{12}}:global/webacl/[\w-]+/[\w-]+", value):
        return ""
    return f"is no ARN of a web ACL for CloudFront; give one like arn:aws:wafv2:{CERTIFICATE_REGION}:123456789012:global/webacl/…"


def check_zone(domain: str, zone: HostedZone) -> str:
    """What is wrong with a domain in a hosted zone, or nothing."""
    name = zone.name.rstrip(".")
    if zone.private:
        return f"{domain!r} needs a public hosted zone, and that of {name} is private; give a public one"
    if domain != name and not domain.endswith(f".{name}"):
        return f"{domain!r} is not within the hosted zone {name}; give {name} or a domain below it, or another edge.zone_id"
    return ""


def is_zone_id(value: str) -> bool:
    """Whether it looks like a hosted zone's ID."""
    return bool(re.fullmatch(r"[A-Z0-9]{4,32}", value))


def _is_domain(value: str) -> bool:
    # The longest label that is put before it is a CID's in a subdomain gateway's name: 63 characters and `.ipfs.`.
    return len(value) <= 253 - 69 and "." in value and all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in value.split("."))
