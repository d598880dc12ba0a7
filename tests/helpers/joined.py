"""A cluster over two Regions with real daemons, in the sandbox."""

import contextlib
import http.client
import json
import secrets
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import yaml
from ipfs_cluster.check import multipart

from sandbox.__main__ import main
from sandbox.regions import link
from sandbox.stack import Sandbox
from tests.helpers.daemons import REASON, Cluster, reason_to_skip
from tests.helpers.support import ROOT
from tests.helpers.waiting import until

REGION_REASON = REASON or reason_to_skip([link.IMAGE])
needs_regions = pytest.mark.skipif(bool(REGION_REASON), reason=REGION_REASON)

NAME = "both"
HERE, THERE = "eu-west-1", "us-east-1"
STACKS = {HERE: "europe", THERE: "america"}
_ADD_SECONDS = 60
_UP = "import sys; from pathlib import Path; from sandbox.__main__ import main; sys.exit(main(['up', '--stack', sys.argv[1]], root=Path(sys.argv[2])))"


class Joined:
    """Both Regions."""

    def __init__(self, folder: Path, first_range: int, groups: dict[str, Any]) -> None:
        self.folder = folder
        self.here, self.there = (
            Cluster(folder, {**groups, "network": {"cidr": f"10.{first_range + index}.0.0/16"}}, stack=stack, region=region)
            for index, (region, stack) in enumerate(STACKS.items())
        )

    @property
    def clusters(self) -> list[Cluster]:
        return [self.here, self.there]

    def up(self, milliseconds: float) -> int:
        self.configure(milliseconds)
        return main(["up", "--stack", NAME], root=self.folder)

    def configure(self, milliseconds: float) -> None:
        content = {"stacks": list(STACKS.values()), "link": {"roundTripMilliseconds": milliseconds}, "world": {"edge": {"console": False}}}
        (self.folder / f"Regions.{NAME}.yaml").write_text(yaml.safe_dump(content))
        for cluster in self.clusters:
            cluster.configure()

    def start_up(self) -> "subprocess.Popen[bytes]":
        """`up` in a process of its own, with the configuration as it is."""
        return subprocess.Popen([sys.executable, "-c", _UP, NAME, str(self.folder)], cwd=ROOT)

    def down(self) -> None:
        """Deletes all; nothing may be left."""
        projects = [cluster.sandbox.project for cluster in self.clusters]
        assert main(["down", "--stack", NAME, "--delete-data"], root=self.folder) == 0
        for cluster, project in zip(self.clusters, projects, strict=True):
            cluster.is_gone(project)
        assert projects[0].partition("-")[2] not in self.here.docker("network", "ls", "--format", "{{.Name}}")

    @property
    def edge(self) -> dict[str, int]:
        """The edge's ports, by role."""
        return Sandbox(NAME, self.folder).front_ports

    def outputs(self, cluster: Cluster) -> dict[str, Any]:
        return dict(json.loads(cluster.sandbox.outputs_file.read_text()))

    def link(self, command: str, *arguments: str) -> None:
        assert main([command, "--stack", NAME, *arguments], root=self.folder) == 0

    def at(self, milliseconds: float) -> None:
        """Gives the link a round trip, and waits until the nodes see each other."""
        self.link("join")
        self.link("delay", "--milliseconds", f"{milliseconds:g}")
        self.wait_for_peers()

    def peers(self, cluster: Cluster, node: str) -> set[str]:
        """The names of the peers that a node sees."""
        return {peer["peername"] for peer in cluster.ask(node, "peers") if not peer.get("error")}

    def wait_for_peers(self) -> None:
        until("all see all", lambda: all(len(self.peers(cluster, node)) == 4 for cluster in self.clusters for node in cluster.names))

    def everywhere(self, cids: set[str]) -> bool:
        """Whether every node of both Regions has pinned all."""
        return all(cids <= cluster.held(node) for cluster in self.clusters for node in cluster.names)


@contextlib.contextmanager
def joined(folder: Path, first_range: int, milliseconds: float, **groups: Any) -> Iterator[Joined]:
    """Two Regions of two nodes that are up, and are gone afterwards."""
    small = {"nodes": {"count": 2}, "swarm": {"mode": "private"}, "edge": {"mode": "origin"}, **groups}
    made = Joined(folder, first_range, small)
    try:
        assert made.up(milliseconds) == 0
        yield made
    finally:
        made.down()


class Adding:
    """Adds small files by a node's API, so many a second, each by a thread of its own, until it is told to end."""

    def __init__(self, cluster: Cluster, node: str, a_second: float) -> None:
        self.cids: set[str] = set()
        self.failed: list[str] = []
        self.slowest = 0.0
        self._port, self._pair, self._pause = cluster.sandbox.ports[node].api, cluster.credentials(), 1 / a_second
        self._ended = threading.Event()
        self._clients: list[threading.Thread] = []
        self._pacing = threading.Thread(target=self._pace)

    def __enter__(self) -> Self:
        self._pacing.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._pacing.join()
        for client in self._clients:
            client.join()

    def _pace(self) -> None:
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            client = threading.Thread(target=self._add)
            self._clients.append(client)
            client.start()
            due += self._pause

    def _add(self) -> None:
        body, form = multipart(secrets.token_bytes(1024))
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ADD_SECONDS)
        try:
            headers = {"Content-Type": form, "Authorization": "Basic " + b64encode(self._pair.encode()).decode()}
            connection.request("POST", "/add?cid-version=1&stream-channels=false", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 200:
                self.cids.add(json.loads(text)[-1]["cid"])
            else:
                self.failed.append(f"{answer.status} {text}")
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
        finally:
            connection.close()
            self.slowest = max(self.slowest, time.monotonic() - begun)
