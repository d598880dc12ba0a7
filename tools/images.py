"""The container images that the program runs on one machine: `python -m tools.images` prints one a line."""

from ipfs_cluster.inputs.nodes import ResolvedNodes

from sandbox import front
from sandbox.regions import link

NODE_IMAGES = (ResolvedNodes().kubo_image, ResolvedNodes().cluster_image, front.IMAGE)
"""Of a cluster in one Region."""
IMAGES = (*NODE_IMAGES, link.IMAGE)

if __name__ == "__main__":
    print(*IMAGES, sep="\n")
