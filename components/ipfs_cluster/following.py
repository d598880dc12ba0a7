"""The cluster that this one follows, as its inputs come."""

from collections.abc import Mapping
from typing import Any

import pulumi

from .context import ClusterContext
from .daemons.following import Followed
from .inputs import checks
from .inputs.follow import ResolvedFollow, address_problem, peer_id_problem
from .inputs.problems import path


def followed(follow: ResolvedFollow, context: ClusterContext) -> pulumi.Output[Followed | None]:
    """Whom the nodes follow; none if they follow nobody. Refuses values that are known only now and are none."""
    if not follow.follows:
        return pulumi.Output.from_input(None)

    def known(name: str, values: Any, problem: checks.Check) -> list[pulumi.Output[str]]:
        return [checks.later(context.spelling, path("follow", name, index), value, problem) for index, value in enumerate(values)]

    def made(resolved: Mapping[str, Any]) -> Followed:
        return Followed(resolved["peers"], resolved["addresses"], follow.cluster_name)

    return pulumi.Output.all(
        peers=known("trusted_peers", follow.trusted_peers, peer_id_problem), addresses=known("peer_addresses", follow.peer_addresses, address_problem)
    ).apply(made)
