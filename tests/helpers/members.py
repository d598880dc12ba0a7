"""Members of a cluster over several Regions, as they come in inputs."""

from typing import Any

from ipfs_cluster.daemons.task import Peer
from ipfs_cluster.regions import member, shared_secrets
from ipfs_cluster.regions.member import Member

from tests.helpers.inputs import PEER_ID

ACCOUNT = "123456789012"
SHARED = shared_secrets.text({"clusterSecret": "0" * 64, "api": "user:correct-horse"})
DIGITS = "123456789ABCDEFG"


def peer_id(region: str, number: int) -> str:
    """A peer ID of its own for each node."""
    letters = "".join(DIGITS[byte % 16] for byte in region.encode())[-8:]
    return PEER_ID[: -len(letters) - 1] + letters + DIGITS[number]


def made(region: str = "us-east-1", **given: Any) -> Member:
    fields: dict[str, Any] = {
        "region": region,
        "account": ACCOUNT,
        "swarm_mode": "public",
        "replicas_per_region": None,
        "vpc_id": "vpc-1",
        "ranges": [f"10.{100 + len(region)}.0.0/16"],
        "route_tables": {"public": "rtb-1"},
        "security_group": "sg-1",
        "zone": f"ipfs.{region}.ipfs-cluster.internal",
        "zone_id": "Z1",
        "peers": [Peer(f"{region}{letter}", f"node-{letter}.{region}.internal", peer_id(region, n), peer_id(region, n + 2)) for n, letter in enumerate("ab")],
    }
    return Member(**{**fields, **given})


def text(region: str = "us-east-1", **given: Any) -> str:
    return member.text(made(region, **given))


def others(**members: str) -> dict[str, Any]:
    return {"members": {"others": {region.replace("_", "-"): value for region, value in members.items()}}}


TWO = {"eu-west-1": text("eu-west-1", ranges=["10.94.0.0/16"]), "us-east-1": text(ranges=["10.95.0.0/16"])}
