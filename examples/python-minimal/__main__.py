"""A cluster with all defaults: three nodes, each in its own zone, behind CloudFront."""

import pulumi
from ipfs_cluster import IpfsCluster

cluster = IpfsCluster("ipfs")

pulumi.export("gateway_url", cluster.gateway_url)
pulumi.export("api_url", cluster.api_url)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
