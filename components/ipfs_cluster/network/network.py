"""The network: a new VPC or an existing one, and the security groups of nodes and file systems."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from ..context import ClusterContext
from ..daemons import kubo, task
from ..edge.plan import Endpoint, Plan
from ..inputs import checks
from ..inputs import network as inputs
from ..inputs.network import ResolvedNetwork
from ..inputs.problems import Key, path
from .firewall import ANYWHERE, egress, ingress

_NFS_PORT = 2049


@dataclass(frozen=True, kw_only=True)
class SubnetZones:
    """Which zones the network has subnets in."""

    nodes: list[str]
    load_balancer: Sequence[str]
    """Those of the nodes among them; none without a load balancer."""
    internal: bool
    """Whether the load balancer is."""

    @property
    def public(self) -> list[str]:
        """Those with a public subnet."""
        return sorted({*self.nodes, *(() if self.internal else self.load_balancer)})


def public_cidr(vpc_cidr: str, zone: str) -> str:
    """The range of a zone's public subnet in an own VPC: by the zone's letter, so that no other zone moves it.

    The VPC is cut into 32 ranges. The lower 16 are for public subnets, the upper 16 for an internal load balancer's.
    """
    return _range(vpc_cidr, zone, 0)


def private_cidr(vpc_cidr: str, zone: str) -> str:
    """The range of a zone's private subnet, for an internal load balancer."""
    return _range(vpc_cidr, zone, 16)


def _range(vpc_cidr: str, zone: str, first: int) -> str:
    letter = ord(zone[-1]) - ord("a")
    return str(list(ipaddress.IPv4Network(vpc_cidr).subnets(prefixlen_diff=5))[first + letter % 16])


