"""Regions that come and go, on the real engine: only what must change changes."""

import json
from pathlib import Path

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.region_stacks import SMALL, changes, done, output, region_stack
from tests.helpers.regions import FIRST, RANGES, SECOND, STACKS, THIRD, WORLD
from tests.helpers.support import EXAMPLES
from tests.helpers.world import World

pytestmark = needs_engine


def third(member: str) -> str:
    """A member of a third Region, after that of the second."""
    content = json.loads(member.replace("us-east-1", THIRD).replace("america", "asia").replace(RANGES[SECOND], RANGES[THIRD]))
    for peer in content["peers"]:
        for key in ("kuboPeerId", "clusterPeerId"):
            peer[key] = peer[key][:-4] + "asia"
    return json.dumps(content)


# A new revision of the task definition, and what runs it.
ROLLED = {("replace", "ipfs-eu-west-1a-task"), ("update", "ipfs-eu-west-1a-service")}


def test_a_region_that_comes_and_goes(tmp_path: Path) -> None:
    first = region_stack(tmp_path, FIRST)
    done(first)
    given = {"others": {FIRST: output(first, "member")}, "shared": output(first, "shared_secrets")}
    second = region_stack(tmp_path, SECOND, members=given)
    done(second)
    link = Stack(tmp_path / "link", World(tmp_path / "link.json"), name="world", program=WORLD)
    members = {FIRST: output(first, "member"), SECOND: output(second, "member")}
    link.configure(inputs={"members": members})
    done(link)
    made = {(step.type.rpartition(":")[2], step.name) for step in link.preview()}
    assert ("VpcPeeringConnection", "world-eu-west-1-us-east-1") in made
    assert changes(link) == set()

    # The first Region hears of the second: its node is rolled, and nothing else happens.
    network = {"cidr": RANGES[FIRST]}
    first.configure(network=network, members={"others": {SECOND: members[SECOND]}}, **SMALL)
    assert changes(first) == ROLLED
    done(first)
    assert changes(first) == set()
    # What it tells the others is the same, so nothing goes round.
    assert output(first, "member") == members[FIRST]

    # A third Region.
    three = {**members, THIRD: third(members[SECOND])}
    link.configure(inputs={"members": three})
    new = changes(link)
    assert {operation for operation, _ in new} == {"create"}
    assert all(THIRD in name for _, name in new)
    assert len(new) == 2 * (1 + 1 + 2) + 4 * 4 + 4
    done(link)
    first.configure(network=network, members={"others": {SECOND: three[SECOND], THIRD: three[THIRD]}}, **SMALL)
    assert changes(first) == ROLLED

    # It goes again.
    link.configure(inputs={"members": members})
    assert changes(link) == {("delete", name) for _, name in new}
    done(link)
    assert {name for _, _, name in link.world.done() if THIRD in name} == {name for _, name in new}

    secrets = json.loads(output(first, "shared_secrets"))["secrets"].values()
    assert len(secrets) == 2
    for stack in (first, second):
        state = stack.run("stack", "export").stdout
        assert not [secret for secret in secrets if secret in state]

    for stack in (link, second, first):
        destroyed = stack.run("destroy", "--yes", "--skip-preview", "--color=never")
        assert destroyed.returncode == 0, destroyed.stdout


def test_stacks_of_one_program_in_the_order_of_the_example(tmp_path: Path) -> None:
    """A reference to a stack that has no outputs yet gives none, and they come with the next update."""
    folder = EXAMPLES / "several-regions"
    program = (folder / "__main__.py").read_text()
    small = '"network": {"cidr": REGIONS[own][1]}, "edge": {"mode": "none"}, "backup": {"nodes": "none"}, "nodes": {"count": 1}, '
    program = program.replace('"network": {"cidr": REGIONS[own][1]},', small + '"monitoring": {"enabled": False},')
    assert small in program
    regions = {STACKS[FIRST]: FIRST, STACKS[SECOND]: SECOND, "world": FIRST}
    shared = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    stacks = {
        name: Stack(tmp_path / name, World(tmp_path / f"{name}.json", region), name=name, program=program, environment=shared)
        for name, region in regions.items()
    }
    for name in stacks:
        (tmp_path / name / "regions.py").write_text((folder / "regions.py").read_text())
    refused = stacks["world"].up()
    assert refused.returncode != 0
    for region in (FIRST, SECOND):
        assert f"members['{region}']: has no value; deploy that Region's stack first" in refused.stdout
    early = stacks[STACKS[SECOND]].up()
    assert early.returncode != 0
    assert "members.shared: has no value; deploy the first Region's stack before this one." in early.stdout
    for name in (STACKS[FIRST], STACKS[SECOND], "world"):
        done(stacks[name])
    assert changes(stacks[STACKS[FIRST]]) == ROLLED
    done(stacks[STACKS[FIRST]])
    for stack in stacks.values():
        assert changes(stack) == set()
