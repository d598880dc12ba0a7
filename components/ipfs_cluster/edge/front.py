"""What is in front of a stack's load balancer: distributions of its own, or origins for those of another stack."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..context import ClusterContext
from ..credentials.credentials import Credentials
from ..inputs.resolve import ResolvedInputs
from . import page
from .access_logs import AccessLogs
from .console import Console
from .distributions import Distributions
from .domain import Domain
from .load_balancer import LoadBalancer
from .origins import Origins, own_origin
from .plan import Plan
from .readers import Readers


@dataclass(frozen=True, kw_only=True)
class Front:
    """What is in front of a load balancer; all are none with edge.mode load-balancer."""

    readers: Readers | None = None
    distributions: Distributions | None = None
    origins: Origins | None = None


def front(
    name: str,
    *,
    inputs: ResolvedInputs,
    plan: Plan,
    load_balancer: LoadBalancer,
    domain: Domain | None,
    credentials: Credentials,
    zones: Mapping[str, str],
    context: ClusterContext,
    opts: pulumi.ResourceOptions,
) -> Front:
    """Makes it. ``name`` is the component's, ``zones`` are those of the nodes, by node."""
    if plan.behind_others:
        return Front(origins=Origins(f"{name}-edge", plan=plan, load_balancer=load_balancer, context=context, opts=opts))
    if not plan.cloudfront:
        return Front()
    readers = None
    if inputs.gateway.authentication != "none":
        readers = Readers(
            f"{name}-readers",
            gateway=inputs.gateway,
            own_names=plan.names_beside_websites,
            login=credentials.gateway,
            salt=credentials.gateway_salt,
            vpc_origins=plan.internal,
            context=context,
            opts=opts,
        )
    secret = credentials.origin_secret
    distributions = Distributions(
        f"{name}-edge",
        inputs=inputs.edge,
        plan=plan,
        origins=lambda endpoint, parent: [own_origin(f"{name}-edge", endpoint, plan, load_balancer, secret, context.tags, parent)],
        certificate_arn=domain.certificate_arn if domain else None,
        readers=readers,
        console=functools.partial(Console, **_told(inputs, zones, credentials, context), context=context),
        context=context,
        opts=opts,
    )
    if load_balancer.log_bucket is not None:
        AccessLogs(f"{name}-edge-logs", distributions=distributions, load_balancer=load_balancer, context=context, opts=opts)
    return Front(readers=readers, distributions=distributions)


def _told(inputs: ResolvedInputs, zones: Mapping[str, str], credentials: Credentials, context: ClusterContext) -> dict[str, Any]:
    """What the console is told of a cluster."""
    least, most = inputs.pinning.factors(inputs.members.regions)
    cluster = page.Cluster(
        name=context.names.flat,
        replication_min=least,
        replication_max=most,
        storage_max_gib=inputs.storage.max_gib,
        gateway_authentication=inputs.gateway.authentication,
        read_only=inputs.read_only,
    )
    peers: Any = {node: [own.cluster_peer_id, own.kubo_peer_id] for node, own in credentials.nodes.items()}
    nodes: Any = pulumi.Output.from_input(peers).apply(lambda known: [page.Node(node, zones[node], *known[node]) for node in zones])
    return {"cluster": pulumi.Output.from_input(cluster), "nodes": nodes, "subdomain_gateway": inputs.edge.subdomain_gateway}
