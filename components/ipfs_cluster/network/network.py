"""The network: an own VPC or an existing one, and who may talk to whom."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from ..args import NetworkSettings
from ..daemons import kubo, task
from ..edge import plan as edge
from ..tags import Tags
from .firewall import ANYWHERE, egress, ingress

_NFS_PORT = 2049


@dataclass(frozen=True)
class Zones:
    """Which zones the network is for."""

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
    """The range of a zone's private subnet, where an internal load balancer stands."""
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
        self, name: str, settings: NetworkSettings, zones: Zones, private: bool, region: str, tags: Tags, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """``private`` says whether the swarm is."""
        super().__init__("ipfs-cluster:index:Network", name, {}, opts)
        self._name, self._tags = name, tags
        self._own = pulumi.ResourceOptions(parent=self)

        self.vpc_id: pulumi.Output[str]
        """ID of the VPC."""
        self.vpc_cidrs: pulumi.Output[list[str]]
        """The VPC's IPv4 ranges."""
        self.subnet_ids: dict[str, pulumi.Output[str]]
        """The public subnet of each zone."""
        self.load_balancer_subnet_ids: list[pulumi.Output[str]]
        """The load balancer's subnets; none without one."""
        if "vpc_id" in settings:
            self._use(settings, zones)
        elif settings["use_default_vpc"]:
            self._use_default(zones)
        else:
            self._create(settings["cidr"], zones, region)
        self._security_groups(private)
        self.register_outputs({"vpcId": self.vpc_id})

    # --- the VPC ------------------------------------------------------------------------------------------------------

    def _create(self, cidr: str, zones: Zones, region: str) -> None:
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
        self.subnet_ids = {zone: self._subnet("public", zone, vpc.id, public_cidr(cidr, zone), routes.id) for zone in zones.public}
        if not zones.internal:
            self.load_balancer_subnet_ids = [self.subnet_ids[zone] for zone in zones.load_balancer]
        elif zones.load_balancer:
            # No way out of these: what is in them only answers.
            inside = aws.ec2.RouteTable(f"{name}-private", vpc_id=vpc.id, tags=tags.named(f"{name}-private"), opts=own)
            self.load_balancer_subnet_ids = [self._subnet("private", zone, vpc.id, private_cidr(cidr, zone), inside.id) for zone in zones.load_balancer]
        else:
            self.load_balancer_subnet_ids = []
        self.vpc_id = vpc.id
        self.vpc_cidrs = pulumi.Output.from_input([cidr])

    def _subnet(self, kind: str, zone: str, vpc_id: pulumi.Output[str], cidr: str, routes: pulumi.Output[str]) -> pulumi.Output[str]:
        name = f"{self._name}-{kind}-{zone}"
        subnet = aws.ec2.Subnet(name, vpc_id=vpc_id, availability_zone=zone, cidr_block=cidr, tags=self._tags.named(name), opts=self._own)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes, opts=self._own)
        return subnet.id

    def _use(self, settings: NetworkSettings, zones: Zones) -> None:
        vpc_id, look_up = settings["vpc_id"], pulumi.InvokeOutputOptions(parent=self)
        found = aws.ec2.get_vpc_output(id=vpc_id, opts=look_up)
        self.vpc_id = found.apply(_usable_vpc)
        self.vpc_cidrs = found.apply(_ranges)

        def subnet(key: str, zone: str, check: Any) -> pulumi.Output[str]:
            given: Mapping[str, pulumi.Input[str]] = settings[key]  # type: ignore[literal-required]
            return aws.ec2.get_subnet_output(id=given[zone], vpc_id=vpc_id, opts=look_up).apply(lambda known: check(_in_zone(f"network.{key}", zone, known)).id)

        self.subnet_ids = {zone: subnet("subnet_ids", zone, lambda known: known) for zone in zones.nodes}
        key = "load_balancer_subnet_ids" if "load_balancer_subnet_ids" in settings else "subnet_ids"
        self.load_balancer_subnet_ids = [subnet(key, zone, _roomy(key)) for zone in zones.load_balancer]

    def _use_default(self, zones: Zones) -> None:
        look_up = pulumi.InvokeOutputOptions(parent=self)
        found = aws.ec2.get_vpc_output(default=True, opts=look_up)
        self.vpc_id = found.apply(_usable_vpc)
        self.vpc_cidrs = found.apply(_ranges)
        subnets = {
            zone: aws.ec2.get_subnet_output(vpc_id=self.vpc_id, availability_zone=zone, default_for_az=True, opts=look_up).id
            for zone in sorted({*zones.nodes, *zones.load_balancer})
        }
        self.subnet_ids = {zone: subnets[zone] for zone in zones.nodes}
        self.load_balancer_subnet_ids = [subnets[zone] for zone in zones.load_balancer]

    def ranges(self) -> pulumi.Output[str]:
        """ID of a prefix list of the VPC's ranges, for rules that admit its hosts: how many there are is known only later."""
        return aws.ec2.ManagedPrefixList(
            f"{self._name}-ranges",
            address_family="IPv4",
            entries=self.vpc_cidrs.apply(lambda cidrs: [{"cidr": cidr, "description": "a range of the VPC"} for cidr in cidrs]),
            max_entries=self.vpc_cidrs.apply(len),
            tags=self._tags.named(f"{self._name}-ranges"),
            opts=self._own,
        ).id

    def admit_vpc(self, endpoints: Sequence[edge.Endpoint]) -> None:
        """Lets the VPC's hosts use the nodes' services directly, where there is no load balancer."""
        ranges = self.ranges()
        for endpoint in endpoints:
            name, why = f"{self._name}-nodes-{endpoint.role}", f"{endpoint.role} from within the VPC"
            ingress(name, self.nodes_security_group_id, "tcp", endpoint.container_port, why, self._tags, self._own, prefix_list=ranges)

    # --- who may talk to whom -----------------------------------------------------------------------------------------

    def _security_groups(self, private: bool) -> None:
        nodes = self._group("nodes", "Nodes of the IPFS cluster")
        storage = self._group("storage", "File systems of the IPFS cluster")
        self.nodes_security_group_id: pulumi.Output[str] = nodes.id
        """The group of all nodes' tasks."""
        self.storage_security_group_id: pulumi.Output[str] = storage.id
        """The group of all file systems' mount targets."""

        def let_in(rule: str, group: aws.ec2.SecurityGroup, protocol: str, port: int, why: str, source: Optional[aws.ec2.SecurityGroup] = None) -> None:
            ingress(f"{self._name}-{rule}", group.id, protocol, port, why, self._tags, self._own, source=source.id if source else None)

        def let_out(rule: str, protocol: str, port: Optional[int], why: str, target: Optional[aws.ec2.SecurityGroup] = None) -> None:
            egress(f"{self._name}-{rule}", nodes.id, protocol, port, why, self._tags, self._own, target=target.id if target else None)

        let_in("nodes-cluster", nodes, "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", nodes)
        let_in("storage-nfs", storage, "tcp", _NFS_PORT, "NFS from nodes", nodes)
        if private:
            let_in("nodes-swarm", nodes, "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", nodes)
            let_out("nodes-to-swarm", "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", nodes)
            let_out("nodes-to-cluster", "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", nodes)
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


