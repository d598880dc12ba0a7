"""Pure: the inputs of the edge: how gateway and REST API are reached."""

import dataclasses
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from ..edge.plan import CERTIFICATE_REGION, LEAST_ZONES, LONGEST_COMMON_NAME, HostedZone, Plan, host, load_balancer_zones, region_name
from . import checks, websites
from .checks import Check, pattern
from .network import ResolvedNetwork
from .problems import Problem, Problems, path, ref


class EdgeSettings(TypedDict):
    """How clients reach the gateway and the REST API."""

    mode: NotRequired[str]
    """What is in front of the nodes: cloudfront (two CloudFront distributions and a load balancer), origin (a load balancer
    behind the distributions that IpfsGlobal has for several Regions), load-balancer (only that) or none (clients in the VPC
    use the nodes' names). Default: cloudfront."""
    scheme: NotRequired[str]
    """The load balancer's scheme: internal (CloudFront reaches it as a VPC origin; without CloudFront only the VPC does) or
    internet-facing (needs a certificate; CloudFront authenticates with a secret header, without CloudFront allowed_cidrs are
    admitted). Default: internal."""
    allowed_cidrs: NotRequired[list[str]]
    """With mode load-balancer and scheme internet-facing: the IPv4 ranges of the clients that are admitted. Required there.
    Default: none."""
    domain: NotRequired[str]
    """Domain of the gateway's and the REST API's names. Needs zone_id, or your own certificates. Default: none, they
    have the names that AWS assigns."""
    zone_id: NotRequired[pulumi.Input[str]]
    """ID of the public Route 53 hosted zone that the domain is in. Records and, unless you give them, certificates are created
    with it. Default: none, the output dns_records lists the records to create."""
    gateway_name: NotRequired[str]
    """The gateway's name within the domain, `@` for the domain itself. Default: gateway."""
    api_name: NotRequired[str]
    """The REST API's name within the domain, `@` for the domain itself. Default: api."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of an ACM certificate in us-east-1 for CloudFront, for both names (and the subdomain gateway's wildcards).
    Default: created with zone_id."""
    load_balancer_certificate_arn: NotRequired[pulumi.Input[str]]
    """ARN of an ACM certificate in the stack's Region for the load balancer, for the same names; its listeners then use HTTPS.
    Default: created with zone_id."""
    subdomain_gateway: NotRequired[bool]
    """Whether each CID gets its own web origin: `<cid>.ipfs.<gateway>` and `<name>.ipns.<gateway>`, to which paths are
    redirected. Needs domain and HTTPS on the load balancer. Default: false."""
    websites: NotRequired[list[str]]
    """Host names of websites that the gateway serves by DNSLink: what each shows is in its TXT record `_dnslink.<host>`, which
    whoever publishes sets. List an apex and its `www` both. Needs mode cloudfront and domain; names outside the hosted zone need
    your own certificates. Default: none."""
    price_class: NotRequired[str]
    """The CloudFront edge locations that serve requests: PriceClass_100 (North America, Europe, Israel: the cheapest), PriceClass_200 or
    PriceClass_All. Default: PriceClass_100."""
    allowed_countries: NotRequired[list[str]]
    """ISO 3166-1 codes of the only countries that CloudFront serves. Default: all."""
    blocked_countries: NotRequired[list[str]]
    """ISO 3166-1 codes of countries that CloudFront does not serve. Default: none."""
    gateway_web_acl_arn: NotRequired[pulumi.Input[str]]
    """ARN of a WAF web ACL (scope CLOUDFRONT, us-east-1) for the gateway's distribution. Default: none."""
    api_web_acl_arn: NotRequired[pulumi.Input[str]]
    """ARN of a WAF web ACL (scope CLOUDFRONT, us-east-1) for the REST API's distribution. Default: none."""
    console: NotRequired[bool]
    """Whether the REST API's distribution serves the console, a page for browsers, at `/console/`. Needs mode cloudfront. Default: true."""
    access_log_days: NotRequired[int]
    """Days that access logs of CloudFront and of the load balancer are kept in an S3 bucket, which is deleted with the stack; 0 keeps
    none. Only CloudFront's logs have the clients' own addresses. Default: 0."""


