"""What tests with real daemons share: a sandbox of their own, where Docker (or podman) and the images are."""

import contextlib
import functools
import http.client
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.work import unpinned
from sandbox import engine, nodes, stack
from sandbox.__main__ import main
from sandbox.engine import Container, Engine
from sandbox.stack import Sandbox
from tests.helpers.support import ROOT, UNMONITORED
from tests.helpers.waiting import until
from tools.images import NODE_IMAGES

HOST = "gateway.ipfs.example.com"

# Other tests that run at the same time look for free ports too.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
stack.FIRST_GATEWAY_PORT += 100 * _WORKER
stack.FIRST_API_PORT += 100 * _WORKER
for _role in stack.FIRST_FRONT_PORTS:
    stack.FIRST_FRONT_PORTS[_role] += 100 * _WORKER


def reason_to_skip(images: Iterable[str]) -> str:
    """Why there can be no containers of these images; empty if there can."""
    try:
        found = engine.find(Path("compose.yaml"), "none")
    except engine.NoEngineError as reason:
        return "no container engine: " + "; ".join(reason.tried)
    missing = [image for image in images if not found.has_image(image)]
    return f"images that are not on this machine: {', '.join(missing)}" if missing else ""


REASON = reason_to_skip(NODE_IMAGES)
needs_daemons = pytest.mark.skipif(bool(REASON), reason=REASON)


class Cluster:
    """A sandbox of the tests' own, with its stack's configuration."""

    def __init__(self, folder: Path, groups: dict[str, Any], s3: dict[str, Any] | None = None, stack: str = "try", region: str = "eu-west-1") -> None:
        self.folder, self.stack, self.region = folder, stack, region
        if s3 is not None:
            self.sandbox.folder.mkdir(parents=True)
            self.sandbox.s3_file.write_text(json.dumps(s3))
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder / name)
        self.groups = {**UNMONITORED, **groups}  # what watches a cluster on AWS is a third of what each run registers

    def up(self, **changed: Any) -> int:
        self.configure(**changed)
        return main(["up", "--stack", self.stack], root=self.folder)

    def configure(self, **changed: Any) -> None:
        """``changed`` are groups that are other than before; none takes one away."""
        self.groups = {group: value for group, value in {**self.groups, **changed}.items() if value is not None}
        values = {"aws:region": self.region, **{f"ipfs-cluster:{group}": value for group, value in self.groups.items()}}
        (self.folder / f"Pulumi.{self.stack}.yaml").write_text(yaml.safe_dump({"config": values}))

    def down(self) -> None:
        """Deletes all; nothing may be left, of removed nodes neither."""
        project = self.sandbox.project
        assert main(["down", "--stack", self.stack, "--delete-data"], root=self.folder) == 0
        self.is_gone(project)

    def is_gone(self, project: str) -> None:
        assert self.runner.containers() == {}
        assert project not in self.docker("volume", "ls", "-q")

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox(self.stack, self.folder)

    @functools.cached_property
    def runner(self) -> Engine:
        return engine.find(self.sandbox.compose_file, self.sandbox.project)

    @property
    def names(self) -> list[str]:
        return sorted(self.sandbox.ports)

    def container(self, node: str, name: str) -> Container:
        return self.runner.containers()[f"{node}-{name}"]

    def docker(self, *arguments: str) -> str:
        done = subprocess.run([self.runner.command, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def inspect(self, node: str, name: str) -> dict[str, Any]:
        return dict(json.loads(self.docker("inspect", self.container(node, name).id))[0])

    def config(self, node: str, key: str) -> Any:
        """A setting in a node's kubo configuration; none if it is not set."""
        read = json.loads(self.docker("exec", self.container(node, "ipfs").id, "cat", "/data/ipfs/config"))
        for part in key.split("."):
            read = read.get(part)
        return read

    def front(self, role: str) -> int:
        """The port of the load balancer's listener."""
        return self.sandbox.front_ports[role]

    def credentials(self) -> str:
        return self.sandbox.curl_file.read_text().split('"')[1]

    def ask(self, node: str, path: str) -> list[dict[str, Any]]:
        return nodes.ask(self.sandbox.ports[node].api, path, self.credentials())

    def add(self, node: str, content: bytes, options: str = "") -> str:
        """Adds a file by a node's API; gives its CID."""
        return self.add_at(self.sandbox.ports[node].api, content, options)

    def add_at(self, port: int, content: bytes, options: str = "") -> str:
        """Adds a file by the API at a port; gives its CID."""
        done = subprocess.run(
            [
                "curl",
                "-sS",
                "--fail",
                "--max-time",
                "180",
                "--config",
                str(self.sandbox.curl_file),
                "-F",
                "file=@-",
                f"http://127.0.0.1:{port}/add?cid-version=1&stream-channels=false&{options}",
            ],
            input=content,
            capture_output=True,
            check=True,
        )
        return str(json.loads(done.stdout)[-1]["cid"])

    def pinned(self, node: str, cid: str) -> list[str]:
        """The names of the peers of which a node says that they have pinned something."""
        (status,) = self.ask(node, f"pins/{cid}")
        return sorted(peer["peername"] for peer in status["peer_map"].values() if peer["status"] == "pinned")

    def held(self, node: str) -> set[str]:
        """The CIDs that a node says it has pinned itself."""
        return {pin["cid"] for pin in self.ask(node, "pins?local=true&filter=pinned")}

    def read(self, node: str, cid: str) -> bytes:
        """What a node's gateway answers. Raises urllib.error.HTTPError."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sandbox.ports[node].gateway}/ipfs/{cid}", timeout=60) as answer:
            return bytes(answer.read())


@contextlib.contextmanager
def running(folder: Path, groups: dict[str, Any], s3: dict[str, Any] | None = None) -> Iterator[Cluster]:
    """A cluster that is up, and is gone afterwards."""
    made = Cluster(folder, groups, s3)
    try:
        assert made.up() == 0
        yield made
    finally:
        made.down()


def short(node: str) -> str:
    return node.removeprefix("ipfs-node-")


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer, redirects not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def retried(what: Callable[[], Any]) -> Any:
    """One retry, as a reader would make."""
    try:
        return what()
    except (OSError, subprocess.CalledProcessError):
        return what()


def kill(cluster: Cluster, *which: str) -> list[str]:
    ids = [cluster.container(node, part).id for node in which for part in ("ipfs-cluster", "ipfs")]
    cluster.docker("kill", *ids)
    return ids


def stopped_while_catching_up(cluster: Cluster) -> set[str]:
    """Kills the third node, and again while it catches up with 300 pins that it missed. It runs again, and knows a newer one; gives the 300."""
    near, other, lost = cluster.names
    api, pair = cluster.sandbox.ports[near].api, cluster.credentials()
    cids = set(unpinned(lambda *command: cluster.docker("exec", cluster.container(near, "ipfs").id, *command), 300))

    def known(node: str) -> set[str]:
        return cids & {pin["cid"] for pin in cluster.ask(node, "allocations")}

    daemon, _ = killed = kill(cluster, lost)
    for cid in cids:  # one after another, so that each follows on the one before
        nodes.ask(api, f"pins/{cid}", pair, method="POST")
    until("the other one knows all", lambda: known(other) == cids)
    cluster.docker("start", *killed)
    until("it has begun to catch up", lambda: bool(known(lost)))
    cluster.docker("kill", daemon)
    cluster.docker("start", daemon)
    newest = cluster.add(near, b"the newest")
    until("it knows the newest", lambda: newest in cluster.held(lost))
    return cids