def _usable_vpc(vpc: aws.ec2.GetVpcResult) -> str:
    # Nodes find each other by private DNS names, which do not resolve without both.
    if vpc.enable_dns_support is False or vpc.enable_dns_hostnames is False:
        raise pulumi.RunError(f"network.vpc_id: {vpc.id} has DNS support or DNS host names off; switch both on.")
    return vpc.id


def _ranges(vpc: aws.ec2.GetVpcResult) -> list[str]:
    # A VPC may have more ranges than its first.
    return [association.cidr_block for association in vpc.cidr_block_associations or []] or [vpc.cidr_block]


def _in_zone(path: str, zone: str, subnet: aws.ec2.GetSubnetResult) -> aws.ec2.GetSubnetResult:
    if subnet.availability_zone != zone:
        raise pulumi.RunError(f"{path}[{zone!r}]: {subnet.id} is in {subnet.availability_zone}; give a subnet in {zone}.")
    return subnet


def _roomy(key: str) -> Any:
    """Refuses a subnet that is too small for a load balancer."""

    def check(subnet: aws.ec2.GetSubnetResult) -> aws.ec2.GetSubnetResult:
        where = f"network.{key}[{subnet.availability_zone!r}]: {subnet.id}"
        if not subnet.cidr_block:
            raise pulumi.RunError(f"{where} has no IPv4 addresses, which a load balancer and a VPC origin need; give another.")
        if ipaddress.IPv4Network(subnet.cidr_block).prefixlen > edge.LARGEST_PREFIX:
            raise pulumi.RunError(f"{where} ({subnet.cidr_block}) is too small for a load balancer; give one of /{edge.LARGEST_PREFIX} or larger.")
        return subnet

    return check
