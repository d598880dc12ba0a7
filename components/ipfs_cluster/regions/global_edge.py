"""One gateway and one API address for all Regions: a pair of distributions, and what chooses the Region of a request."""

import functools
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from ..context import ClusterContext
from ..credentials.credentials import Login
from ..edge import page
from ..edge.addresses import Addresses, targets
from ..edge.console import Console
from ..edge.distributions import Distributions
from ..edge.domain import Domain
from ..edge.origins import of_region
from ..edge.plan import Endpoint
from ..edge.readers import Readers
from ..edge.routes import origin_id
from ..edge.routing import Routing
from ..inputs import checks
from ..inputs.pinning import ResolvedPinning
from ..inputs.problems import path
from ..inputs.world import ResolvedGlobal
from .member import Member
from .member_edge import MemberEdge

Members = pulumi.Output[dict[str, Member]]


class GlobalEdge(pulumi.ComponentResource):
    """The edge of a cluster that is in several Regions."""

    def __init__(self, name: str, *, inputs: ResolvedGlobal, members: Members, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        """``members`` are those of all Regions, once they are known and nothing is wrong with them."""
        super().__init__("ipfs-cluster:index:GlobalEdge", name, {}, opts)
        self._name, self._inputs, self._members, self._context = name, inputs, members, context
        self._own = pulumi.ResourceOptions(parent=self)
        assert inputs.edge is not None  # noqa: S101 (created with it)
        plan = self._plan = inputs.plan
        self.store: aws.cloudfront.KeyValueStore = aws.cloudfront.KeyValueStore(
            # Its keys are not resources: who takes a Region out does that without an update, and the next one leaves it as it is.
            name,
            comment="The Regions of the IPFS cluster that are taken out",
            opts=self._own,
        )
        """The store that has the Regions that are taken out."""
        self.domain: Domain | None = Domain(f"{name}-domain", edge=inputs.edge, plan=plan, context=context, opts=self._own) if plan.hosts else None
        routing = Routing(
            regions=inputs.regions,
            writers=members.apply(lambda known: [member.region for member in writers(known)]),
            default=inputs.default_region,
            named=inputs.edge.region_name_parts,
            store_arn=self.store.arn,
            forwards_host=members.apply(lambda known: any(member.edge.https for member in known.values() if member.edge)),
            is_static=inputs.gateway.authentication == "token",
        )
        self.login: Login | None = None
        """The gateway's reader; none where it asks for no password."""
        self.readers: Readers | None = self._readers(routing)
        self.distributions: Distributions = Distributions(
            name,
            inputs=inputs.edge,
            plan=plan,
            origins=self._origins,
            certificate_arn=self.domain.certificate_arn if self.domain else None,
            readers=self.readers,
            console=functools.partial(Console, **self._told(), context=context),
            context=context,
            routing=routing,
            opts=self._own,
        )
        if self.domain:
            self.domain.point(targets(plan, None, self.distributions))
        self.addresses: Addresses = Addresses(
            plan=plan, balancer=None, distributions=self.distributions, domain=self.domain, credentials=None, account=context.account
        )
        """Where all of it is found."""
        self.regions: list[str] = list(inputs.regions)
        """The Regions that requests are sent to."""
        self.api_urls: dict[str, str] = {region: f"https://{host}" for host, region in plan.api_regions.items()}
        """Where each Region's own REST API is found."""
        self.kept: dict[str, pulumi.Output[str]] = {what: arn for part in (self.domain, self.readers) if part for what, arn in part.kept.items()}
        """What a destroy leaves: the ARNs, by what it is."""
        self.register_outputs({})

    def _edge(self, region: str) -> pulumi.Output[MemberEdge]:
        def of(members: Mapping[str, Member]) -> MemberEdge:
            edge = members[region].edge
            assert edge is not None  # noqa: S101 (checked with the members)
            return edge

        return self._members.apply(of)

    def _origins(self, endpoint: Endpoint, parent: pulumi.Resource) -> list[dict[str, Any]]:
        """An endpoint of all Regions."""
        found = []
        for region in self._inputs.regions:
            edge = self._edge(region)
            vpc_origin = edge.apply(lambda known: known.origins[endpoint.role])
            found.append(of_region(origin_id(endpoint.role, region), edge.apply(lambda known: known.domain_name), vpc_origin))
        return found

    def _readers(self, routing: Routing) -> Readers | None:
        gateway, name = self._inputs.gateway, f"{self._name}-readers"
        if gateway.authentication == "none":
            return None
        salt: pulumi.Output[str] | None = None
        if gateway.authentication == "basic":
            user = pulumi.Output.from_input(gateway.username) if gateway.username else random.RandomPet(f"{name}-user", length=2, opts=self._own).id
            own = gateway.password
            if own is not None:
                password: pulumi.Output[str] = checks.later(self._context.spelling, path("gateway.password"), own, checks.password_problem)
            else:
                password = random.RandomPassword(f"{name}-password", length=32, special=False, opts=self._own).result
            self.login = Login(user, pulumi.Output.secret(password))
            seed = random.RandomPassword(f"{name}-salt", length=64, special=False, opts=self._own)
            salt = pulumi.Output.secret(seed.result)
        return Readers(
            name,
            gateway=gateway,
            own_names=self._plan.names_beside_websites,
            login=self.login,
            salt=salt,
            vpc_origins=True,
            context=self._context,
            routing=routing,
            opts=self._own,
        )

    def _told(self) -> dict[str, Any]:
        """What the console is told of the cluster: of the Regions that it asks, where readers are not seen."""
        how, name = self._inputs.gateway.authentication, self._context.names.flat

        def cluster(members: Mapping[str, Member]) -> page.Cluster:
            own = writers(members)
            edges = [member.edge for member in own if member.edge]
            least, most = edges[0].replication
            pinning = ResolvedPinning(replication_min=least, replication_max=most, replicas_per_region=own[0].replicas_per_region)
            least, most = pinning.factors(len(own))
            return page.Cluster(
                name=name,
                replication_min=least,
                replication_max=most,
                storage_max_gib=min(edge.storage_max_gib for edge in edges),
                gateway_authentication=how,
            )

        def nodes(members: Mapping[str, Member]) -> list[page.Node]:
            # A node is named after its zone, further ones of a zone also by a number.
            return [
                page.Node(peer.node, re.sub(r"-\d+$", "", peer.node), peer.cluster_peer_id, peer.kubo_peer_id)
                for member in writers(members)
                for peer in member.peers
            ]

        return {"cluster": self._members.apply(cluster), "nodes": self._members.apply(nodes), "subdomain_gateway": self._plan.subdomain_gateway}


def writers(members: Mapping[str, Member]) -> list[Member]:
    """The members that take pins, by name."""
    return [member for _, member in sorted(members.items()) if not member.is_reader]
