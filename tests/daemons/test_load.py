"""Readers and writers at the load balancer while every node is replaced and then killed, with real daemons."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from sandbox import compose
from tests.helpers.daemons import Cluster, get, needs_daemons, retried, running
from tests.helpers.waiting import until

pytestmark = needs_daemons

_STILL_LOOKS = 40
"""As many looks that find the same, 0.2 s and more apart, are taken for an end of catching up."""


class Load:
    """A stream of reads and one of adds, so that a retry meets the next node; what went wrong is in ``lost``, what was answered in ``answered``."""

    def __init__(self, cluster: Cluster, cid: str, content: bytes) -> None:
        self.cluster, self.cid, self.content = cluster, cid, content
        self.answered: list[str] = []
        self.reads = 0
        self.lost: list[str] = []
        self._end = threading.Event()

    def _read(self) -> None:
        try:
            status, _, body = get(self.cluster.front("gateway"), f"/ipfs/{self.cid}")
        except HTTPException as broken:  # in the middle of an answer
            raise OSError from broken
        if (status, body) != (200, self.content):
            raise OSError(f"a read was answered {status}")
        self.reads += 1

    def _add(self) -> None:
        # Answered when it is pinned: a streamed answer has its CID before, and names a failure behind it, in a trailer.
        url = f"http://127.0.0.1:{self.cluster.front('api')}/add?cid-version=1&stream-channels=false"
        words = ["curl", "-sS", "--fail", "--max-time", "60", "--config", str(self.cluster.sandbox.curl_file), "-F", "file=@-", url]
        done = subprocess.run(words, input=os.urandom(2000), capture_output=True, check=True)
        self.answered.append(json.loads(done.stdout)[0]["cid"])

    def _stream(self, once: Callable[[], None]) -> None:
        while not self._end.is_set():
            try:
                retried(once)
            except (OSError, subprocess.CalledProcessError) as error:
                self.lost.append(f"{once.__name__}: {error}")

    @contextmanager
    def going_on(self) -> Iterator[None]:
        streams = [threading.Thread(target=self._stream, args=(once,)) for once in (self._read, self._add)]
        for stream in streams:
            stream.start()
        try:
            yield
        finally:
            self._end.set()
            for stream in streams:
                stream.join()


@pytest.mark.long
def test_nothing_is_lost_while_every_node_is_replaced_and_then_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "LONGEST_HEALTH_INTERVAL_SECONDS", 1)  # every node starts twice
    groups = {"network": {"cidr": "10.160.0.0/16"}, "swarm": {"mode": "private"}}
    with running(tmp_path, groups) as cluster:
        cid = cluster.add(cluster.names[0], content := os.urandom(50_000))
        until("all hold it", lambda: all(len(cluster.pinned(node, cid)) == 3 for node in cluster.names))
        load = Load(cluster, cid, content)
        before = {node: cluster.inspect(node, "ipfs")["State"]["StartedAt"] for node in cluster.names}
        with load.going_on():
            assert cluster.up(storage={"maxGib": 7}) == 0
            rolled = len(load.answered)
            for node in cluster.names:
                ids = [cluster.container(node, part).id for part in ("ipfs-cluster", "ipfs")]
                cluster.docker("kill", *ids)
                seen = len(load.answered)
                until(f"an add is answered without {node}", lambda seen=seen: len(load.answered) > seen)  # type: ignore[misc]
                cluster.docker("start", *reversed(ids))
                until(f"{node} serves again", lambda node=node: cluster.read(node, cid) == content and len(cluster.ask(node, "peers")) == 3)  # type: ignore[misc]
        assert all(cluster.inspect(node, "ipfs")["State"]["StartedAt"] != before[node] for node in cluster.names)
        assert load.lost == []
        assert rolled > 0
        assert load.reads > 0
        answered = set(load.answered)
        # Killed while it worked through what it had missed, a node may lack some of that until its next start, which goes through
        # the pinset's history: an add at each node tells the others where that begins.
        last = {cluster.add(node, os.urandom(2000)) for node in cluster.names}
        for node in cluster.names:
            until(f"{node} holds what was added last", lambda node=node: last <= cluster.held(node))  # type: ignore[misc]
        whole_or_still(cluster, answered)
        assert answered <= set.union(*(cluster.held(node) for node in cluster.names)), "none is lost"
        for node in cluster.names:
            if not answered <= cluster.held(node):
                cluster.docker("restart", cluster.container(node, "ipfs-cluster").id)
            until(f"{node} holds all {len(answered)} adds that were answered", lambda node=node: answered <= cluster.held(node))  # type: ignore[misc]


def whole_or_still(cluster: Cluster, cids: set[str]) -> None:
    """Waits until every node holds all, or none gets on any more."""
    seen: list[tuple[int, ...]] = []

    def settled() -> bool:
        seen.append(tuple(len(cids & cluster.held(node)) for node in cluster.names))
        return set(seen[-1]) == {len(cids)} or (len(seen) > _STILL_LOOKS and len(set(seen[-_STILL_LOOKS:])) == 1)

    until("the nodes are whole or still", settled)