@dataclass(frozen=True, kw_only=True)
class ResolvedEdge:
    """`EdgeSettings` with its defaults."""

    mode: str = "cloudfront"
    scheme: str = "internal"
    allowed_cidrs: Sequence[str] = ()
    domain: str | None = None
    zone_id: pulumi.Input[str] | None = None
    gateway_name: str = "gateway"
    api_name: str = "api"
    certificate_arn: pulumi.Input[str] | None = None
    load_balancer_certificate_arn: pulumi.Input[str] | None = None
    subdomain_gateway: bool = False
    websites: Sequence[str] = ()
    price_class: str = "PriceClass_100"
    allowed_countries: Sequence[str] = ()
    blocked_countries: Sequence[str] = ()
    gateway_web_acl_arn: pulumi.Input[str] | None = None
    api_web_acl_arn: pulumi.Input[str] | None = None
    console: bool = True
    access_log_days: int = 0

    @property
    def region_name_parts(self) -> Sequence[str]:
        """What is before and behind the Region in the names of the Regions' REST APIs; empty without a domain."""
        return host(region_name(self.api_name, "/"), self.domain).split("/") if self.domain else ()

    @property
    def has_https(self) -> bool:
        """Whether the load balancer has a certificate."""
        return self.load_balancer_certificate_arn is not None or self.zone_id is not None


def plan(edge: ResolvedEdge, pinning_service: bool, hosted_zone: HostedZone | None, regions: Sequence[str] = ()) -> Plan:
    """What the inputs come to. ``pinning_service`` says whether the Pinning Service API is offered, ``hosted_zone`` is that of zone_id, if known,
    ``regions`` are those whose REST API has a name of its own.
    """
    domain, load_balancer = edge.domain or "", edge.mode != "none"
    return Plan(
        cloudfront=edge.mode == "cloudfront",
        load_balancer=load_balancer,
        internal=edge.scheme == "internal",
        https=load_balancer and edge.has_https,
        gateway_host=host(edge.gateway_name, domain),
        api_host=host(edge.api_name, domain),
        subdomain_gateway=edge.subdomain_gateway,
        pinning_service=pinning_service,
        console=edge.console and edge.mode == "cloudfront",
        websites=edge.websites,
        outside_zone=[website for website in edge.websites if hosted_zone and not hosted_zone.holds(website)],
        behind_others=edge.mode == "origin",
        api_regions={host(region_name(edge.api_name, region), domain): region for region in regions} if domain else {},
    )


# The longest label that is put before it is a CID's in a subdomain gateway's name: 63 characters and `.ipfs.`.
LONGEST_DOMAIN = 253 - 69
# What a load balancer's and a target group's name may have, less `-gateway` and Pulumi's random suffix.
_LONGEST_NAME = 32 - len("-gateway") - len("-1234567")
# Inputs that have no effect without a load balancer, and those that have none without CloudFront.
_PRICE_CLASSES = ("PriceClass_100", "PriceClass_200", "PriceClass_All")
_OF_LOAD_BALANCER = ("domain", "zone_id", "load_balancer_certificate_arn", "allowed_cidrs", "subdomain_gateway", "access_log_days")
_OF_DISTRIBUTIONS = ("certificate_arn", "allowed_countries", "blocked_countries", "gateway_web_acl_arn", "api_web_acl_arn")
_OF_CLOUDFRONT = (*_OF_DISTRIBUTIONS, "websites")


def problems(edge: ResolvedEdge, given: Mapping[str, Any], name: str, region: str, hosted_zone: HostedZone | None) -> Problems:
    """What is wrong with the edge. ``name`` is the component's, ``hosted_zone`` is that of zone_id, if it is known."""
    for setting, choices in (
        ("mode", ("cloudfront", "origin", "load-balancer", "none")),
        ("scheme", ("internal", "internet-facing")),
    ):
        yield from checks.choice(path("edge", setting), getattr(edge, setting), choices)
    yield from checks.choice(path("edge.price_class"), edge.price_class, _PRICE_CLASSES)
    mode = ref("edge.mode")
    if edge.mode == "none":
        for setting in (*_OF_LOAD_BALANCER, *_OF_CLOUDFRONT):
            if getattr(edge, setting):
                yield Problem(path("edge", setting), f"has no effect with {mode} none; leave it out, or choose another mode.")
        if edge.scheme != "internal":
            text = f"{edge.scheme!r} needs a load balancer, but {mode} is none; leave it out, or choose another mode."
            yield Problem(path("edge.scheme"), text)
        yield from checks.useless("edge", given, ("gateway_name", "api_name", "price_class", "console"), f"{mode} is none")
        return
    yield from _name_problems(name)
    if edge.mode == "load-balancer":
        for setting in _OF_CLOUDFRONT:
            if getattr(edge, setting):
                text = f"belongs to CloudFront, but {mode} is load-balancer; leave it out, or set {mode} to cloudfront."
                yield Problem(path("edge", setting), text)
        yield from checks.useless("edge", given, ["price_class", "console"], f"{mode} is load-balancer")
    if edge.mode == "origin":
        yield from _origin_problems(edge, given)
    yield from _client_problems(edge)
    yield from _domain_problems(edge, given, region, hosted_zone)
    if edge.mode in ("cloudfront", "origin"):
        own = edge.load_balancer_certificate_arn
        issued = None in (edge.certificate_arn, own) if edge.mode == "cloudfront" else own is None and edge.zone_id is not None
        yield from websites.problems(edge.websites, plan(edge, False, hosted_zone, _regions(edge, region)), hosted_zone, issued=issued)
    yield from _certificate_problems(edge, region)
    yield from _country_problems(edge)
    yield from _web_acl_problems(edge)
    if edge.access_log_days < 0:
        yield Problem(path("edge.access_log_days"), f"{edge.access_log_days} is not a number of days; use 1 or more, or 0 for no access logs.")


