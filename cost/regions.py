"""The lines of traffic between the Regions of a cluster, pure."""

from collections.abc import Iterator

from .compute import cluster_environments
from .prices import Assumptions, Line, Prices, Resources

# Measured with real daemons at rest: 8.3 kB/s each way between two Regions of three nodes (docs/regions.md), for each pair of nodes.
_IDLE_GIB_OF_PAIR = 8300 / 9 * 3600 / 2**30


def regions(resources: Resources) -> int:
    """How many Regions the cluster is in."""
    return len({line.split()[0] for line in _nodes(resources)}) or 1


def between_regions(resources: Resources, a: Assumptions, prices: Prices) -> Iterator[Line]:
    """What the nodes send to other Regions: AWS bills who sends. An equal part of what is added is added in each Region, and goes to every node of
    the others that holds it.
    """
    environments, nodes = list(cluster_environments(resources)), _nodes(resources)
    here = {environment["CLUSTER_ID"] for environment in environments}
    own = {line.split()[0] for line in nodes if line.split()[2] in here}
    there = [line for line in nodes if line.split()[0] not in own]
    if not there:
        return
    copies = max(int(environment["REGION_COPIES"]) for environment in environments)
    holders = copies * (regions(resources) - 1) if copies else len(there)
    yield Line("transfer", "GiB added, sent to nodes in other Regions", a.added_gib / regions(resources) * holders, "between_regions_gib")
    yield Line("transfer", "GiB sent to other Regions at rest", len(here) * len(there) * _IDLE_GIB_OF_PAIR * prices.hours, "between_regions_gib")


def _nodes(resources: Resources) -> list[str]:
    """A line for each node of all Regions (ipfs_cluster/regions/member.py, nodes)."""
    return next((environment["REGION_NODES"].splitlines() for environment in cluster_environments(resources) if "REGION_NODES" in environment), [])
