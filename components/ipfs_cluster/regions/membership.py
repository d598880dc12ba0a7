"""A cluster as one of several Regions: the other Regions' members as they come, and its own one."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from ..credentials.credentials import Credentials
from ..daemons.task import Peer
from ..edge.load_balancer import LoadBalancer
from ..edge.origins import Origins
from ..edge.plan import Plan
from ..inputs import members as inputs
from ..inputs.resolve import ResolvedInputs, own_member
from ..network.network import Network
from . import member
from .member import Member
from .member_edge import MemberEdge


def others(given: ResolvedInputs, network: Network, context: ClusterContext) -> pulumi.Output[list[Member]]:
    """The other Regions that are deployed, by name. Refuses, with every problem found, what does not go together with this Region."""
    own = own_member(context.names, given, context.account.region, context.account.id)

    def checked(resolved: Mapping[str, Any]) -> list[Member]:
        texts = {region: value for region, value in sorted(resolved["others"].items()) if value}
        here = dataclasses.replace(own, ranges=resolved["ranges"])
        wrong = list(inputs.others_problems(texts, here, given.pinning.is_everywhere, all_known=True))
        if wrong:
            raise pulumi.RunError("\n".join(problem.spelled(context.spelling) for problem in wrong))
        return list(inputs.parsed(texts)[0].values())

    return pulumi.Output.all(others=dict(given.members.others), ranges=network.vpc_cidrs).apply(checked)


def output(
    given: ResolvedInputs,
    network: Network,
    namespace: aws.servicediscovery.PrivateDnsNamespace,
    credentials: Credentials,
    context: ClusterContext,
    edge: pulumi.Output[MemberEdge] | None,
) -> pulumi.Output[str]:
    """The output `member`."""
    own, names = own_member(context.names, given, context.account.region, context.account.id), context.names

    def text(resolved: Mapping[str, Any]) -> str:
        return member.text(
            dataclasses.replace(
                own,
                vpc_id=resolved["vpc"],
                ranges=resolved["ranges"],
                route_tables=resolved["route_tables"],
                security_group=resolved["security_group"],
                zone_id=resolved["zone"],
                peers=[Peer(node, names.dns_name(node), *ids) for node, ids in resolved["peer_ids"].items()],
                edge=resolved["edge"],
            )
        )

    return pulumi.Output.all(
        vpc=network.vpc_id,
        ranges=network.vpc_cidrs,
        route_tables=network.route_tables,
        security_group=network.nodes_security_group_id,
        zone=namespace.hosted_zone,
        peer_ids={node: [ids.kubo_peer_id, ids.cluster_peer_id] for node, ids in credentials.nodes.items()},
        edge=edge,
    ).apply(text)


def origin(given: ResolvedInputs, plan: Plan, load_balancer: LoadBalancer, origins: Origins) -> pulumi.Output[MemberEdge]:
    """What the output tells of the edge, with edge.mode origin."""

    def known(resolved: Mapping[str, Any]) -> MemberEdge:
        return MemberEdge(
            domain_name=resolved["domain_name"],
            origins=resolved["origins"],
            https=plan.https,
            gateway_host=plan.gateway_host,
            api_host=plan.api_host,
            subdomain_gateway=plan.subdomain_gateway,
            websites=plan.websites,
            storage_max_gib=given.storage.max_gib,
            replication=(given.pinning.replication_min, given.pinning.replication_max),
        )

    return pulumi.Output.all(domain_name=load_balancer.balancer.dns_name, origins=dict(origins.ids)).apply(known)


def nodes(given: ResolvedInputs, others: pulumi.Output[list[Member]], credentials: Credentials, context: ClusterContext) -> pulumi.Output[dict[str, str]]:
    """The output `regions`."""
    ids = {node: own.cluster_peer_id for node, own in credentials.nodes.items()}

    def by_region(resolved: Mapping[str, Any]) -> dict[str, str]:
        others: list[Member] = resolved["others"]
        if not others:
            return {}
        own = {} if given.read_only else {f"{context.account.region} {node}": id_ for node, id_ in resolved["own"].items()}
        writers = {f"{other.region} {peer.node}": peer.cluster_peer_id for other in others if not other.is_reader for peer in other.peers}
        return dict(sorted({**own, **writers}.items()))

    return pulumi.Output.all(own=ids, others=others).apply(by_region)
