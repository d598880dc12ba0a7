"""The cluster that this one follows, as its inputs come."""

from collections.abc import Mapping
from typing import Any

import pulumi

from .context import ClusterContext
from .daemons.following import Followed
from .inputs import checks
from .inputs.follow import address_problem
from .inputs.problems import path
from .inputs.resolve import ResolvedInputs
from .network.firewall import egress
from .network.network import Network


def followed(name: str, inputs: ResolvedInputs, network: Network, context: ClusterContext, opts: pulumi.ResourceOptions) -> pulumi.Output[Followed | None]:
    """Whom the nodes follow; none if they follow nobody. Refuses values that are known only now and are no addresses.

    Nodes of a private swarm may reach each other and nothing else, so the followed cluster's ports are opened to them. ``name`` is the component's.
    """
    follow = inputs.follow
    if not follow.follows:
        return pulumi.Output.from_input(None)
    for port in follow.ports(inputs.swarm.entry_peers) if inputs.swarm.is_private else ():
        egress(f"{name}-to-followed-{port}", network.nodes_security_group_id, "tcp", port, "The cluster that is followed", context.tags, opts)

    def known(name: str, values: Any, problem: checks.Check) -> list[pulumi.Output[str]]:
        return [checks.later(context.spelling, path("follow", name, index), value, problem) for index, value in enumerate(values)]

    def made(resolved: Mapping[str, Any]) -> Followed:
        return Followed(resolved["peers"], resolved["addresses"], follow.cluster_name, inputs.swarm.bootstrap_peers or ())

    return pulumi.Output.all(
        peers=known("trusted_peers", follow.trusted_peers, checks.peer_id_problem), addresses=known("peer_addresses", follow.peer_addresses, address_problem)
    ).apply(made)