def distribution_problems(edge: ResolvedEdge, given: Mapping[str, Any], found: Plan, hosted_zone: HostedZone | None) -> Problems:
    """What is wrong with distributions that are in front of several Regions; ``found`` is what the inputs come to."""
    yield from checks.choice(path("edge.price_class"), edge.price_class, _PRICE_CLASSES)
    # Whether what is behind them speaks HTTPS is seen in the Regions.
    alone = dataclasses.replace(edge, load_balancer_certificate_arn=None, subdomain_gateway=edge.subdomain_gateway and edge.domain is None)
    yield from _domain_problems(alone, given, CERTIFICATE_REGION, hosted_zone)
    yield from websites.problems(edge.websites, found, hosted_zone, issued=edge.certificate_arn is None)
    yield from checks.now(path("edge.certificate_arn"), edge.certificate_arn, certificate_check(CERTIFICATE_REGION))
    yield from checks.now(path("edge.zone_id"), edge.zone_id, zone_id_problem)
    yield from _country_problems(edge)
    yield from _web_acl_problems(edge)


def _regions(edge: ResolvedEdge, region: str) -> list[str]:
    return [region] if edge.mode == "origin" else []


def _origin_problems(edge: ResolvedEdge, given: Mapping[str, Any]) -> Problems:
    """Problems of a load balancer behind other distributions."""
    mode = ref("edge.mode")
    if edge.scheme != "internal":
        text = f"{edge.scheme!r} has no use with {mode} origin: CloudFront reaches the load balancer as a VPC origin; leave it out."
        yield Problem(path("edge.scheme"), text)
    for setting in _OF_DISTRIBUTIONS:
        if getattr(edge, setting):
            yield Problem(path("edge", setting), f"belongs to the distributions, which IpfsGlobal has with {mode} origin; give it there.")
    reason = f"{mode} is origin, and the distributions are IpfsGlobal's"
    yield from checks.useless("edge", given, ("price_class", "console"), reason)


def _web_acl_problems(edge: ResolvedEdge) -> Problems:
    for setting in ("gateway_web_acl_arn", "api_web_acl_arn"):
        yield from checks.now(path("edge", setting), getattr(edge, setting), web_acl_problem)


def _name_problems(name: str) -> Problems:
    if len(name) > _LONGEST_NAME:
        text = f"{name!r} has {len(name)} characters, which is too long for a target group's name like {name}-gateway-…; use up to {_LONGEST_NAME}."
        yield Problem(("name",), text)
    if name == "internal" or name.startswith("internal-"):
        text = f"{name!r}: Elastic Load Balancing does not let a load balancer's name start with internal-; use another, or {ref('edge.mode')} none."
        yield Problem(("name",), text)


