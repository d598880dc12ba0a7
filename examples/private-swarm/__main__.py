"""A private swarm: five nodes that connect only to each other, every pin on two or three of them, the gateway behind a password."""

import pulumi
from ipfs_cluster import IpfsCluster

cluster = IpfsCluster(
    "ipfs",
    {
        "nodes": {"count": 5},
        "swarm": {"mode": "private"},
        "pinning": {"replication_min": 2, "replication_max": 3},
        "gateway": {"authentication": "basic"},
    },
)

pulumi.export("gateway_url", cluster.gateway_url)
pulumi.export("gateway_username", cluster.gateway_username)
pulumi.export("gateway_password", cluster.gateway_password)
pulumi.export("api_url", cluster.api_url)
pulumi.export("api_username", cluster.api_username)
pulumi.export("api_password", cluster.api_password)
