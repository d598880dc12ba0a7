"""The command that copies a pinset, with stand-ins for ECS and the clusters' APIs; and what it runs in the tasks, by busybox's shell."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster import check, copy_pinset, one_off
from ipfs_cluster.one_off import DONE, Node, NodeFailedError

EUROPE = {
    "cluster_arn": "arn:europe",
    "cluster_peer_ids": {"eu-a": "1", "eu-b": "2"},
    "api_url": "http://europe.example",
    "api_username": "u",
    "api_password": "p",
}
AMERICA = {"cluster_arn": "arn:america", "cluster_peer_ids": {"us-a": "3"}, "api_url": "http://america.example", "api_username": "u", "api_password": "p"}
for outputs in (EUROPE, AMERICA):
    outputs["gateway_url"] = outputs["api_url"]


class Ecs:
    """What the command asks of ECS in a Region. Tasks start and stop at once."""

    def __init__(self, did: list[str], code: int = DONE, tasks: int = 1, ends_at_once: bool = False) -> None:
        self.did, self.code, self.tasks, self.ends_at_once = did, code, tasks, ends_at_once
        self.commands: list[str] = []
        self.looks = 0

    def describe_services(self, cluster: str, services: list[str]) -> Any:
        return {"services": [{"taskDefinition": "arn:definition:7", "networkConfiguration": {"of": services[0]}}]}

    def update_service(self, cluster: str, service: str, desiredCount: int) -> None:  # noqa: N803
        self.did.append(f"{service} {desiredCount}")

    def list_tasks(self, cluster: str, serviceName: str) -> Any:  # noqa: N803
        return {"taskArns": []}

    def run_task(self, **asked: Any) -> Any:
        ((override),) = asked["overrides"]["containerOverrides"]
        assert override["name"] == "configure"
        assert (asked["taskDefinition"], asked["launchType"]) == ("arn:definition:7", "FARGATE")
        self.commands.append(override["command"][0])
        self.did.append(f"run in {asked['networkConfiguration']['of']}")
        return {"tasks": [{"taskArn": "arn:task"}] * self.tasks, "failures": ["RESOURCE:ENI"]}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> Any:
        serves = self.commands[-1] == copy_pinset.SERVE
        details = [{"name": "subnetId", "value": "subnet-1"}, {"name": "privateIPv4Address", "value": "10.94.0.7"}]
        state = "PENDING" if serves and not self.ends_at_once else "STOPPED"
        containers = [{"name": "ipfs"}, {"name": "configure", "exitCode": self.code}]
        self.looks += 1
        attachments = [{"details": details[: self.looks]}]  # the address comes a little later
        return {"tasks": [{"lastStatus": state, "stoppedReason": "no space", "attachments": attachments, "containers": containers}]}

    def stop_task(self, cluster: str, task: str) -> None:
        self.did.append("end")


class World:
    """Two Regions, and what their APIs answer by path: that of Europe first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.did: list[str] = []
        self.said: list[str] = []
        self.peers: list[dict[str, Any]] = [{"id": "1"}, {"id": "2"}, {"id": "3"}]
        self.pins = {"europe": ["x", "y"], "america": ["x"]}
        self.europe, self.america = Ecs(self.did), Ecs(self.did)

        def objects(service: Any, path: str) -> Any:
            if path == "peers":
                return self.peers
            assert path == "allocations?filter=all"
            return [{"cid": cid} for cid in self.pins["europe" if "europe" in service.name else "america"]]

        monkeypatch.setattr(check.Service, "objects", objects)
        monkeypatch.setattr(one_off, "POLL_SECONDS", 0)

    def copy(self, source: str = "eu-b", target: str = "us-a", *, force: bool = False) -> None:
        nodes = Node(source, self.europe, "arn:europe"), Node(target, self.america, "arn:america")
        copy_pinset.copy_pinset(*nodes, EUROPE, AMERICA, self.said.append, force=force)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


STOPPED = ["ipfs-node-eu-b 0", "ipfs-node-us-a 0"]
STARTED = ["ipfs-node-eu-b 1", "ipfs-node-us-a 1"]


def test_both_nodes_are_stopped_and_the_pinset_is_copied(world: World) -> None:
    world.copy()
    assert world.did == [*STOPPED, "run in ipfs-node-eu-b", "run in ipfs-node-us-a", "end", *STARTED]
    assert world.europe.commands == [copy_pinset.SERVE]
    assert world.america.commands == [copy_pinset.FETCH.format(address="10.94.0.7")]
    assert world.said == [
        "all other nodes of the Region are well; 2 pins",
        "stopping ipfs-node-eu-b",
        "stopping ipfs-node-us-a",
        "eu-b gives its pinset at 10.94.0.7",
        "us-a has the pinset of eu-b",
        "starting ipfs-node-eu-b",
        "starting ipfs-node-us-a",
        "us-a is back; `ipfs-cluster status --watch` shows how it fetches the content",
    ]


def test_nothing_is_touched_while_something_could_be_lost(world: World) -> None:
    for source, target, text in (
        ("eu-c", "us-a", "there is no node eu-c; the nodes are eu-a, eu-b"),
        ("eu-b", "eu-a", "there is no node eu-a; the nodes are us-a"),
    ):
        with pytest.raises(NodeFailedError, match=text):
            world.copy(source, target)
    world.pins["america"].append("z")
    with pytest.raises(NodeFailedError, match="1 pins of us-a's Region, such as z, are not known in that of eu-b: wait until they are"):
        world.copy()
    del world.peers[0]
    with pytest.raises(NodeFailedError, match="eu-a cannot be reached or lacks its kubo: wait until all others of the Region are well"):
        world.copy()
    assert world.did == []
    world.copy(force=True)
    assert world.did[-2:] == STARTED