def _client_problems(edge: ResolvedEdge) -> Problems:
    """Problems with who reaches the load balancer."""
    where, cidrs = path("edge.allowed_cidrs"), list(edge.allowed_cidrs)
    mode, scheme = ref("edge.mode"), ref("edge.scheme")
    is_public_alone = edge.mode == "load-balancer" and edge.scheme == "internet-facing"
    if is_public_alone and not cidrs:
        text = "an internet-facing load balancer without CloudFront needs the ranges of its clients; give one or more, like 203.0.113.0/24."
        yield Problem(where, text)
    if cidrs and not is_public_alone:
        by_cloudfront = edge.mode in ("cloudfront", "origin")
        reason = "only CloudFront reaches the load balancer" if by_cloudfront else "the load balancer is internal and admits the VPC"
        yield Problem(where, f"ranges of clients are for {mode} load-balancer with {scheme} internet-facing; here {reason}. Leave them out.")
    for index, cidr in enumerate(cidrs):
        try:
            ipaddress.IPv4Network(cidr)
        except ValueError:
            yield Problem((*where, index), f"{cidr!r} is not an IPv4 range; use one like 203.0.113.0/24.")
    repeated = sorted({cidr for cidr in cidrs if cidrs.count(cidr) > 1})
    if repeated:
        yield Problem(where, f"{checks.listing(repeated)} is listed more than once; list a range once.")
    if edge.scheme == "internet-facing" and not edge.has_https:
        text = "an internet-facing load balancer without a certificate would take passwords over the internet in clear text; give"
        wanted = f"{ref('edge.domain')} with {ref('edge.zone_id')} or {ref('edge.load_balancer_certificate_arn')}, or use internal."
        yield Problem(path("edge.scheme"), f"{text} {wanted}")


def _domain_problems(edge: ResolvedEdge, given: Mapping[str, Any], region: str, hosted_zone: HostedZone | None) -> Problems:
    domain, where = edge.domain, path("edge.domain")
    if domain is None:
        for setting in ("zone_id", "certificate_arn", "load_balancer_certificate_arn"):
            if getattr(edge, setting) is not None:
                yield Problem(path("edge", setting), f"was given without the domain that it is for; give {ref('edge.domain')} too.")
        if edge.subdomain_gateway:
            yield Problem(path("edge.subdomain_gateway"), f"needs its own names; give {ref('edge.domain')}, or leave it false.")
        yield from checks.useless("edge", given, ("gateway_name", "api_name"), f"there is no {ref('edge.domain')}")
        return
    if not checks.is_domain(domain, LONGEST_DOMAIN):
        yield Problem(where, f"{domain!r} is not a domain name; give one in lower case like ipfs.example.com.")
        return
    needed = "certificate_arn" if edge.mode == "cloudfront" else "load_balancer_certificate_arn"
    # With mode origin it is no name of the load balancer's: what that answers may depend on it.
    if edge.zone_id is None and getattr(edge, needed) is None and edge.mode != "origin":
        place = CERTIFICATE_REGION if needed == "certificate_arn" else region
        text = f"{domain!r} needs {ref('edge.zone_id')}, its Route 53 hosted zone, or {ref('edge', needed)}, your certificate in {place}."
        yield Problem(where, text)
    wrong = hosted_zone and hosted_zone_problem(domain, hosted_zone)
    if wrong:
        yield wrong
    if edge.subdomain_gateway and not edge.has_https:
        text = f"needs HTTPS on the load balancer, else it redirects to http; give {ref('edge.zone_id')}, or"
        wanted = f"{ref('edge.load_balancer_certificate_arn')}, your certificate in {region}."
        yield Problem(path("edge.subdomain_gateway"), f"{text} {wanted}")
    yield from _host_problems(edge, domain)


def _host_problems(edge: ResolvedEdge, domain: str) -> Problems:
    names = {"gateway_name": edge.gateway_name, "api_name": edge.api_name}
    for setting, name in names.items():
        if name != "@" and not checks.is_domain(host(name, domain), LONGEST_DOMAIN):
            text = f"{name!r} is not a name within a domain; use lower-case letters, digits and hyphens, or @ for the domain itself."
            yield Problem(path("edge", setting), text)
    shortest = min((host(name, domain) for name in names.values()), key=len)
    own = [edge.load_balancer_certificate_arn, *([edge.certificate_arn] if edge.mode == "cloudfront" else [])]
    if edge.zone_id is not None and None in own and len(shortest) > LONGEST_COMMON_NAME:
        text = f"{shortest!r} has {len(shortest)} characters, and a certificate's first name may have {LONGEST_COMMON_NAME}; use a shorter domain, or a shorter"
        yield Problem(path("edge.domain"), f"{text} {ref('edge.gateway_name')} or {ref('edge.api_name')}.")
    if edge.gateway_name == edge.api_name:
        yield Problem(path("edge.api_name"), f"{edge.api_name!r} is the gateway's name too; give two different names.")


