"""One edge for several Regions, on the real engine: what a Region that comes or goes changes, and what goes over from an edge of one's own."""

import json
from pathlib import Path
from typing import Any

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.region_stacks import SMALL, changes, done, output
from tests.helpers.regions import FIRST, RANGES, SECOND, STACKS, THIRD, WORLD
from tests.helpers.world import World

pytestmark = needs_engine


def elsewhere(member: str, region: str) -> str:
    """The first Region's member as that of another one."""
    content = json.loads(member.replace(FIRST, region).replace(STACKS[FIRST], STACKS[region]).replace(RANGES[FIRST], RANGES[region]))
    for peer in content["peers"]:
        for key in ("kuboPeerId", "clusterPeerId"):
            peer[key] = peer[key][:-4] + STACKS[region][:4]
    content["edge"]["origins"] = {role: f"{id_}-{region}" for role, id_ in content["edge"]["origins"].items()}
    return json.dumps(content)


def test_regions_come_and_go_behind_one_edge(tmp_path: Path) -> None:
    own: dict[str, Any] = {**SMALL, "network": {"cidr": RANGES[FIRST]}}
    first = Stack(tmp_path / FIRST, World(tmp_path / f"{FIRST}.json", FIRST), name=STACKS[FIRST], **{**own, "edge": {}})
    done(first)
    origins = {"ipfs-edge-gateway-origin", "ipfs-edge-api-origin"}
    assert origins <= {step.name for step in first.preview()}

    # The edge goes over to that of all Regions: its distributions go, and neither the load balancer nor what CloudFront finds it by.
    first.configure(**{**own, "edge": {"mode": "origin"}})
    steps = [step for step in first.preview() if step.operation not in ("same", "read") and step.type != "pulumi:pulumi:Stack"]
    assert {step.operation for step in steps if step.type.startswith("aws:")} == {"delete"}
    gone = {step.name for step in steps if step.type.startswith("aws:")}
    assert {"ipfs-edge-gateway", "ipfs-edge-api"} <= gone
    assert all(name.startswith("ipfs-edge-") for name in gone)
    assert not gone & origins
    done(first)
    assert changes(first) == set()

    member = output(first, "member")
    members = {FIRST: member, SECOND: elsewhere(member, SECOND)}
    link = Stack(tmp_path / "link", World(tmp_path / "link.json"), name="world", program=WORLD)
    link.configure(inputs={"members": members, "edge": {}})
    done(link)
    assert changes(link) == set()

    # A third Region.
    link.configure(inputs={"members": {**members, THIRD: elsewhere(member, THIRD)}, "edge": {}})
    new = changes(link)
    changed = {("update", name) for name in ("world-edge-gateway", "world-edge-api", "world-edge-console-config.json")}
    assert {change for change in new if change[0] != "create"} == changed
    assert all(THIRD in name for operation, name in new if operation == "create")
    types = {step.type.rpartition(":")[2] for step in link.preview() if step.operation == "update"}
    assert types == {"Distribution", "Function", "BucketObjectv2"}
    done(link)
    assert changes(link) == set()

    # A Region's load balancer speaks HTTPS now, or is another one: what CloudFront finds it by is new, and the distributions follow.
    other = json.loads(member)
    other["edge"]["origins"] = {role: f"{id_}-2" for role, id_ in other["edge"]["origins"].items()}
    link.configure(inputs={"members": {**members, FIRST: json.dumps(other), THIRD: elsewhere(member, THIRD)}, "edge": {}})
    assert changes(link) == {("update", "world-edge-gateway"), ("update", "world-edge-api")}
    assert {step.type.rpartition(":")[2] for step in link.preview() if step.operation == "update"} == {"Distribution"}

    # The third one goes again.
    link.configure(inputs={"members": members, "edge": {}})
    assert changes(link) == changed | {("delete", name) for operation, name in new if operation == "create"}

    # The edge goes, and the link stays.
    link.configure(inputs={"members": {**members, THIRD: elsewhere(member, THIRD)}})
    left = changes(link)
    assert {operation for operation, _ in left} == {"delete"}
    assert all(name.startswith("world-edge") for _, name in left)
