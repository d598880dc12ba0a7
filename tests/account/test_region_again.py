"""A Region whose stack is gone and is created again with the private keys that were kept: the others need not hear of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.helpers.regions import FIRST, SECOND, SMALL, STACKS, World, again
from tests.helpers.support import environment

ZONES = ("us-east-1a", "us-east-1b")


def identities(member: str) -> dict[str, Any]:
    """As docs/regions.md has it: the peer IDs of the old member, and the parameters with their keys."""
    path = f"/ipfs/ipfs-cluster/{STACKS[SECOND]}/nodes"
    return {
        peer["node"]: {
            "kuboPeerId": peer["kuboPeerId"],
            "kuboPrivateKeyParameter": f"{path}/{peer['node']}/kubo-private-key",
            "clusterPeerId": peer["clusterPeerId"],
            "clusterPrivateKeyParameter": f"{path}/{peer['node']}/cluster-private-key",
        }
        for peer in json.loads(member)["peers"]
    }


def settings(world: World, region: str, node: str) -> tuple[str, ...]:
    """What a node of a Region knows of the others."""
    found = environment(world.clusters[region].containers(node)["ipfs-cluster"])
    return found["CLUSTER_PEERADDRESSES"], found["CLUSTER_CRDT_TRUSTEDPEERS"]


@pytest.mark.parametrize("kept", [True, False], ids=["with its keys", "without"])
def test_a_region_that_is_created_again(kept: bool, tmp_path: Path) -> None:
    with mock_aws():
        world = World(SMALL)
        world.deploy(FIRST)
        old = world.deploy(SECOND).output("member")
        told: dict[str, Any] = {"credentials": {"identities": identities(old)}} if kept else {}
    world.clusters[FIRST] = again(world, FIRST)
    before = settings(world, FIRST, "eu-west-1a")
    with mock_aws():
        new = world.deploy(SECOND, **told)
        made = {made.inputs["name"] for made in new.account.made if made.type == "aws:ssm/parameter:Parameter" and made.inputs["name"].endswith("private-key")}
        assert len(made) == (0 if kept else 2 * len(ZONES)), "keys that were kept are only read"
        member = new.output("member")
        assert json.loads(member)["vpc"]["id"] != json.loads(old)["vpc"]["id"]
        assert (json.loads(member)["peers"] == json.loads(old)["peers"]) is kept
        # It takes the secrets of the first one, as before.
        assert new.output("shared_secrets") == world.clusters[FIRST].output("shared_secrets")
    world.clusters[FIRST] = again(world, FIRST)
    assert (settings(world, FIRST, "eu-west-1a") == before) is kept, "nodes of the first Region are left alone"
