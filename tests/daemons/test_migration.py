"""A move from the AWS sample into this program by following, walked as docs/migration.md has it, with the sample's own task definitions."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import cluster as bench
from bench.setups import setup
from bench.work import unpinned
from sandbox import nodes
from tests.helpers import following
from tests.helpers.daemons import Cluster, needs_daemons
from tests.helpers.waiting import until

pytestmark = needs_daemons

HEALTH_INTERVAL_SECONDS = 5
NAMES = ("old-a.example", "old-b.example")
"""The sample's nodes in the new cluster's network."""


@dataclass
class Move:
    """The old cluster and the new one."""

    old: bench.Cluster
    new: Cluster

    def known(self, index: int = 0) -> set[str]:
        """What the old one pins."""
        return {pin["cid"] for pin in nodes.ask(self.old.ports[index].api, "allocations", self.old.setup.credentials)}

    def add(self, folder: Path, content: bytes) -> str:
        """Adds a file at the old one."""
        (folder / "file").write_bytes(content)
        return self.old.add(1, folder / "file")

    def level(self) -> bool:
        """Whether each node of the new one holds all that the old one pins."""
        return all(self.new.held(node) == self.known() for node in self.new.names)


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    small = {"nodes": {"count": 2}, "edge": {"mode": "load-balancer"}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}
    new = Cluster(tmp_path, {**small, "network": {"cidr": "10.228.0.0/16"}})
    tasks: dict[str, str] = {}
    with bench.created(setup("sample", 2), HEALTH_INTERVAL_SECONDS) as old:
        try:
            old.start([0, 1])
            old.started()
            until("the old one is there", old.is_formed)
            ids = [nodes.ask(ports.api, "id", old.setup.credentials)[0] for ports in old.ports]
            told = following.groups(dict(zip(NAMES, ids, strict=True)))
            following.give(new, {following.SECRET: old.setup.nodes[0].secrets["cluster-secret"]})
            assert new.up(follow=told["follow"], swarm={**told["swarm"], "routing": "none"}) == 0
            following.connect(new, tasks := {name: old.container(index, "task") for index, name in enumerate(NAMES)})
            yield Move(old, new)
        finally:
            following.disconnect(new, tasks)
            new.down()


def test_nothing_is_lost(move: Move, tmp_path: Path) -> None:
    old, new = move.old, move.new
    pins = unpinned(lambda *command: old.docker("exec", old.container(0, "ipfs"), *command), 300)
    for number, cid in enumerate(pins):
        nodes.ask(old.ports[number % 2].api, f"pins/{cid}", old.setup.credentials, method="POST")
    contents = {move.add(tmp_path, content): content for content in (os.urandom(2_000_000), b"small")}
    until("the new one is level", move.level)

    # The old one goes on meanwhile.
    late = os.urandom(1000)
    contents[move.add(tmp_path, late)] = late
    nodes.ask(old.ports[0].api, f"pins/{pins[0]}", old.setup.credentials, method="DELETE")
    until("the new one is level again", move.level)
    wanted = move.known()
    assert len(wanted) == 302

    # From here nobody writes, until the last node is done: no write is lost, since none is taken.
    assert following.ask(new.front("api"), new.credentials(), "POST", f"/pins/{pins[0]}")[0] == 403
    assert new.up(follow=None) == 0
    for index in range(len(old)):
        old.stop(index)
    first, second = new.names
    until("both know each other", lambda: all(len(new.ask(node, "peers")) == 2 for node in new.names))
    assert all(new.held(node) == wanted for node in new.names)
    for cid, content in contents.items():
        assert new.read(first, cid) == new.read(second, cid) == content
    assert following.ask(new.front("api"), new.credentials(), "POST", f"/pins/{pins[1]}")[0] == 200
    added = new.add(second, b"the first of its own")
    until("both hold it", lambda: all(new.held(node) == {*wanted, added} for node in new.names))
