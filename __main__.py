"""The program: stack configuration in, one IpfsCluster, its outputs out."""

import pulumi
from ipfs_cluster import IpfsCluster
from ipfs_cluster.config import args_from_config, named_as_configured

with named_as_configured():
    cluster = IpfsCluster("ipfs", args_from_config(pulumi.Config()))

for output in IpfsCluster.__annotations__:
    pulumi.export(output, getattr(cluster, output))
