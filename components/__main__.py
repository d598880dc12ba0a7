"""The provider host: what makes this folder a Pulumi package for every language."""

from importlib.metadata import version

from ipfs_cluster import IpfsCluster
from pulumi.provider.experimental import component_provider_host

if __name__ == "__main__":
    component_provider_host(
        name="ipfs-cluster",
        components=[IpfsCluster],
        version=version("ipfs-cluster-pulumi"),
    )
