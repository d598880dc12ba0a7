"""The container images that the program runs on one machine: `python -m tools.images` prints one a line."""

from ipfs_cluster.inputs.nodes import ResolvedNodes

from sandbox import front

IMAGES = (ResolvedNodes().kubo_image, ResolvedNodes().cluster_image, front.IMAGE)

if __name__ == "__main__":
    print(*IMAGES, sep="\n")
