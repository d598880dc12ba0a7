"""The deployment with real daemons, where Docker (or podman) and the images are."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ipfs_cluster.args import DEFAULTS

from sandbox import engine, nodes
from sandbox.__main__ import Sandbox, main
from sandbox.engine import Container, Engine
from tests.support import ROOT

IMAGES = [DEFAULTS["nodes"]["kubo_image"], DEFAULTS["nodes"]["cluster_image"]]
PATIENCE_SECONDS = 90


def _reason_to_skip() -> str:
    try:
        found = engine.find(Path("compose.yaml"), "none")
    except engine.NoEngineError as reason:
        return "no container engine: " + "; ".join(reason.tried)
    missing = [image for image in IMAGES if not found.has_image(image)]
    return f"images that are not on this machine: {', '.join(missing)}" if missing else ""


REASON = _reason_to_skip()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


class Cluster:
    """A sandbox of the tests' own, with its stack's configuration."""

    def __init__(self, folder: Path, groups: dict[str, Any]) -> None:
        self.folder = folder
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder / name)
        self.groups = groups

    def up(self, **changed: Any) -> int:
        self.groups = {**self.groups, **changed}
        values = {"aws:region": "eu-west-1", **{f"ipfs-cluster:{group}": value for group, value in self.groups.items()}}
        (self.folder / "Pulumi.try.yaml").write_text(yaml.safe_dump({"config": values}))
        return main(["up", "--stack", "try"], root=self.folder)

    def down(self) -> None:
        """Deletes all; nothing may be left, of removed nodes neither."""
        project = self.sandbox.project
        assert main(["down", "--stack", "try", "--delete-data"], root=self.folder) == 0
        assert self.runner.containers() == {}
        assert project not in self.docker("volume", "ls", "-q")

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox("try", self.folder)

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

    def credentials(self) -> str:
        return self.sandbox.curl_file.read_text().split('"')[1]

    def ask(self, node: str, path: str) -> list[dict[str, Any]]:
        return nodes.ask(self.sandbox.ports[node].api, path, self.credentials())

    def add(self, node: str, content: bytes) -> str:
        """Adds a file by a node's API; gives its CID."""
        port = self.sandbox.ports[node].api
        done = subprocess.run(
            [
                "curl",
                "-sS",
                "--fail",
                "--max-time",
                "60",
                "--config",
                str(self.sandbox.curl_file),
                "-F",
                "file=@-",
                f"http://127.0.0.1:{port}/add?cid-version=1",
            ],
            input=content,
            capture_output=True,
            check=True,
        )
        return str(json.loads(done.stdout.splitlines()[-1])["cid"])

    def pinned(self, node: str, cid: str) -> list[str]:
        """The names of the peers of which a node says that they have pinned something."""
        (status,) = self.ask(node, f"pins/{cid}")
        return sorted(peer["peername"] for peer in status["peer_map"].values() if peer["status"] == "pinned")

    def read(self, node: str, cid: str) -> bytes:
        """What a node's gateway answers. Raises urllib.error.HTTPError."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sandbox.ports[node].gateway}/ipfs/{cid}", timeout=60) as answer:
            return bytes(answer.read())


def until(what: str, condition: Callable[[], bool]) -> None:
    """Waits for a condition; an error on the way counts as not yet."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if condition():
                return
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(0.2)


@contextlib.contextmanager
def running(folder: Path, groups: dict[str, Any]) -> Iterator[Cluster]:
    """A cluster that is up, and is gone afterwards."""
    made = Cluster(folder, groups)
    try:
        assert made.up() == 0
        yield made
    finally:
        made.down()


