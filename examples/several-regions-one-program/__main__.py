"""One cluster over three Regions in one program and one stack."""

import pulumi
from ipfs_cluster import IpfsGlobalCluster

world = IpfsGlobalCluster(
    "ipfs",
    {
        "all_regions": {"nodes": {"count": 2}},
        # A range for each Region; no two overlap. Without a line the Region is removed.
        "regions": {
            "eu-west-1": {"network": {"cidr": "10.94.0.0/16"}},
            "us-east-1": {"network": {"cidr": "10.95.0.0/16"}},
            "ap-northeast-1": {"network": {"cidr": "10.96.0.0/16"}, "nodes": {"memory": 4096}},
        },
        "tags": {"environment": pulumi.get_stack()},
    },
)
pulumi.export("gateway_urls", world.gateway_urls)
pulumi.export("api_urls", world.api_urls)
pulumi.export("api_username", world.api_username)
pulumi.export("api_password", world.api_password)
pulumi.export("cluster_outputs", world.cluster_outputs)