@pytest.mark.parametrize(
    ("changed", "text", "did"),
    [
        ({"america": {"code": 5}}, "us-a keeps its own pinset: no complete copy came through: is the link of the Regions up", ["run in", "run in", "end"]),
        ({"america": {"code": 1}}, "us-a keeps its own pinset: exit code 1; see its configure log", ["run in", "run in", "end"]),
        ({"europe": {"tasks": 0}}, "ECS starts no task of eu-b: .*RESOURCE:ENI", ["run in"]),
        ({"america": {"tasks": 0}}, "ECS starts no task of us-a: .*RESOURCE:ENI", ["run in", "run in", "end"]),
        ({"europe": {"ends_at_once": True}}, "the task arn:task of eu-b ended at once: no space; see its configure log", ["run in", "end"]),
    ],
)
def test_both_nodes_are_started_again_in_any_case(world: World, changed: dict[str, Any], text: str, did: list[str]) -> None:
    for region, ecs in changed.items():
        setattr(world, region, Ecs(world.did, **ecs))
    with pytest.raises(NodeFailedError, match=text):
        world.copy()
    assert [line.partition(" ipfs")[0] for line in world.did[2:-2]] == did
    assert world.did[-2:] == STARTED


def test_a_copy_that_is_interrupted_ends_before_the_node_starts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = world.america.describe_tasks
    states: Iterator[BaseException | str] = iter([KeyboardInterrupt(), "STOPPING", "STOPPED"])

    def describe_tasks(cluster: str, tasks: list[str]) -> Any:
        state = next(states)
        if isinstance(state, BaseException):
            raise state
        world.did.append(state)
        return {"tasks": [{**looked(cluster, tasks)["tasks"][0], "lastStatus": state}]}

    monkeypatch.setattr(world.america, "describe_tasks", describe_tasks)
    with pytest.raises(KeyboardInterrupt):
        world.copy()
    assert world.did[4:] == ["end", "STOPPING", "STOPPED", "end", *STARTED]


# --- what runs in the tasks -------------------------------------------------------------------------------------------


class Tasks:
    """The two commands, each in a folder of its own in place of the container's file systems."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.programs.mkdir()
        for applet in ("cat", "mkdir", "mkfifo", "mv", "nc", "rm", "sha256sum", "sleep", "tar"):
            (self.programs / applet).symlink_to(str(shutil.which("busybox")))
        self.source, self.target = folder / "source", folder / "target"
        for node in (self.source, self.target):
            (node / "cluster").mkdir(parents=True)
            (node / "tmp").mkdir()
            (node / "cluster" / "identity.json").write_text(node.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self, node: Path, command: str) -> "subprocess.Popen[bytes]":
        own = {
            "/data/ipfs-cluster": f"{node}/cluster",
            "/tmp/": f"{node}/tmp/",  # noqa: S108 (the container's)
            " tmp/sums": f" {self.source}/tmp/sums".replace(" /", " "),  # noqa: S108 (tar leaves the first slash out)
            " 8080": f" {self.port}",
            "sleep 5": "sleep 0.2",
        }
        script = re.sub("|".join(own), lambda found: own[found[0]], command)
        return subprocess.Popen([str(shutil.which("busybox")), "sh", "-c", script], env={"PATH": str(self.programs)}, start_new_session=True)


@pytest.fixture
def tasks(tmp_path: Path) -> Tasks:
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed")
    return Tasks(tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_pinset_comes_whole_and_identities_stay(tasks: Tasks) -> None:
    leveldb = tasks.source / "cluster" / "leveldb"
    leveldb.mkdir()
    for name, size in (("000001.ldb", 3_000_000), ("000002.log", 0), ("CURRENT", 16)):
        (leveldb / name).write_bytes(os.urandom(size))
    old = tasks.target / "cluster" / "leveldb"
    old.mkdir()
    (old / "000009.ldb").write_text("its own")
    fetching = tasks.start(tasks.target, copy_pinset.FETCH.format(address="127.0.0.1"))  # nobody serves yet
    serving = tasks.start(tasks.source, copy_pinset.SERVE)
    try:
        assert fetching.wait(timeout=60) == DONE
        assert files(tasks.target / "cluster") == {"identity.json": b"target", **{f"leveldb/{name}": content for name, content in files(leveldb).items()}}
        assert serving.poll() is None, "it serves until its task is stopped"
    finally:
        os.killpg(serving.pid, signal.SIGKILL)
        serving.wait()


def test_what_did_not_come_whole_replaces_nothing(tasks: Tasks) -> None:
    old = tasks.target / "cluster" / "leveldb"
    old.mkdir()
    (old / "000009.ldb").write_text("its own")
    before = files(tasks.target / "cluster")
    leveldb = tasks.source / "cluster" / "leveldb"
    leveldb.mkdir()
    (leveldb / "000001.ldb").write_bytes(os.urandom(100_000))
    # A file that changed after its sum was taken stands for all that can come wrong.
    serving = tasks.start(tasks.source, copy_pinset.SERVE.replace("while", "echo x >> leveldb/000001.ldb; while", 1))
    try:
        fetching = tasks.start(tasks.target, copy_pinset.FETCH.format(address="127.0.0.1").replace("-lt 60", "-lt 3"))
        assert fetching.wait(timeout=60) == 5
        assert {name: content for name, content in files(tasks.target / "cluster").items() if not name.startswith("incoming")} == before
    finally:
        os.killpg(serving.pid, signal.SIGKILL)
        serving.wait()


def test_a_pinset_that_is_not_in_leveldb(tasks: Tasks) -> None:
    assert tasks.start(tasks.source, copy_pinset.SERVE).wait(timeout=20) == 4