def _certificate_problems(edge: ResolvedEdge, region: str) -> Problems:
    yield from checks.now(path("edge.certificate_arn"), edge.certificate_arn, certificate_check(CERTIFICATE_REGION))
    yield from checks.now(path("edge.load_balancer_certificate_arn"), edge.load_balancer_certificate_arn, certificate_check(region))
    yield from checks.now(path("edge.zone_id"), edge.zone_id, zone_id_problem)


def _country_problems(edge: ResolvedEdge) -> Problems:
    if edge.allowed_countries and edge.blocked_countries:
        text = f"contradicts {ref('edge.allowed_countries')}, by which all others are blocked; give one of the two."
        yield Problem(path("edge.blocked_countries"), text)
    for setting in ("allowed_countries", "blocked_countries"):
        for index, country in enumerate(getattr(edge, setting)):
            if not re.fullmatch(r"[A-Z]{2}", country):
                text = f"{country!r} is not a country code; use two capital letters like DE (ISO 3166-1 alpha-2)."
                yield Problem(path("edge", setting, index), text)


def subnet_problems(edge: ResolvedEdge, network: ResolvedNetwork, nodes: Sequence[str], usable: Sequence[str]) -> Problems:
    """What is wrong with the load balancer's subnets. ``nodes`` are the zones that have one, ``usable`` those that could."""
    own, where = network.load_balancer_subnet_ids, path("network.load_balancer_subnet_ids")
    if edge.mode == "none":
        if own:
            yield Problem(where, f"there is no load balancer with {ref('edge.mode')} none; leave them out.")
        return
    if network.vpc_id is None:
        if len(load_balancer_zones(nodes, usable)) < LEAST_ZONES:
            text = f"a load balancer needs {LEAST_ZONES} zones, and only {checks.listing(usable)} could be used; set {ref('edge.mode')} to none."
            yield Problem(path("edge.mode"), text)
        return
    missing = sorted(set(nodes) - set(own)) if own else []
    if missing:
        text = f"{checks.listing(missing)} has a node but no subnet here; add one, since nodes are reached in the load balancer's zones only."
        yield Problem(where, text)
    subnets = own or network.subnet_ids
    if subnets and len(subnets) < LEAST_ZONES:
        setting = "load_balancer_subnet_ids" if own else "subnet_ids"
        text = f"a load balancer needs subnets in at least {LEAST_ZONES} zones; add one to {ref('network.load_balancer_subnet_ids')}, or set"
        yield Problem(path("network", setting), f"{text} {ref('edge.mode')} to none.")
    if edge.mode in ("cloudfront", "origin") and edge.scheme == "internal":
        for zone in sorted(set(own) - set(usable)):
            text = f"{zone!r} cannot have a CloudFront VPC origin here; these zones can: {checks.listing(usable)}. Leave it out, or set"
            yield Problem(where, f"{text} {ref('edge.scheme')} to internet-facing.")


def certificate_check(region: str) -> Check:
    """A check of the ARN of a certificate that is needed in ``region``."""

    def problem(value: str) -> str | None:
        match = re.fullmatch(r"arn:aws[\w-]*:acm:([\w-]+):\d{12}:certificate/[\w-]+", value)
        if not match:
            return f"is not the ARN of an ACM certificate; give one like arn:aws:acm:{region}:123456789012:certificate/…"
        return None if match[1] == region else f"is in {match[1]}; a certificate in {region} is needed here"

    return problem


web_acl_problem = pattern(
    rf"arn:aws[\w-]*:wafv2:{CERTIFICATE_REGION}:\d{{12}}:global/webacl/[\w-]+/[\w-]+",
    f"the ARN of a web ACL for CloudFront; give one like arn:aws:wafv2:{CERTIFICATE_REGION}:123456789012:global/webacl/…",
)
zone_id_problem = pattern(r"[A-Z0-9]{4,32}", "the ID of a hosted zone; give one like Z0123456789ABCDEFGHIJ")


def hosted_zone_problem(domain: str, zone: HostedZone) -> Problem | None:
    """What is wrong with a domain in a hosted zone."""
    where, name = path("edge.domain"), zone.name.rstrip(".")
    if zone.private:
        return Problem(where, f"{domain!r} needs a public hosted zone, and that of {name} is private; give a public one.")
    if not zone.holds(domain):
        return Problem(where, f"{domain!r} is not within the hosted zone {name}; give {name} or a domain below it, or another {ref('edge.zone_id')}.")
    return None
