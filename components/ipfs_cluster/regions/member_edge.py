"""Pure: what a Region tells of its edge, with edge.mode origin: where distributions find it, and what its nodes were told of their names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .form import DNS_NAME, like


@dataclass(frozen=True, kw_only=True)
class MemberEdge:
    """A Region as an origin of distributions."""

    domain_name: str
    """The load balancer's."""
    origins: Mapping[str, str]
    """IDs of the VPC origins by role: gateway, api and, where it is offered, pinning."""
    https: bool
    """Whether the load balancer has a certificate."""
    gateway_host: str
    """The gateway's own name; empty where the Region has no domain, so that no answer depends on names."""
    api_host: str
    subdomain_gateway: bool
    websites: Sequence[str]
    storage_max_gib: int
    replication: tuple[int, int]
    """Least and most copies, where they are not for each Region."""


def content(edge: MemberEdge) -> dict[str, Any]:
    """The edge in the member's JSON."""
    return {
        "domainName": edge.domain_name,
        "origins": dict(sorted(edge.origins.items())),
        "https": edge.https,
        "gatewayHost": edge.gateway_host,
        "apiHost": edge.api_host,
        "subdomainGateway": edge.subdomain_gateway,
        "websites": sorted(edge.websites),
        "storageMaxGib": edge.storage_max_gib,
        "replication": list(edge.replication),
    }


def read(given: Mapping[str, Any]) -> MemberEdge:
    """The edge from the member's JSON. Raises ValueError, KeyError or TypeError for anything else."""
    least, most = given["replication"]
    origins = {like("gateway|api|pinning", role): like(r"[\w-]+", id_) for role, id_ in given["origins"].items()}
    if not {"gateway", "api"} <= origins.keys():
        raise ValueError
    return MemberEdge(
        domain_name=like(DNS_NAME, given["domainName"].lower()),
        origins=origins,
        https=bool(given["https"]),
        gateway_host=like(rf"({DNS_NAME})?", given["gatewayHost"]),
        api_host=like(rf"({DNS_NAME})?", given["apiHost"]),
        subdomain_gateway=bool(given["subdomainGateway"]),
        websites=[like(DNS_NAME, website) for website in given["websites"]],
        storage_max_gib=int(given["storageMaxGib"]),
        replication=(int(least), int(most)),
    )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What one edge for all Regions needs of each."""

    gateway_host: str
    api_host: str
    subdomain_gateway: bool
    websites: Sequence[str]
    pinning_service: bool


def conflicts(edges: Mapping[str, MemberEdge | None], wanted: Wanted) -> Iterator[tuple[str, str]]:
    """What does not fit: the Region, and a sentence on it."""
    there = {region: edge for region, edge in edges.items() if edge is not None}
    encrypted = sorted(region for region, edge in there.items() if edge.https)
    for region, edge in edges.items():
        if edge is None:
            yield region, "its stack has no load balancer for the edge; set its edge.mode to origin, and deploy it first."
            continue
        for sentence in _conflicts_of(edge, wanted):
            yield region, sentence
        if encrypted and not edge.https:
            yield region, f"its load balancer has no certificate, and that of {encrypted[0]} has one; give all Regions one, or none."


def _conflicts_of(edge: MemberEdge, wanted: Wanted) -> Iterator[str]:
    if wanted.pinning_service and "pinning" not in edge.origins:
        yield "does not offer the Pinning Service API; set its api.pinning_service to true, and deploy it first."
    needs_names = wanted.subdomain_gateway or bool(wanted.websites)
    for what, own, other in (("gateway", edge.gateway_host, wanted.gateway_host), ("REST API", edge.api_host, wanted.api_host)):
        if own != other and (own or needs_names):
            yield f"its {what}'s name is {own or 'none'}, and here it is {other or 'none'}; give that stack and this one the same domain and names."
    if edge.subdomain_gateway != wanted.subdomain_gateway:
        yield f"its subdomain_gateway is {str(edge.subdomain_gateway).lower()}, and here it is {str(wanted.subdomain_gateway).lower()}; make both the same."
    if sorted(edge.websites) != sorted(wanted.websites):
        shown = [", ".join(sorted(websites)) or "none" for websites in (edge.websites, wanted.websites)]
        yield f"its websites are {shown[0]}, and here they are {shown[1]}; make both the same."
