"""Pure: the checks of ``edge.websites``."""

from collections.abc import Sequence

from ..edge.plan import HostedZone, Plan
from . import checks
from .problems import Problem, Problems, path, ref

_LONGEST = 253 - len("_dnslink.")

MOST_ALIASES = 100
"""The names of a distribution (Amazon CloudFront Developer Guide, "Quotas", alternate domain names)."""
MOST_CERTIFICATE_NAMES = 100
"""The most names that ACM puts on a certificate, on request (AWS Certificate Manager User Guide, "Quotas")."""
DEFAULT_CERTIFICATE_NAMES = 10
"""The quota of an account that has requested no other."""


def problems(websites: Sequence[str], plan: Plan, hosted_zone: HostedZone | None, *, issued: bool) -> Problems:
    """What is wrong with the websites. ``hosted_zone`` is that of zone_id, if it is known, ``issued`` says whether a certificate is created here."""
    if not websites:
        return
    where = path("edge.websites")
    if not plan.gateway_host:
        reason = "certificates and records are made for it, and the gateway must have a name that is no website's"
        yield Problem(where, f"needs {ref('edge.domain')}: {reason}; give it, or leave the websites out.")
        return
    for index, website in enumerate(websites):
        yield from _host_problems((*where, index), website, plan)
    repeated = sorted({website for website in websites if websites.count(website) > 1})
    if repeated:
        yield Problem(where, f"{checks.listing(repeated)} is listed more than once; list a website once.")
    if hosted_zone is not None and issued:
        yield from zone_problems(websites, hosted_zone)
    yield from _number_problems(plan, issued)


def _host_problems(where: tuple[str | int, ...], website: str, plan: Plan) -> Problems:
    if not checks.is_domain(website, _LONGEST):
        yield Problem(where, f"{website!r} is not a domain name; give one in lower case like www.example.com.")
    if website in (plan.gateway_host, plan.api_host):
        which = "gateway" if website == plan.gateway_host else "REST API"
        yield Problem(
            where, f"{website!r} is the {which}'s own name; give another, or another {ref('edge.gateway_name' if which == 'gateway' else 'edge.api_name')}."
        )
    for wildcard in plan.gateway_names[1:]:
        if f".{website}".endswith(wildcard.removeprefix("*")):
            yield Problem(where, f"{website!r} is within the subdomain gateway's names, {wildcard}; give a name outside them.")


def zone_problems(websites: Sequence[str], zone: HostedZone) -> Problems:
    """The websites outside a hosted zone, whose certificates it cannot prove."""
    for index, website in enumerate(websites):
        if not zone.holds(website):
            own = f"{ref('edge.certificate_arn')} and {ref('edge.load_balancer_certificate_arn')}"
            text = f"{website!r} is not within the hosted zone {zone.name.rstrip('.')}, so no certificate can be issued for it; give your own by {own}."
            yield Problem(path("edge.websites", index), text)


def _number_problems(plan: Plan, issued: bool) -> Problems:
    where = path("edge.websites")
    names = len(plan.hosts)
    if issued and names > MOST_CERTIFICATE_NAMES:
        text = f"the certificate would have {names} names, those of gateway and REST API included, and ACM puts at most {MOST_CERTIFICATE_NAMES} on one"
        yield Problem(where, f"{text}; leave out {names - MOST_CERTIFICATE_NAMES} or more.")
    aliases = len(plan.gateway_hosts)
    if aliases > MOST_ALIASES and not (issued and names > MOST_CERTIFICATE_NAMES):
        text = f"the gateway's distribution would have {aliases} names, and CloudFront takes at most {MOST_ALIASES}"
        yield Problem(where, f"{text}; leave out {aliases - MOST_ALIASES} or more.")
