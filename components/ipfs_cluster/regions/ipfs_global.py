"""What joins the Regions of a cluster: links between their networks, rules of their security groups, names, and one edge for all."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import lookups
from ..context import ClusterContext, Tags, output_map
from ..daemons import kubo, task
from ..inputs import world as inputs
from ..inputs.tags import OWN_TAG
from ..inputs.world import IpfsGlobalArgs
from ..naming import Names
from ..spelling import camel_case, current_spelling
from .global_edge import GlobalEdge
from .member import Member


@dataclass(frozen=True)
class Rule:
    """What the nodes of a Region let in from the other Regions."""

    name: str
    protocol: str
    first: int
    """The port; of ICMP the type."""
    last: int
    """The port; of ICMP the code."""
    why: str


def rules(swarm_mode: str) -> Iterator[Rule]:
    """What nodes of different Regions need from each other: the same as those of one, and what routers say of packets that are too long."""
    for name, port, why in (
        ("cluster", task.CLUSTER_PORT, "ipfs-cluster"),
        # What a node lacks it finds out from the others' APIs, and gets from their gateways (keeper.sh, verifier.sh).
        ("api", task.API_PORT, "The REST API"),
        ("gateway", kubo.GATEWAY_PORT, "The gateway"),
        *((("swarm", kubo.SWARM_PORT, "Private IPFS swarm"),) if swarm_mode == "private" else ()),  # a public one is open to the world
    ):
        yield Rule(name, "tcp", port, port, f"{why} between Regions")


# "Fragmentation needed": a security group passes it by a rule only (EC2 User Guide, "Path MTU Discovery").
_TOO_LONG = Rule("packet-too-long", "icmp", 3, 4, "Path MTU discovery between Regions")


class IpfsGlobal(pulumi.ComponentResource):
    """Joins the Regions of a cluster: VPC peering connections with their routes, rules of security groups, and each Region's private names in
    the others; and, with edge, one gateway and one REST API for all. Each Region is an IpfsCluster in a stack of its own.
    """

    peering_connection_ids: pulumi.Output[dict[str, str]]
    """ID of the VPC peering connection between two Regions, by both with a space between them; empty with link none."""
    gateway_url: pulumi.Output[str] | None
    """URL of the gateway of all Regions; none without edge."""
    api_url: pulumi.Output[str] | None
    """URL of the REST API of all Regions; none without edge."""
    api_urls: pulumi.Output[dict[str, str]]
    """URL of each Region's own REST API, by Region; empty without edge.domain."""
    pinning_service_url: pulumi.Output[str] | None
    """URL of the Pinning Service API of all Regions; none where it is not offered."""
    console_url: pulumi.Output[str] | None
    """URL of the console; none without edge or with edge.console false."""
    gateway_distribution_id: pulumi.Output[str] | None
    """ID of the gateway's CloudFront distribution, for invalidations; none without edge."""
    api_distribution_id: pulumi.Output[str] | None
    """ID of the REST API's CloudFront distribution; none without edge."""
    edge_regions: pulumi.Output[list[str]]
    """The Regions that the edge sends requests to; empty without edge."""
    edge_store_arn: pulumi.Output[str] | None
    """ARN of the CloudFront KeyValueStore that has the Regions that are taken out; none without edge."""
    dns_records: pulumi.Output[dict[str, str]]
    """The records to create if edge.domain has no edge.zone_id: the target (CNAME or alias) of each name; otherwise empty."""
    websites: pulumi.Output[dict[str, str]]
    """The websites of edge.websites, by host: ID of the hosted zone that their DNSLink record belongs in, empty where that is not the stack's."""
    publisher_policy: pulumi.Output[str] | None
    """IAM policy (JSON) for those who publish websites; none without websites."""
    gateway_username: pulumi.Output[str] | None
    """User name of the gateway; none unless it requires one."""
    gateway_password: pulumi.Output[str] | None
    """Password of the gateway, a secret; none unless it requires one."""
    gateway_user_pool_id: pulumi.Output[str] | None
    """ID of the Cognito user pool whose tokens the gateway accepts; none unless it requires tokens."""
    gateway_user_pool_client_id: pulumi.Output[str] | None
    """ID of the user pool's app client; none unless the gateway requires tokens."""
    retained: pulumi.Output[dict[str, str]]
    """What stays in the account when the stack is destroyed: ARNs, by what they are."""

    def __init__(self, name: str, args: IpfsGlobalArgs = {}, opts: pulumi.ResourceOptions | None = None) -> None:  # noqa: B006 (the analyzer takes no Optional)
        """Raises InvalidInput, before any resource is created, with every problem that the inputs have."""
        super().__init__("ipfs-cluster:index:IpfsGlobal", name, {}, opts)
        self._name, self._own = name, pulumi.ResourceOptions(parent=self)
        names = Names(component=name, stack=pulumi.get_stack(), project=pulumi.get_project())
        where, spelling = lookups.account(self), current_spelling()
        account = where.id
        given = inputs.resolve(names, args, account, lookups.hosted_zone(self, args))
        self._tags = Tags({OWN_TAG: names.flat, **given.tags})

        def join(values: Mapping[str, Any]) -> dict[str, pulumi.Output[str]]:
            return self._join(inputs.known(names, values, account, spelling), given.link)

        # Which resources there are depends on the members. With plain values they are there at once, and a preview shows all of them.
        if all(isinstance(value, str) for value in given.members.values()):
            self.peering_connection_ids = output_map(join(given.members))
        else:
            # By twos: a preview would delete the links of all Regions while one of them is new.
            pairs = [pulumi.Output.from_input(dict(pair)) for pair in itertools.combinations(sorted(given.members.items()), 2)]
            # What members are made of in the same program goes after their links.
            self._own = pulumi.ResourceOptions(parent=self, depends_on=pulumi.Output.all(*pairs).apply(lambda _: []))
            self.peering_connection_ids = pulumi.Output.all(*(pair.apply(join) for pair in pairs)).apply(
                lambda made: {pair: id_ for ids in made for pair, id_ in ids.items()}
            )
        self.edge: GlobalEdge | None = None
        if given.edge is not None:
            context = ClusterContext(account=where, names=names, tags=self._tags, retain=True, log_retention_days=0, spelling=spelling)
            known = pulumi.Output.from_input(dict(given.members)).apply(lambda values: inputs.known(names, values, account, spelling, given.plan))
            self.edge = GlobalEdge(f"{name}-edge", inputs=given, members=known, context=context, opts=self._own)
        self._set_outputs(self.edge)
        self.register_outputs({camel_case(output): getattr(self, output) for output in IpfsGlobal.__annotations__})

    def _set_outputs(self, edge: GlobalEdge | None) -> None:
        addresses, readers, login = (edge.addresses, edge.readers, edge.login) if edge else (None, None, None)
        self.gateway_url, self.api_url = (addresses.gateway_url, addresses.api_url) if addresses else (None, None)
        self.pinning_service_url, self.console_url = (addresses.pinning_service_url, addresses.console_url) if addresses else (None, None)
        self.api_urls = output_map(edge.api_urls if edge else {})
        self.gateway_distribution_id, self.api_distribution_id = (edge.distributions.gateway.id, edge.distributions.api.id) if edge else (None, None)
        self.edge_regions = pulumi.Output.from_input(edge.regions if edge else [])
        self.edge_store_arn = edge.store.arn if edge else None
        self.dns_records = output_map(addresses.records if addresses else {})
        self.websites = output_map(addresses.websites if addresses else {})
        self.publisher_policy = addresses.publisher_policy if addresses else None
        self.gateway_username, self.gateway_password = (login.username, login.password) if login else (None, None)
        self.gateway_user_pool_id, self.gateway_user_pool_client_id = (readers.user_pool_id, readers.user_pool_client_id) if readers else (None, None)
        self.retained = output_map(edge.kept if edge else {})

    def _join(self, members: Mapping[str, Member], link: str) -> dict[str, pulumi.Output[str]]:
        connections = {}
        for one, other in itertools.combinations(members.values(), 2):
            if link == "peering":
                connections[f"{one.region} {other.region}"] = self._peer(one, other)
        for here, there in itertools.permutations(members.values(), 2):
            self._admit(here, there)
            # Nodes are found by their private names, so each Region's are to resolve in the others.
            aws.route53.ZoneAssociation(
                f"{self._name}-{here.region}-names-in-{there.region}",
                zone_id=here.zone_id,
                vpc_id=there.vpc_id,
                vpc_region=there.region,
                opts=self._own,
            )
        return connections

    def _peer(self, one: Member, other: Member) -> pulumi.Output[str]:
        name = f"{self._name}-{one.region}-{other.region}"
        asked = aws.ec2.VpcPeeringConnection(
            name,
            region=one.region,
            vpc_id=one.vpc_id,
            peer_region=other.region,
            peer_vpc_id=other.vpc_id,
            tags=self._tags.named(name),
            opts=self._own,
        )
        # A connection between Regions is never accepted by who asks for it.
        accepted = aws.ec2.VpcPeeringConnectionAccepter(
            f"{name}-accepter",
            region=other.region,
            vpc_peering_connection_id=asked.id,
            auto_accept=True,
            tags=self._tags.named(name),
            opts=self._own,
        )
        for here, there in ((one, other), (other, one)):
            for (table, id_), range_ in itertools.product(sorted(here.route_tables.items()), there.ranges):
                aws.ec2.Route(
                    f"{self._name}-{here.region}-to-{there.region}-{table}-{_word(range_)}",
                    region=here.region,
                    route_table_id=id_,
                    destination_cidr_block=range_,
                    vpc_peering_connection_id=accepted.id,  # a route needs an active one
                    opts=self._own,
                )
        return accepted.id

    def _admit(self, here: Member, there: Member) -> None:
        """Security groups of another Region cannot be named, so its ranges are."""
        ports = list(rules(here.swarm_mode))
        for range_ in there.ranges:
            for rule in (*ports, _TOO_LONG):
                name = f"{self._name}-{here.region}-from-{there.region}-{rule.name}-{_word(range_)}"
                aws.vpc.SecurityGroupIngressRule(name, **self._rule(rule, here, range_))
            for rule in ports if here.swarm_mode == "private" else ():  # the nodes of a public one may go anywhere
                name = f"{self._name}-{here.region}-to-{there.region}-{rule.name}-{_word(range_)}"
                aws.vpc.SecurityGroupEgressRule(name, **self._rule(rule, here, range_))

    def _rule(self, rule: Rule, here: Member, range_: str) -> dict[str, Any]:
        return {
            "region": here.region,
            "security_group_id": here.security_group,
            "ip_protocol": rule.protocol,
            "from_port": rule.first,
            "to_port": rule.last,
            "cidr_ipv4": range_,
            "description": rule.why,
            "tags": self._tags.named(f"{self._name}-{rule.name}"),
            "opts": self._own,
        }


def _word(range_: str) -> str:
    return range_.replace("/", "-")