class Network(pulumi.ComponentResource):
    """A VPC with a public subnet for each zone, private ones for the load balancer, and the security groups of nodes and file
    systems.

    Tasks have public addresses and go out through the internet gateway: a NAT gateway would cost more than a node. What
    comes in is decided by the security groups.
    """

    def __init__(
        self,
        name: str,
        *,
        network: ResolvedNetwork,
        zones: SubnetZones,
        plan: Plan,
        private: bool,
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``private`` says whether the swarm is."""
        super().__init__("ipfs-cluster:index:Network", name, {}, opts)
        self._name, self._tags, self._spelling = name, context.tags, context.spelling
        self._own = pulumi.ResourceOptions(parent=self)

        self.vpc_id: pulumi.Output[str]
        """ID of the VPC."""
        self.vpc_cidrs: pulumi.Output[list[str]]
        """The VPC's IPv4 ranges."""
        self.subnet_ids: dict[str, pulumi.Output[str]]
        """The public subnet of each zone."""
        self.load_balancer_subnet_ids: list[pulumi.Output[str]]
        """The load balancer's subnets; none without one."""
        self.route_tables: pulumi.Output[dict[str, str]]
        """IDs of the route tables of all these subnets: by public and private, of an existing VPC by the ID itself."""
        if network.vpc_id is not None:
            self._use(network, network.vpc_id, zones)
        elif network.use_default_vpc:
            self._use_default(zones)
        else:
            self._create(network.cidr, zones, context.account.region)
        self._security_groups(private)
        self.ranges: pulumi.Output[str] | None = self._ranges() if plan.admits_vpc else None
        """ID of a prefix list of the VPC's ranges, for rules that admit its hosts; none where CloudFront or ranges of clients are admitted."""
        if not plan.load_balancer:
            self._admit_vpc(plan.endpoints)
        self.register_outputs({"vpcId": self.vpc_id})

    # --- the VPC ------------------------------------------------------------------------------------------------------

    def _create(self, cidr: str, zones: SubnetZones, region: str) -> None:
        name, tags, own = self._name, self._tags, self._own
        vpc = aws.ec2.Vpc(f"{name}-vpc", cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True, tags=tags.named(name), opts=own)
        gateway = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags=tags.named(name), opts=own)
        routes = aws.ec2.RouteTable(f"{name}-public", vpc_id=vpc.id, tags=tags.named(f"{name}-public"), opts=own)
        aws.ec2.Route(f"{name}-internet", route_table_id=routes.id, destination_cidr_block=ANYWHERE, gateway_id=gateway.id, opts=own)
        # Free, and keeps image layers from ECR and backups off the internet gateway.
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[routes.id],
            tags=tags.named(f"{name}-s3"),
            opts=own,
        )
        tables = {"public": routes.id}
        self.subnet_ids = {zone: self._subnet("public", zone, vpc.id, public_cidr(cidr, zone), routes.id) for zone in zones.public}
        if not zones.internal:
            self.load_balancer_subnet_ids = [self.subnet_ids[zone] for zone in zones.load_balancer]
        elif zones.load_balancer:
            # No way out of these: what is in them only answers.
            inside = aws.ec2.RouteTable(f"{name}-private", vpc_id=vpc.id, tags=tags.named(f"{name}-private"), opts=own)
            tables["private"] = inside.id
            self.load_balancer_subnet_ids = [self._subnet("private", zone, vpc.id, private_cidr(cidr, zone), inside.id) for zone in zones.load_balancer]
        else:
            self.load_balancer_subnet_ids = []
        self.vpc_id = vpc.id
        self.vpc_cidrs = pulumi.Output.from_input([cidr])
        self.route_tables = pulumi.Output.all(**tables)

    def _subnet(self, kind: str, zone: str, vpc_id: pulumi.Output[str], cidr: str, routes: pulumi.Output[str]) -> pulumi.Output[str]:
        name = f"{self._name}-{kind}-{zone}"
        subnet = aws.ec2.Subnet(name, vpc_id=vpc_id, availability_zone=zone, cidr_block=cidr, tags=self._tags.named(name), opts=self._own)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes, opts=self._own)
        return subnet.id

    def _use(self, network: ResolvedNetwork, vpc_id: pulumi.Input[str], zones: SubnetZones) -> None:
        look_up = pulumi.InvokeOutputOptions(parent=self)
        self._look_up_vpc(aws.ec2.get_vpc_output(id=vpc_id, opts=look_up))

        def subnet_id(group: str, zone: str, check_size: bool) -> pulumi.Output[str]:
            where = path("network", group, Key(zone))

            def checked(subnet: aws.ec2.GetSubnetResult) -> str:
                checks.refuse(self._spelling, inputs.zone_problem(where, zone, subnet.id, subnet.availability_zone))
                if check_size:
                    checks.refuse(self._spelling, inputs.size_problem(where, subnet.id, subnet.cidr_block))
                return subnet.id

            return aws.ec2.get_subnet_output(id=getattr(network, group)[zone], vpc_id=vpc_id, opts=look_up).apply(checked)

        self.subnet_ids = {zone: subnet_id("subnet_ids", zone, False) for zone in zones.nodes}
        group = "load_balancer_subnet_ids" if network.load_balancer_subnet_ids else "subnet_ids"
        self.load_balancer_subnet_ids = [subnet_id(group, zone, True) for zone in zones.load_balancer]
        self.route_tables = self._look_up_route_tables()

    def _use_default(self, zones: SubnetZones) -> None:
        look_up = pulumi.InvokeOutputOptions(parent=self)
        self._look_up_vpc(aws.ec2.get_vpc_output(default=True, opts=look_up))
        subnets = {
            zone: aws.ec2.get_subnet_output(vpc_id=self.vpc_id, availability_zone=zone, default_for_az=True, opts=look_up).id
            for zone in sorted({*zones.nodes, *zones.load_balancer})
        }
        self.subnet_ids = {zone: subnets[zone] for zone in zones.nodes}
        self.load_balancer_subnet_ids = [subnets[zone] for zone in zones.load_balancer]
        self.route_tables = self._look_up_route_tables()

    def _look_up_route_tables(self) -> pulumi.Output[dict[str, str]]:
        """The subnets' own tables; a subnet without one is routed by the VPC's main table."""
        look_up = pulumi.InvokeOutputOptions(parent=self)

        def tables(name: str, value: pulumi.Input[str]) -> pulumi.Output[list[str]]:
            filters: Any = [{"name": name, "values": [value]}]
            return aws.ec2.get_route_tables_output(vpc_id=self.vpc_id, filters=filters, opts=look_up).ids

        main = tables("association.main", "true")
        own = [tables("association.subnet-id", subnet) for subnet in (*self.subnet_ids.values(), *self.load_balancer_subnet_ids)]
        return pulumi.Output.all(main, *own).apply(lambda found: {table: table for ids in found[1:] for table in ids or found[0]})

    def _look_up_vpc(self, vpc: pulumi.Output[aws.ec2.GetVpcResult]) -> None:
        def checked(vpc: aws.ec2.GetVpcResult) -> str:
            checks.refuse(self._spelling, inputs.vpc_problem(vpc.id, vpc.enable_dns_support, vpc.enable_dns_hostnames))
            return vpc.id

        self.vpc_id = vpc.apply(checked)
        self.vpc_cidrs = vpc.apply(_cidrs)

    def _ranges(self) -> pulumi.Output[str]:
        # A prefix list, since the number of ranges is known only later.
        return aws.ec2.ManagedPrefixList(
            f"{self._name}-ranges",
            address_family="IPv4",
            entries=self.vpc_cidrs.apply(_entries),
            max_entries=self.vpc_cidrs.apply(len),
            tags=self._tags.named(f"{self._name}-ranges"),
            opts=self._own,
        ).id

    def _admit_vpc(self, endpoints: Sequence[Endpoint]) -> None:
        """Lets the VPC's hosts use the nodes' services directly, where there is no load balancer."""
        for endpoint in endpoints:
            name, why = f"{self._name}-nodes-{endpoint.role}", f"{endpoint.role} from within the VPC"
            ingress(name, self.nodes_security_group_id, "tcp", endpoint.container_port, why, self._tags, self._own, prefix_list=self.ranges)

    # --- security groups ----------------------------------------------------------------------------------------------

    def _security_groups(self, private: bool) -> None:
        nodes = self._group("nodes", "Nodes of the IPFS cluster")
        storage = self._group("storage", "File systems of the IPFS cluster")
        self.nodes_security_group_id: pulumi.Output[str] = nodes.id
        """The group of all nodes' tasks."""
        self.storage_security_group_id: pulumi.Output[str] = storage.id
        """The group of all file systems' mount targets."""

        def let_in(rule: str, group: aws.ec2.SecurityGroup, protocol: str, port: int, why: str, source: aws.ec2.SecurityGroup | None = None) -> None:
            ingress(f"{self._name}-{rule}", group.id, protocol, port, why, self._tags, self._own, source=source.id if source else None)

        def let_out(rule: str, protocol: str, port: int | None, why: str, target: aws.ec2.SecurityGroup | None = None) -> None:
            egress(f"{self._name}-{rule}", nodes.id, protocol, port, why, self._tags, self._own, target=target.id if target else None)

        let_in("nodes-cluster", nodes, "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", nodes)
        # What a node lacks it finds out from the others' APIs, and gets from their gateways (keeper.sh, verifier.sh).
        let_in("nodes-repair-api", nodes, "tcp", task.API_PORT, "The REST API between nodes", nodes)
        let_in("nodes-repair-gateway", nodes, "tcp", kubo.GATEWAY_PORT, "The gateway between nodes", nodes)
        let_in("storage-nfs", storage, "tcp", _NFS_PORT, "NFS from nodes", nodes)
        if private:
            let_in("nodes-swarm", nodes, "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", nodes)
            let_out("nodes-to-swarm", "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", nodes)
            let_out("nodes-to-cluster", "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", nodes)
            let_out("nodes-to-api", "tcp", task.API_PORT, "The REST API between nodes", nodes)
            let_out("nodes-to-gateway", "tcp", kubo.GATEWAY_PORT, "The gateway between nodes", nodes)
            let_out("nodes-to-storage", "tcp", _NFS_PORT, "NFS to file systems", storage)
            let_out("nodes-to-https", "tcp", 443, "Images, secrets and logs")
        else:
            let_in("nodes-swarm-tcp", nodes, "tcp", kubo.SWARM_PORT, "IPFS swarm, public")
            let_in("nodes-swarm-udp", nodes, "udp", kubo.SWARM_PORT, "IPFS swarm over QUIC, public")
            let_out("nodes-to-anywhere", "-1", None, "Peers of the IPFS network are anywhere, on any port")

    def _group(self, role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._name}-{role}", vpc_id=self.vpc_id, description=description, tags=self._tags.named(f"{self._name}-{role}"), opts=self._own
        )


def _entries(cidrs: list[str]) -> list[Any]:
    return [{"cidr": cidr, "description": "a range of the VPC"} for cidr in cidrs]


def _cidrs(vpc: aws.ec2.GetVpcResult) -> list[str]:
    # A VPC may have more ranges than its first.
    return [association.cidr_block for association in vpc.cidr_block_associations or []] or [vpc.cidr_block]