def short(node: str) -> str:
    return node.removeprefix("ipfs-node-")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three private nodes."""
    with running(tmp_path_factory.mktemp("three"), {"network": {"cidr": "10.201.0.0/16"}, "swarm": {"mode": "private"}}) as made:
        yield made


def test_what_one_node_takes_all_hold_and_serve(cluster: Cluster) -> None:
    assert [short(node) for node in cluster.names] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    for node in cluster.names:
        content = os.urandom(300_000)
        cid = cluster.add(node, content)
        for other in cluster.names:
            until(f"{other} knows that all hold {cid}", lambda other=other, cid=cid: len(cluster.pinned(other, cid)) == 3)  # type: ignore[misc]
            assert cluster.read(other, cid) == content


def test_a_gateway_says_at_once_that_it_does_not_hold_something(cluster: Cluster) -> None:
    for node in cluster.names:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            cluster.read(node, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")


def test_the_load_balancers_probes(cluster: Cluster) -> None:
    for node in cluster.names:
        ports = cluster.sandbox.ports[node]
        for url, status in ((f"http://127.0.0.1:{ports.gateway}/ipfs/bafkqaaa?format=raw", 200), (f"http://127.0.0.1:{ports.api}/health", 204)):
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == status
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{ports.api}/id", timeout=10)


def test_keys_are_where_they_belong(cluster: Cluster) -> None:
    for node in cluster.names:
        assert "KUBO_PRIVATE_KEY" in str(cluster.inspect(node, "configure")["Config"]["Env"])
        for part in ("task", "ipfs", "ipfs-cluster"):
            inspected = str(cluster.inspect(node, part)["Config"])
            assert "KUBO_PRIVATE_KEY" not in inspected
            assert "SWARM_KEY" not in inspected
        log = cluster.runner.logs(f"{node}-configure", 100)
        assert "CAESQ" not in log
        assert "private network" in cluster.docker("logs", cluster.container(node, "ipfs").id)


def test_a_second_up_changes_nothing(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    def started() -> dict[str, str]:
        return {
            f"{node}-{part}": cluster.inspect(node, part)["State"]["StartedAt"]
            for node in cluster.names
            for part in ("efs", "task", "configure", "ipfs", "ipfs-cluster")
        }

    before = started()
    assert cluster.up() == 0
    assert "All nodes run as they should; nothing to start." in capsys.readouterr().out
    assert started() == before


@pytest.mark.parametrize("lost", range(3))
def test_any_node_may_be_lost(cluster: Cluster, lost: int) -> None:
    killed = cluster.names[lost]
    others = [node for node in cluster.names if node != killed]
    earlier = cluster.add(killed, os.urandom(10_000))
    until("all hold what the node took before", lambda: len(cluster.pinned(others[0], earlier)) == 3)
    ids = [cluster.container(killed, part).id for part in ("ipfs-cluster", "ipfs")]
    cluster.docker("kill", *ids)

    content = os.urandom(10_000)
    missed = cluster.add(others[0], content)
    for node in others:
        until(f"{node} holds what was added meanwhile", lambda node=node: {short(n) for n in others} <= set(cluster.pinned(node, missed)))  # type: ignore[misc]
        assert cluster.read(node, missed) == content
        cluster.read(node, earlier)

    cluster.docker("start", *reversed(ids))
    until(f"{killed} has caught up", lambda: cluster.read(killed, missed) == content and len(cluster.pinned(killed, missed)) == 3)
    until("every node sees every other", lambda: all(len([p for p in cluster.ask(node, "peers") if not p.get("error")]) == 3 for node in cluster.names))
    until("it is healthy", lambda: all(cluster.container(killed, part).up for part in ("ipfs", "ipfs-cluster")))


def test_a_clean_stop_is_quick(cluster: Cluster) -> None:
    node = cluster.names[1]
    ids = {part: cluster.container(node, part).id for part in ("ipfs-cluster", "ipfs")}
    for part in ids:
        cluster.docker("stop", "--time", "10", ids[part])  # after which Docker would kill it, with exit code 137
        assert cluster.inspect(node, part)["State"]["ExitCode"] == 0, part
        assert cluster.container(node, "task").up
    assert cluster.up() == 0, "which starts it again"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One private node, for what happens to a node that is there already."""
    with running(tmp_path_factory.mktemp("one"), {"network": {"cidr": "10.203.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}}) as made:
        yield made


def test_changed_settings_and_secrets_reach_a_node_that_is_there(single: Cluster) -> None:
    (node,) = single.names
    content, password = os.urandom(10_000), single.credentials()
    cid = single.add(node, content)
    until("it is pinned", lambda: len(single.pinned(node, cid)) == 1)
    changed = {"storage": {"maxGib": 7}, "credentials": {"apiPasswordVersion": 2}, "nodes": {"count": 1, "kuboConfig": {"Gateway.MaxConcurrentRequests": 77}}}
    assert single.up(**changed) == 0

    assert (single.config(node, "Datastore.StorageMax"), single.config(node, "Gateway.MaxConcurrentRequests")) == ("7GiB", 77)
    assert single.read(node, cid) == content
    assert single.credentials() != password
    assert len(single.pinned(node, cid)) == 1
    with pytest.raises(urllib.error.HTTPError, match="401"):
        nodes.ask(single.sandbox.ports[node].api, "id", password)


def test_a_cluster_grows_and_shrinks(single: Cluster) -> None:
    first = "ipfs-node-eu-west-1a"
    cid = single.add(first, content := os.urandom(10_000))
    identity = single.ask(first, "id")[0]["id"]
    assert single.up(nodes={"count": 2}) == 0
    second = next(node for node in single.names if node != first)
    until("the new node holds what was there before", lambda: single.read(second, cid) == content and len(single.pinned(first, cid)) == 2)
    assert single.ask(first, "id")[0]["id"] == identity
    assert single.config(first, "Gateway.MaxConcurrentRequests") is None, "a setting that is no longer given is gone"
    assert single.up(nodes={"count": 1}) == 0
    assert {service.startswith(first) for service in single.runner.containers()} == {True}, "the other node's containers are gone"
    assert single.read(first, cid) == content


def test_what_a_node_refuses(single: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    node = "ipfs-node-eu-west-1a"
    cid = single.add(node, content := os.urandom(1000))
    until("it is pinned", lambda: len(single.pinned(node, cid)) >= 1)
    assert single.up(swarm={"mode": "public", "bootstrapPeers": []}) == 1
    assert "this repository belongs to a private swarm" in capsys.readouterr().err
    assert single.container(node, "ipfs").status != "running"
    private = {"mode": "private"}
    assert single.up(swarm=private, nodes={"count": 1, "kuboConfig": {"Gateway.NoSuchThing": 1}}) == 1
    assert "kubo does not take nodes.kubo_config Gateway.NoSuchThing = 1" in capsys.readouterr().err
    assert single.up(swarm=private, nodes={"count": 1}) == 0
    assert single.read(node, cid) == content


def test_five_public_nodes_in_three_zones_form(tmp_path: Path) -> None:
    """No bootstrap peers: nothing outside this machine is asked."""
    with running(tmp_path, {"network": {"cidr": "10.202.0.0/16"}, "swarm": {"bootstrapPeers": []}, "nodes": {"count": 5}}) as cluster:
        assert [short(node) for node in cluster.names] == ["eu-west-1a", "eu-west-1a-2", "eu-west-1b", "eu-west-1b-2", "eu-west-1c"]
        cid = cluster.add(cluster.names[0], content := os.urandom(50_000))
        for node in cluster.names:
            until(f"{node} holds it", lambda node=node: len(cluster.pinned(node, cid)) == 5 and cluster.read(node, cid) == content)  # type: ignore[misc]
            swarm = cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", "swarm", "peers").split()
            assert len(swarm) == 4, "kubo peers with all others"
            assert all(address.startswith("/ip4/10.202.") for address in swarm)


def test_the_compose_file_names_what_the_deployment_has(cluster: Cluster) -> None:
    file = yaml.safe_load(cluster.sandbox.compose_file.read_text())
    assert set(file["services"]) == set(cluster.runner.containers())
