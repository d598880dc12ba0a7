"""How requests come to one of several Regions: what the CloudFront Functions and the distributions need for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from ..regions.distance import nearest
from . import routes
from .plan import GATEWAY, Endpoint


@dataclass(frozen=True, kw_only=True)
class Routing:
    """The Regions of a distribution."""

    regions: Sequence[str]
    writers: pulumi.Output[list[str]]
    """Those that take requests to the APIs."""
    default: str
    """The Region of edge locations that are not known, and of readers whose Region no function can choose."""
    named: Sequence[str]
    """What is before and behind the Region in a name of the REST API that stands for one; empty without such names."""
    store_arn: pulumi.Output[str]
    """The store that has the Regions that are taken out."""
    forwards_host: pulumi.Output[bool]
    """Whether the load balancers' certificates are for the name that the viewer asked for."""
    is_static: bool
    """Whether no function chooses the Region of readers, because one of Lambda@Edge runs in its place: a cache behavior takes no functions of
    both kinds (CloudFront Developer Guide, "Restrictions on edge functions")."""

    def code(self, endpoint: Endpoint, own: pulumi.Input[str]) -> pulumi.Output[str]:
        """The code of a function that does what ``own`` does, and chooses the Region."""
        readers = endpoint is GATEWAY
        regions = pulumi.Output.from_input(list(self.regions)) if readers else self.writers
        with_names = self.regions if self.named and not readers else ()
        named = self.named if with_names else ()
        return pulumi.Output.all(own, regions).apply(
            lambda known: routes.code(known[0], endpoint.role, known[1], self.default, failover=readers, named=named, with_names=with_names)
        )

    def target(self, endpoint: Endpoint) -> str:
        """The ID of what a behavior names as its origin: what a request gets that no function chooses for."""
        return endpoint.role if self.group(endpoint) else routes.origin_id(endpoint.role, self.default)

    def group(self, endpoint: Endpoint) -> dict[str, Any] | None:
        """The group of origins that takes the place of a function: the default Region, and the one next to it."""
        if endpoint is not GATEWAY or not self.is_static or len(self.regions) < 2:
            return None
        order = nearest(self.default, self.regions)[:2]
        return {
            "origin_id": endpoint.role,
            "failover_criteria": {"status_codes": list(routes.FAILOVER)},
            "members": [{"origin_id": routes.origin_id(endpoint.role, region)} for region in order],
        }
