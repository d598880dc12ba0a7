"""A cluster that follows another one: both with real daemons, each in a network of its own, which one node of the followed cluster is in too."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ipfs_cluster.edge.load_balancer import READ_ONLY

from bench.work import unpinned
from sandbox import nodes
from tests.helpers import following
from tests.helpers.daemons import Cluster, kill, needs_daemons
from tests.helpers.waiting import until

pytestmark = needs_daemons

SMALL: dict[str, Any] = {"swarm": {"mode": "private"}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}
NAMES = ("leader-a.example", "leader-b.example")
"""The followed nodes in the follower's network."""
NOBODYS = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"


@dataclass
class Pair:
    """Both clusters."""

    leader: Cluster
    follower: Cluster

    def leaders(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Of each followed node: its name, its name in the follower's network, and its ID with that of its kubo."""
        return [(name, at, self.leader.ask(name, "id")[0]) for name, at in zip(self.leader.names, NAMES, strict=True)]

    def groups(self) -> dict[str, Any]:
        """What the follower is told."""
        told = following.groups({at: about for _, at, about in self.leaders()})
        return {**told, "swarm": {"mode": "private", **told["swarm"]}, "credentials": {"swarmKeyParameter": "/followed/swarm-key"}}

    def share(self) -> None:
        """Gives the follower's stack the secrets of the leader."""
        first = self.leader.names[0]
        secret, key = (variable(self.leader, first, container, name) for container, name in (("ipfs-cluster", "CLUSTER_SECRET"), ("configure", "SWARM_KEY")))
        following.give(self.follower, {following.SECRET: secret, "/followed/swarm-key": key})

    def tasks(self) -> dict[str, str]:
        """The containers of the followed nodes' tasks, by their names in the follower's network."""
        return {at: self.leader.container(node, "task").id for node, at in zip(self.leader.names, NAMES, strict=True)}

    def known(self) -> dict[str, Any]:
        """The followed cluster's pins, by CID."""
        return {pin["cid"]: pin for pin in self.leader.ask(self.leader.names[0], "allocations")}

    def is_level(self) -> bool:
        """Whether every node of the follower holds what the leader pins, and nothing else."""
        wanted = set(self.known())
        return all(self.follower.held(node) == wanted for node in self.follower.names)


def variable(cluster: Cluster, node: str, container: str, name: str) -> str:
    found = [str(line).partition("=") for line in cluster.inspect(node, container)["Config"]["Env"]]
    return next(value for key, _, value in found if key == name)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two nodes that are followed, and two that follow them."""
    folders = [tmp_path_factory.mktemp(name) for name in ("leader", "follower")]
    found = Pair(
        Cluster(folders[0], {**SMALL, "network": {"cidr": "10.226.0.0/16"}, "nodes": {"count": 2}, "edge": {"mode": "none"}}),
        Cluster(folders[1], {**SMALL, "network": {"cidr": "10.227.0.0/16"}, "nodes": {"count": 2}, "api": {"pinningService": True}}),
    )
    tasks: dict[str, str] = {}
    try:
        assert found.leader.up() == 0
        found.leader.add(found.leader.names[0], b"older than the follower")
        found.share()
        assert found.follower.up(**found.groups()) == 0
        following.connect(found.follower, tasks := found.tasks())
        until("the follower has what there was", found.is_level)
        yield found
    finally:
        following.disconnect(found.follower, tasks)
        found.follower.down()
        found.leader.down()


def pin(pair: Pair, cids: list[str], method: str = "POST", options: str = "") -> None:
    leader = pair.leader
    for number, cid in enumerate(cids):
        node = leader.names[number % len(leader.names)]
        nodes.ask(leader.sandbox.ports[node].api, f"pins/{cid}{options}", leader.credentials(), method=method)


def new_pins(pair: Pair, count: int, place: int) -> list[str]:
    """CIDs of files that the kubo of one of the followed nodes has, and nobody pins: once from each."""
    leader = pair.leader
    return unpinned(lambda *command: leader.docker("exec", leader.container(leader.names[place], "ipfs").id, *command), count)


def ask(cluster: Cluster, port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    return following.ask(port, cluster.credentials(), method, path, body)


def stop(cluster: Cluster, node: str, container: str, program: str, signal: str) -> None:
    script = f'for of in /proc/[0-9]*; do if [ "$of" != /proc/$$ ] && [ "$(cat "$of/comm")" = {program} ]; then kill -{signal} "${{of#/proc/}}"; fi; done'
    cluster.docker("exec", cluster.container(node, container).id, "sh", "-c", script)


def test_it_gets_pins_unpins_and_changes(pair: Pair) -> None:
    cids = new_pins(pair, 1000, 0)
    pin(pair, cids)
    until("it holds a thousand pins", pair.is_level)
    pin(pair, cids[:300], "DELETE")
    pin(pair, cids[300:310], options="?name=renamed&meta-topic=changed")
    until("it holds seven hundred", pair.is_level)

    def changed() -> bool:
        found = {one["cid"]: one for one in pair.follower.ask(pair.follower.names[0], "allocations")}
        return all((found[cid]["name"], found[cid]["metadata"]) == ("renamed", {"topic": "changed"}) for cid in cids[300:310])

    until("it knows the new names", changed)
    content = os.urandom(3_000_000)
    added = pair.leader.add(pair.leader.names[0], content)
    until("it holds the file", pair.is_level)
    assert pair.follower.read(pair.follower.names[1], added) == content


def test_no_door_takes_a_write(pair: Pair) -> None:
    follower, before = pair.follower, pair.known()
    held = next(iter(before))
    api, service = follower.front("api"), follower.front("pinning")
    for method, path in (("POST", f"/pins/{NOBODYS}"), ("DELETE", f"/pins/{held}"), ("POST", "/add"), ("POST", f"/pins/ipfs/{NOBODYS}"), ("POST", "/ipfs/gc")):
        assert ask(follower, api, method, path) == (403, READ_ONLY), path
    for method, path in (("POST", "/pins"), ("DELETE", "/pins/1"), ("POST", "/pins/1")):
        assert ask(follower, service, method, path, b'{"cid": "%s"}' % NOBODYS.encode()) == (403, READ_ONLY), path
    # What only asks goes on, and so does the change of a password into a token, which the console begins with.
    assert ask(follower, api, "GET", f"/pins/{held}")[0] == 200
    assert ask(follower, api, "POST", "/token")[0] == 200
    for node in follower.names:  # past the load balancer
        port = follower.sandbox.ports[node].api
        for method, path in (("POST", f"/pins/{NOBODYS}"), ("DELETE", f"/pins/{held}")):
            status, text = ask(follower, port, method, path)
            assert (status, "follower mode" in text) == (500, True)
        with pytest.raises(Exception, match="22"):  # curl's code for an error of the server
            follower.add(node, b"mine")
    assert pair.known() == before
    assert pair.is_level()


def test_what_the_console_of_a_follower_goes_by(pair: Pair) -> None:
    """No node hears of another one. Each tells of itself and of its own pins, and the load balancer asks them in turn."""
    follower = pair.follower
    own = {node: follower.ask(node, "id")[0]["id"] for node in follower.names}
    for node in follower.names:
        for metric in ("ping", "freespace"):
            found = json.loads(ask(follower, follower.sandbox.ports[node].api, "GET", f"/monitor/metrics/{metric}")[1])
            assert not {one["peer"] for one in found or []} & set(own.values())
        (status, *_) = follower.ask(node, "pins")
        assert set(status["peer_map"]) == {own[node]}
    answers = [json.loads(ask(follower, follower.front("api"), "GET", "/id")[1])["id"] for _ in range(2 * len(own))]
    assert set(answers) == set(own.values())


def test_the_followed_cluster_does_not_count_it(pair: Pair) -> None:
    leaders = {about["id"] for _, _, about in pair.leaders()}
    for name, *_ in pair.leaders():
        assert {peer["id"] for peer in pair.leader.ask(name, "peers")} == leaders
    about = {node: pair.follower.ask(node, "id")[0]["id"] for node in pair.follower.names}
    for node, own in about.items():
        assert {peer["id"] for peer in pair.follower.ask(node, "peers")} == {own, *leaders}


@pytest.mark.parametrize("what", ["kubo", "ipfs-cluster"])
def test_adds_do_not_wait_for_a_follower_that_hangs(pair: Pair, what: str) -> None:
    container, program = ("ipfs", "ipfs") if what == "kubo" else ("ipfs-cluster", "ipfs-cluster-se")
    hung = pair.follower.names[0]
    stop(pair.follower, hung, "ipfs-cluster", "sh", "STOP")  # which would have it step aside
    stop(pair.follower, hung, container, program, "STOP")
    try:
        added = [pair.leader.add(node, os.urandom(1000)) for node in pair.leader.names for _ in range(3)]  # or the test ends with a time-out
        lost = pair.leader.names[1]
        pair.leader.docker("restart", pair.leader.container(lost, "ipfs-cluster").id)
        until("the restarted one answers", lambda: len(pair.leader.ask(lost, "peers")) == 2)
        added.append(pair.leader.add(lost, os.urandom(1000)))
    finally:
        stop(pair.follower, hung, container, program, "CONT")
        stop(pair.follower, hung, "ipfs-cluster", "sh", "CONT")
    until("it has all that it missed", lambda: set(added) <= pair.follower.held(hung))


def test_a_follower_that_was_down_catches_up(pair: Pair) -> None:
    lost = pair.follower.names[0]
    before = pair.follower.ask(lost, "id")[0]["id"]
    daemon, kubo = kill(pair.follower, lost)
    cids = new_pins(pair, 100, 1)
    pin(pair, cids)
    pin(pair, cids[:50], "DELETE")
    pair.follower.docker("start", kubo)
    until("its kubo is healthy, for which ECS waits", lambda: pair.follower.container(lost, "ipfs").health == "healthy")
    pair.follower.docker("start", daemon)
    until("it is level", lambda: pair.follower.held(lost) == set(pair.known()))
    assert pair.follower.ask(lost, "id")[0]["id"] == before


def test_it_becomes_a_cluster_of_its_own(pair: Pair) -> None:
    """The switch of a migration: what it followed goes away, and it takes pins itself."""
    wanted = set(pair.known())
    assert pair.follower.up(follow=None) == 0
    first, second = pair.follower.names
    until("both know each other", lambda: all(len(pair.follower.ask(node, "peers")) == 2 for node in (first, second)))
    assert {pin["cid"] for pin in pair.follower.ask(second, "allocations")} == wanted
    own = pair.follower.add(first, b"its own")
    until("both hold it and all from before", lambda: all(pair.follower.held(node) == {*wanted, own} for node in (first, second)))
    assert ask(pair.follower, pair.follower.front("api"), "POST", f"/pins/{own}")[0] == 200
    assert own not in pair.known()
