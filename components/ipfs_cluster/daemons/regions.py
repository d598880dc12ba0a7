"""Pure: what changes in the daemons' settings as soon as a cluster is in several Regions. What was measured was so over 80 and 240 ms."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..spelling import Spelling
from . import scripts

_TTL = "10s"


@dataclass(frozen=True)
class Regions:
    """How a cluster is spread over Regions."""

    several: bool = False
    """Whether there are nodes in other Regions."""
    copies_in_each: int = 0
    """How many nodes of each Region are to hold a pin; 0 if that does not matter."""
    nodes: Sequence[str] = ()
    """The nodes of all Regions, as regions.sh takes them."""

    @property
    def system_controls(self) -> list[dict[str, str]]:
        """Kernel parameters that a task has more."""
        # A peering between Regions takes packets of 8,500 bytes, a VPC those of 9,001 (EC2 User Guide, "Network MTU"). If what says so is
        # lost on the way, the kernel finds the size out by itself.
        return [{"namespace": "net.ipv4.tcp_mtu_probing", "value": "1"}] if self.several else []

    def keeper(self, spelling: Spelling, compared: Sequence[str]) -> dict[str, str]:
        """The environment that the keeper takes, and what looks at the other Regions beside it; both parameters are as in scripts.keeper."""
        keeper = scripts.keeper(spelling, compared)
        if not self.several:
            return {"KEEPER_SCRIPT": keeper}
        looks = f"(\n{scripts.read('regions.sh', spelling)}) &\n"
        return {"KEEPER_SCRIPT": looks + keeper, "REGION_COPIES": str(self.copies_in_each), "REGION_NODES": "\n".join(self.nodes)}

    def settings(self, region: str, zone: str, *, s3: bool) -> dict[str, str]:
        """Settings of ipfs-cluster in a zone of a Region, that come on top of the others, and replace them. ``s3``: blocks are in S3."""
        by = "pinqueue" if s3 else "freespace"  # kubo does not count what is in S3
        return {**(_over_a_distance(by) if self.several else {}), **(_spread(region, zone, by) if self.copies_in_each else {})}


def _over_a_distance(by: str) -> dict[str, str]:
    return {
        # Both sides would dial from the port that they listen on. Two such dials that cross become one connection that fails on both sides
        # (libp2p/go-libp2p#2925): nodes that started together did not connect in 100 s at 160 ms, without it in 3 s.
        "LIBP2P_TCP_REUSEPORT": "false",
        "CLUSTER_DIALPEERTIMEOUT": "3s",  # a dial takes about three round trips: with 1s never at 400 ms
        # How long a Region that is lost is still given copies (default 30s).
        "CLUSTER_TAGS_METRICTTL": _TTL,
        f"CLUSTER_{'PINQUEUE' if by == 'pinqueue' else 'DISK'}_METRICTTL": _TTL,
    }


def _spread(region: str, zone: str, by: str) -> dict[str, str]:
    """Copies go round the Regions first, then round the zones."""
    return {"CLUSTER_TAGS_TAGS": f"group:{zone},region:{region}", "CLUSTER_BALANCED_ALLOCATEBY": f"tag:region,tag:group,{by}"}
