"""One node, without load balancer and CloudFront: clients in the VPC use its private name."""

import pulumi
from ipfs_cluster import IpfsCluster

cluster = IpfsCluster("ipfs", {"nodes": {"count": 1}, "edge": {"mode": "none"}})

pulumi.export("vpc_id", cluster.vpc_id)
pulumi.export("dns_names", cluster.dns_names)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
