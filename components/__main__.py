"""What makes this folder a Pulumi package for every language: its provider."""

import sys
from importlib.metadata import version

from ipfs_cluster.provider import Provider
from pulumi.provider import main

if __name__ == "__main__":
    main(Provider(version("ipfs-cluster-pulumi")), sys.argv[1:])
