"""One program for all environments: what differs between them is in each stack's configuration."""

import pulumi
from ipfs_cluster import IpfsCluster
from ipfs_cluster.config import args_from_config, named_as_configured

with named_as_configured():
    cluster = IpfsCluster("ipfs", args_from_config(pulumi.Config()))

pulumi.export("gateway_url", cluster.gateway_url)
pulumi.export("api_url", cluster.api_url)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
