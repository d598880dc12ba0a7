"""The architecture, in code: network, credentials, nodes."""

from collections.abc import Mapping
from typing import Optional

import pulumi
import pulumi_aws as aws

from . import args as inputs
from .args import IpfsClusterArgs
from .credentials import Credentials
from .naming import Names
from .network import Network
from .node import IpfsNode, Site
from .permissions import Account
from .tags import Tags
from .zones import Zone, place


class IpfsCluster(pulumi.ComponentResource):
    """An IPFS pinning cluster on AWS: nodes of kubo and ipfs-cluster on Fargate and EFS, spread over availability zones."""

    vpc_id: pulumi.Output[str]
    """ID of the VPC that the cluster is in."""
    cluster_arn: pulumi.Output[str]
    """ARN of the ECS cluster."""
    api_username: Optional[pulumi.Output[str]]
    """User name of the REST API; none where credentials.api_credentials_parameter holds it."""
    api_password: Optional[pulumi.Output[str]]
    """Password of the REST API, a secret; none where credentials.api_credentials_parameter holds it."""
    api_credentials_parameter: pulumi.Output[str]
    """Name of the SSM parameter that holds the REST API's credentials as `user:password`."""
    kubo_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's kubo, by node."""
    cluster_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's ipfs-cluster, by node."""
    file_system_ids: pulumi.Output[dict[str, str]]
    """ID of each node's EFS file system, by node."""
    dns_names: pulumi.Output[dict[str, str]]
    """Private DNS name of each node, by node."""
    execute_commands: pulumi.Output[dict[str, str]]
    """A command line that opens a shell in each node's ipfs-cluster container, by node; empty without ECS Exec."""

    def __init__(self, name: str, args: IpfsClusterArgs = {}, opts: Optional[pulumi.ResourceOptions] = None) -> None:  # noqa: B006 (the analyzer takes no Optional)
        """Raises InvalidInput, before any resource is made, naming every problem with the inputs."""
        super().__init__("ipfs-cluster:index:IpfsCluster", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        account, available = _look_up(self)
        names = Names(component=name, stack=pulumi.get_stack(), project=pulumi.get_project())
        settings = inputs.resolve(names, args, account.region, available)
        nodes, private = settings["nodes"], settings["swarm"]["mode"] == "private"
        tags = Tags({"ipfs-cluster": names.flat, **settings["tags"]})
        places = place(nodes["count"], nodes["zones"])
        zones = sorted({place.zone for place in places})

        self.network: Network = Network(f"{name}-network", settings["network"], zones, private, account.region, tags, opts=own)
        self.credentials: Credentials = Credentials(
            f"{name}-credentials", settings["credentials"], settings["api"], [p.node for p in places], private, names, account, tags, opts=own
        )
        self.ecs_cluster: aws.ecs.Cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            settings=[{"name": "containerInsights", "value": settings["monitoring"]["container_insights"]}],
            tags=tags.named(name),
            opts=own,
        )
        capacity = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity", cluster_name=self.ecs_cluster.name, capacity_providers=["FARGATE", "FARGATE_SPOT"], opts=own
        )
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            f"{name}-namespace", name=names.namespace, vpc=self.network.vpc_id, description="Nodes of the IPFS cluster", tags=tags.named(name), opts=own
        )
        site = Site(settings, account, names, tags, self.network, self.credentials, self.ecs_cluster, capacity, namespace)
        self.nodes: dict[str, IpfsNode] = {}
        before: Optional[IpfsNode] = None
        for index, place_ in enumerate(places):
            spot = nodes["spot"] == "all" or (nodes["spot"] == "all-but-one" and index > 0)
            before = IpfsNode(f"{name}-{place_.node}", place_, site, spot, after=before, opts=own)
            self.nodes[place_.node] = before

        self.vpc_id = self.network.vpc_id
        self.cluster_arn = self.ecs_cluster.arn
        self.api_username = self.credentials.api_username
        self.api_password = self.credentials.api_password
        self.api_credentials_parameter = self.credentials.api_parameter
        self.kubo_peer_ids = _by_node({node: known.kubo_peer_id for node, known in self.credentials.nodes.items()})
        self.cluster_peer_ids = _by_node({node: known.cluster_peer_id for node, known in self.credentials.nodes.items()})
        self.file_system_ids = _by_node({node: known.storage.file_system.id for node, known in self.nodes.items()})
        self.dns_names = _by_node({node: known.dns_name for node, known in self.nodes.items()})
        commands = {node: known.execute_command for node, known in self.nodes.items()} if nodes["enable_execute_command"] else {}
        self.execute_commands = _by_node(commands)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "clusterArn": self.cluster_arn,
                "apiUsername": self.api_username,
                "apiPassword": self.api_password,
                "apiCredentialsParameter": self.api_credentials_parameter,
                "kuboPeerIds": self.kubo_peer_ids,
                "clusterPeerIds": self.cluster_peer_ids,
                "fileSystemIds": self.file_system_ids,
                "dnsNames": self.dns_names,
                "executeCommands": self.execute_commands,
            }
        )


def _by_node(values: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(list(values), *values.values()).apply(lambda known: dict(zip(known[0], known[1:], strict=True)))


def _look_up(parent: pulumi.Resource) -> tuple[Account, list[Zone]]:
    """Where the stack is deployed to. Asked at once and not as Outputs, since the number of resources depends on it."""
    options = pulumi.InvokeOptions(parent=parent)
    zones = aws.get_availability_zones(filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}], opts=options)
    account = Account(
        id=aws.get_caller_identity(opts=options).account_id,
        region=aws.get_region(opts=options).region,
        partition=aws.get_partition(opts=options).partition,
    )
    return account, [Zone(name, id_) for name, id_ in zip(zones.names, zones.zone_ids, strict=True)]
