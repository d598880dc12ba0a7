"""One cluster over two Regions, with real daemons and a link between the Regions' networks that is as slow as the sea is wide, or cut.

The times are how long a test waits. Each test says what it saw (pytest -rP).
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ipfs_cluster.check import check

from sandbox import front
from sandbox.stack import Sandbox
from tests.helpers.daemons import get
from tests.helpers.edge_functions import needs_node
from tests.helpers.joined import HERE, NAME, THERE, Adding, Joined, joined, needs_regions
from tests.helpers.waiting import until

pytestmark = needs_regions

ROUND_TRIPS = pytest.mark.parametrize("milliseconds", [80, 240])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    with joined(tmp_path_factory.mktemp("regions"), 88, 80) as made:
        yield made


class Watch:
    """Says how long things took."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def say(self, what: str) -> None:
        print(f"{time.monotonic() - self._begun:6.2f} s  {what}", flush=True)


@ROUND_TRIPS
def test_two_nodes_that_start_at_once_connect(both: Joined, milliseconds: int) -> None:
    both.at(milliseconds)
    pairs = [(cluster, cluster.names[0]) for cluster in both.clusters]
    daemons = [cluster.container(node, "ipfs-cluster").id for cluster, node in pairs]
    for _ in range(3):
        both.here.docker("kill", *daemons)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda daemon: both.here.docker("start", daemon), daemons))
        until("both answer", lambda: all(cluster.ask(node, "id") for cluster, node in pairs))
        watch = Watch()
        until("each sees the other", lambda: all(len(both.peers(cluster, node)) == 4 for cluster, node in pairs), 10)
        watch.say(f"at {milliseconds} ms until two nodes that started at once saw each other")


@ROUND_TRIPS
def test_twenty_adds_a_second_are_in_the_other_region_at_once(both: Joined, milliseconds: int) -> None:
    both.at(milliseconds)
    with Adding(both.here, both.here.names[0], 20) as adding:
        until("ten seconds' adds are answered", lambda: len(adding.cids) + len(adding.failed) >= 200)
    watch = Watch()
    assert not adding.failed
    until("the other Region has all", lambda: all(adding.cids <= both.there.held(node) for node in both.there.names), 5)
    watch.say(f"at {milliseconds} ms until {len(adding.cids)} adds were in the other Region, after the last answer; slowest {adding.slowest:.2f} s")


def test_what_is_added_in_one_region_is_read_in_the_other(both: Joined) -> None:
    both.at(80)
    for here, there in ((both.here, both.there), (both.there, both.here)):
        content = here.stack.encode() * 1000
        cid = here.add(here.names[0], content)
        until("the other Region has it", lambda: all(cid in there.held(node) for node in there.names))  # noqa: B023
        assert there.read(there.names[1], cid) == content


def test_the_check_finds_in_all_regions_what_it_adds_in_one(both: Joined) -> None:
    both.at(80)
    for cluster in both.clusters:
        said: list[str] = []
        check(both.outputs(cluster), said.append)
        (pinned,) = (line for line in said if line.startswith("ok    pinned"))
        assert all(node.removeprefix("ipfs-node-") in pinned for one in both.clusters for node in one.names)


@needs_node
def test_the_edge_asks_the_nearest_region_and_readers_fail_over(both: Joined) -> None:
    both.at(80)
    balancer = both.there.runner.containers()[front.SERVICE].id

    def origin(path: str) -> str:
        status, headers, body = get(both.edge["gateway"], path)
        assert (status, body) == (200, b"for readers everywhere")
        return headers["x-sandbox-origin"]

    outputs = json.loads(Sandbox(NAME, both.folder).outputs_file.read_text())
    assert {role: outputs[f"{role}_url"] for role in both.edge} == {role: f"http://127.0.0.1:{port}" for role, port in both.edge.items()}
    both.link("client", "--region", "eu-west-2")
    cid = both.here.add_at(both.edge["api"], b"for readers everywhere")
    until("all have it", lambda: both.everywhere({cid}))
    assert origin(f"/ipfs/{cid}") == "gateway-eu-west-1"
    both.link("client", "--region", "us-west-2")
    assert origin(f"/ipfs/{cid}") == "gateway-us-east-1"
    both.link("out", "--region", THERE)
    assert origin(f"/ipfs/{cid}") == "gateway-eu-west-1"
    both.link("in", "--region", THERE)
    assert origin(f"/ipfs/{cid}") == "gateway-us-east-1"
    both.there.docker("stop", balancer)
    try:
        assert origin(f"/ipfs/{cid}") == "gateway-eu-west-1"
    finally:
        both.there.docker("start", balancer)


