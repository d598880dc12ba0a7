"""The network: an own VPC or an existing one, and who may talk to whom."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from . import kubo, task
from .args import NetworkSettings
from .tags import Tags

_ANYWHERE = "0.0.0.0/0"
_NFS_PORT = 2049


def public_cidr(vpc_cidr: str, zone: str) -> str:
    """The range of a zone's public subnet in an own VPC: by the zone's letter, so that no other zone moves it.

    The VPC is cut into 32 ranges. The lower 16 are for public subnets; the upper 16 are kept for the load balancer.
    """
    block = ipaddress.IPv4Network(vpc_cidr)
    letter = ord(zone[-1]) - ord("a")
    return str(list(block.subnets(prefixlen_diff=5))[letter % 16])


class Network(pulumi.ComponentResource):
    """A VPC with a public subnet for each zone, and the security groups of nodes and file systems.

    Tasks have public addresses and go out through the internet gateway: a NAT gateway would cost more than a node. What
    comes in is decided by the security groups.
    """

    def __init__(
        self, name: str, settings: NetworkSettings, zones: Sequence[str], private: bool, region: str, tags: Tags, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("ipfs-cluster:index:Network", name, {}, opts)
        self._name, self._tags = name, tags
        self._own = pulumi.ResourceOptions(parent=self)

        self.vpc_id: pulumi.Output[str]
        """ID of the VPC."""
        self.vpc_cidrs: pulumi.Output[list[str]]
        """The VPC's IPv4 ranges."""
        self.subnet_ids: dict[str, pulumi.Output[str]]
        """The public subnet of each zone."""
        if "vpc_id" in settings:
            self._use(pulumi.Output.from_input(settings["vpc_id"]), settings["subnet_ids"], zones)
        elif settings["use_default_vpc"]:
            self._use_default(zones)
        else:
            self._create(settings["cidr"], zones, region)
        self._security_groups(private)
        self.register_outputs({"vpcId": self.vpc_id})

    # --- the VPC ------------------------------------------------------------------------------------------------------

    def _create(self, cidr: str, zones: Sequence[str], region: str) -> None:
        name, tags, own = self._name, self._tags, self._own
        vpc = aws.ec2.Vpc(f"{name}-vpc", cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True, tags=tags.named(name), opts=own)
        gateway = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags=tags.named(name), opts=own)
        routes = aws.ec2.RouteTable(f"{name}-public", vpc_id=vpc.id, tags=tags.named(f"{name}-public"), opts=own)
        aws.ec2.Route(f"{name}-internet", route_table_id=routes.id, destination_cidr_block=_ANYWHERE, gateway_id=gateway.id, opts=own)
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
        self.subnet_ids = {}
        for zone in zones:
            subnet = aws.ec2.Subnet(
                f"{name}-public-{zone}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=public_cidr(cidr, zone),
                tags=tags.named(f"{name}-public-{zone}"),
                opts=own,
            )
            aws.ec2.RouteTableAssociation(f"{name}-public-{zone}", subnet_id=subnet.id, route_table_id=routes.id, opts=own)
            self.subnet_ids[zone] = subnet.id
        self.vpc_id = vpc.id
        self.vpc_cidrs = pulumi.Output.from_input([cidr])

    def _use(self, vpc_id: pulumi.Output[str], subnet_ids: Mapping[str, pulumi.Input[str]], zones: Sequence[str]) -> None:
        found = aws.ec2.get_vpc_output(id=vpc_id, opts=pulumi.InvokeOutputOptions(parent=self))
        self.vpc_id = found.apply(_usable_vpc)
        self.vpc_cidrs = found.apply(_ranges)
        self.subnet_ids = {
            zone: aws.ec2.get_subnet_output(id=subnet_ids[zone], vpc_id=vpc_id, opts=pulumi.InvokeOutputOptions(parent=self)).apply(_in_zone(zone))
            for zone in zones
        }

    def _use_default(self, zones: Sequence[str]) -> None:
        found = aws.ec2.get_vpc_output(default=True, opts=pulumi.InvokeOutputOptions(parent=self))
        self.vpc_id = found.apply(_usable_vpc)
        self.vpc_cidrs = found.apply(_ranges)
        self.subnet_ids = {
            zone: aws.ec2.get_subnet_output(
                vpc_id=self.vpc_id, availability_zone=zone, default_for_az=True, opts=pulumi.InvokeOutputOptions(parent=self)
            ).apply(_in_zone(zone))
            for zone in zones
        }

    # --- who may talk to whom -----------------------------------------------------------------------------------------

    def _security_groups(self, private: bool) -> None:
        nodes = self._group("nodes", "Nodes of the IPFS cluster")
        storage = self._group("storage", "File systems of the IPFS cluster")
        self.nodes_security_group_id: pulumi.Output[str] = nodes.id
        """The group of all nodes' tasks."""
        self.storage_security_group_id: pulumi.Output[str] = storage.id
        """The group of all file systems' mount targets."""

        self._ingress("nodes-cluster", nodes, "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", source=nodes)
        self._ingress("storage-nfs", storage, "tcp", _NFS_PORT, "NFS from nodes", source=nodes)
        if private:
            self._ingress("nodes-swarm", nodes, "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", source=nodes)
            self._egress("nodes-to-swarm", nodes, "tcp", kubo.SWARM_PORT, "Private IPFS swarm between nodes", target=nodes)
            self._egress("nodes-to-cluster", nodes, "tcp", task.CLUSTER_PORT, "ipfs-cluster between nodes", target=nodes)
            self._egress("nodes-to-storage", nodes, "tcp", _NFS_PORT, "NFS to file systems", target=storage)
            self._egress("nodes-to-https", nodes, "tcp", 443, "Images, secrets and logs")
        else:
            self._ingress("nodes-swarm-tcp", nodes, "tcp", kubo.SWARM_PORT, "IPFS swarm, public")
            self._ingress("nodes-swarm-udp", nodes, "udp", kubo.SWARM_PORT, "IPFS swarm over QUIC, public")
            self._egress("nodes-to-anywhere", nodes, "-1", None, "Peers of the IPFS network are anywhere, on any port")

    def _group(self, role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._name}-{role}", vpc_id=self.vpc_id, description=description, tags=self._tags.named(f"{self._name}-{role}"), opts=self._own
        )

    def _ingress(self, rule: str, group: aws.ec2.SecurityGroup, protocol: str, port: int, why: str, source: Optional[aws.ec2.SecurityGroup] = None) -> None:
        aws.vpc.SecurityGroupIngressRule(f"{self._name}-{rule}", **self._rule(rule, group, protocol, port, why, source), opts=self._own)

    def _egress(
        self, rule: str, group: aws.ec2.SecurityGroup, protocol: str, port: Optional[int], why: str, target: Optional[aws.ec2.SecurityGroup] = None
    ) -> None:
        aws.vpc.SecurityGroupEgressRule(f"{self._name}-{rule}", **self._rule(rule, group, protocol, port, why, target), opts=self._own)

    def _rule(
        self, rule: str, group: aws.ec2.SecurityGroup, protocol: str, port: Optional[int], why: str, other: Optional[aws.ec2.SecurityGroup]
    ) -> dict[str, Any]:
        return {
            "security_group_id": group.id,
            "ip_protocol": protocol,
            "from_port": port,
            "to_port": port,
            **({"referenced_security_group_id": other.id} if other else {"cidr_ipv4": _ANYWHERE}),
            "description": why,
            "tags": self._tags.named(f"{self._name}-{rule}"),
        }


def _usable_vpc(vpc: aws.ec2.GetVpcResult) -> str:
    # Nodes find each other by private DNS names, which do not resolve without both.
    if vpc.enable_dns_support is False or vpc.enable_dns_hostnames is False:
        raise pulumi.RunError(f"network.vpc_id: {vpc.id} has DNS support or DNS host names off; switch both on.")
    return vpc.id


def _ranges(vpc: aws.ec2.GetVpcResult) -> list[str]:
    # A VPC may have more ranges than its first.
    return [association.cidr_block for association in vpc.cidr_block_associations or []] or [vpc.cidr_block]


def _in_zone(zone: str) -> Any:
    def check(subnet: aws.ec2.GetSubnetResult) -> str:
        if subnet.availability_zone != zone:
            raise pulumi.RunError(f"network.subnet_ids[{zone!r}]: {subnet.id} is in {subnet.availability_zone}; give a subnet in {zone}.")
        return subnet.id

    return check