def test_a_link_is_cut_and_joined_by_a_command(both: Joined) -> None:
    both.at(80)
    both.link("cut", "--region", HERE)
    for cluster in both.clusters:
        own = {node.removeprefix("ipfs-node-") for node in cluster.names}
        until("a Region sees itself alone", lambda: all(both.peers(cluster, node) == own for node in cluster.names))  # noqa: B023
    both.link("join")
    both.wait_for_peers()


@pytest.mark.long
@pytest.mark.parametrize("seconds", [60, 300])
def test_a_partition_loses_nothing(both: Joined, seconds: int) -> None:
    both.at(80)
    both.link("cut")
    begun = time.monotonic()
    with Adding(both.here, both.here.names[0], 2) as one, Adding(both.there, both.there.names[0], 2) as other:
        until("the partition is over", lambda: time.monotonic() - begun > seconds, seconds + 30)
        both.link("join")
        watch = Watch()
    cids = one.cids | other.cids
    assert not one.failed + other.failed
    until("all see all", lambda: all(len(both.peers(cluster, node)) == 4 for cluster in both.clusters for node in cluster.names), 90)
    watch.say(f"after a partition of {seconds} s until all nodes saw each other")
    until("all nodes have all", lambda: both.everywhere(cids), 90)
    watch.say(f"until {len(cids)} adds were everywhere; slowest {max(one.slowest, other.slowest):.2f} s")


@pytest.mark.long
def test_a_region_is_lost_and_comes_back(both: Joined) -> None:
    both.at(80)
    node = both.here.names[0]
    daemons = [both.there.container(name, part).id for name in both.there.names for part in ("task", "ipfs", "ipfs-cluster")]
    with Adding(both.here, node, 2) as adding:
        until("adds are answered", lambda: len(adding.cids) > 10)
        both.there.docker("kill", *daemons)
        watch = Watch()
        until("the Region that is left sees itself alone", lambda: len(both.peers(both.here, node)) == 2)
        watch.say("until the lost Region was no peer")
        missed = len(adding.cids) + 40
        until("it goes on", lambda: len(adding.cids) > missed)
        assert both.up(80) == 0
        watch = Watch()
    assert not adding.failed
    until("the Region that is back has all", lambda: both.everywhere(adding.cids))
    watch.say(f"until the Region that is back had all {len(adding.cids)} adds; slowest {adding.slowest:.2f} s")


@pytest.mark.long
def test_a_rolling_update_of_one_region_is_no_matter_for_the_other(both: Joined) -> None:
    both.at(80)
    here = {name: both.here.inspect(name, "ipfs-cluster")["State"]["StartedAt"] for name in both.here.names}
    there = {name: both.there.inspect(name, "ipfs-cluster")["Id"] for name in both.there.names}
    first = both.here.add(both.here.names[0], b"before the update")
    until("all have it", lambda: both.everywhere({first}))
    with Adding(both.here, both.here.names[0], 2) as adding:
        both.there.configure(nodes={"count": 2, "clusterEnvironment": {"CLUSTER_PINRECOVERINTERVAL": "10m"}})
        updating = both.start_up()
        fewest = 4
        while updating.poll() is None:
            fewest = min(fewest, len(both.peers(both.here, both.here.names[0])))
            assert both.here.read(both.here.names[1], first) == b"before the update"
        assert updating.wait() == 0
    assert not adding.failed
    # One node at a time; the first may not have been heard of again here when the second one goes.
    assert fewest in (2, 3)
    assert {name: both.there.inspect(name, "ipfs-cluster")["Id"] for name in both.there.names}.items().isdisjoint(there.items())
    assert {name: both.here.inspect(name, "ipfs-cluster")["State"]["StartedAt"] for name in both.here.names} == here
    until("all nodes have all", lambda: both.everywhere(adding.cids))
    print(f"{len(adding.cids)} adds during the update; slowest {adding.slowest:.2f} s")
