"""What nodes hold after a bad day, with real daemons."""

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.daemons.images import Registries
from ipfs_cluster.daemons.pinset_export import Export, containers
from ipfs_cluster.daemons.task import Secret
from ipfs_cluster.inputs.nodes import ResolvedNodes

from sandbox import nodes
from tests.helpers.daemons import Cluster, kill, needs_daemons, running, short, stopped_while_catching_up
from tests.helpers.pages import documented
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three private nodes with directories on one regional file system."""
    groups = {
        "network": {"cidr": "10.204.0.0/16"},
        "swarm": {"mode": "private"},
        "storage": {"fileSystem": "regional"},
        "edge": {"mode": "none"},
    }
    with running(tmp_path_factory.mktemp("data"), groups) as made:
        yield made


def test_a_node_that_lost_everything_has_every_pin_again(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    lost, *others = cluster.names
    with ThreadPoolExecutor(8) as pool:
        added = set(pool.map(lambda index: cluster.add(others[index % 2], os.urandom(2000)), range(200)))
    assert len(added) == 200
    until("all hold all", lambda: added <= cluster.held(lost))
    identity = cluster.ask(lost, "id")[0]["id"]
    kill(cluster, lost)
    volumes = [name for name in cluster.docker("volume", "ls", "-q").split() if f"{cluster.sandbox.project}_" in name and short(lost) in name]
    assert len(volumes) == 2
    everything = [cluster.container(lost, part).id for part in ("ipfs-cluster", "ipfs", "configure", "efs", "task")]
    cluster.docker("rm", "--force", *everything)
    cluster.docker("volume", "rm", *volumes)

    begun = time.monotonic()
    assert cluster.up() == 0
    until("every pin is back", lambda: added <= cluster.held(lost))
    with capsys.disabled():
        print(f"\n200 pins are back on a node that had lost everything {time.monotonic() - begun:.1f} s after it was started anew")
    assert cluster.ask(lost, "id")[0]["id"] == identity
    for cid in list(added)[:20]:
        assert len(cluster.read(lost, cid)) == 2000


@pytest.mark.long
def test_what_was_answered_survives_a_hard_stop_of_all(cluster: Cluster) -> None:
    """Ten times, in the middle of adds."""
    answered: list[str] = []
    content: dict[str, bytes] = {}
    for moment in range(10):
        stop = threading.Event()

        def adding(stop: threading.Event = stop) -> None:
            index = 0
            while not stop.is_set():
                data = os.urandom(20_000)
                try:
                    cid = cluster.add(cluster.names[index % 3], data)
                except (subprocess.CalledProcessError, KeyError, IndexError, ValueError):
                    continue
                content[cid] = data
                answered.append(cid)
                index += 1

        threads = [threading.Thread(target=adding) for _ in range(3)]
        for thread in threads:
            thread.start()
        until("some were answered", lambda moment=moment: len(answered) > 5 * (moment + 1) + moment)  # type: ignore[misc]
        killed = kill(cluster, *cluster.names)
        stop.set()
        for thread in threads:
            thread.join()
        cluster.docker("start", *killed)
        for node in cluster.names:
            until(f"{node} answers", lambda node=node: bool(nodes.ask(cluster.sandbox.ports[node].api, "id", cluster.credentials())))  # type: ignore[misc]
    for node in cluster.names:
        until(f"{node} sees the others", lambda node=node: len([p for p in cluster.ask(node, "peers") if not p.get("error")]) == 3)  # type: ignore[misc]
    for node in cluster.names:
        until(f"{node} holds all that was answered", lambda node=node: set(answered) <= cluster.held(node))  # type: ignore[misc]
        for cid in answered:
            assert cluster.read(node, cid) == content[cid]
    statuses = {s["status"] for pin in cluster.ask(cluster.names[0], "pins") for s in pin["peer_map"].values()}
    assert statuses == {"pinned"}, "none half-pinned"


def test_a_node_stopped_while_it_catches_up_is_whole_after_one_start_more(cluster: Cluster) -> None:
    cids = stopped_while_catching_up(cluster)
    lost = cluster.names[2]
    cluster.docker("restart", cluster.container(lost, "ipfs-cluster").id)
    until("it knows and holds all", lambda: cids <= cluster.held(lost))


def test_two_tasks_on_one_volume(cluster: Cluster) -> None:
    node = cluster.names[2]
    cid = cluster.add(node, content := os.urandom(5000))
    for part in ("ipfs", "ipfs-cluster"):
        inspected = cluster.inspect(node, part)
        mount = next(m for m in inspected["Mounts"] if m["Destination"].startswith("/data/ipfs"))
        environment = [word for variable in inspected["Config"]["Env"] for word in ("--env", variable)]
        second = ["run", "--rm", "--network", "none", "--user", "1000:100", *environment, "--env", "IPFS_WAIT_REPO_LOCK=2s"]
        command = ["daemon"] if part == "ipfs" else []
        entry = inspected["Config"]["Entrypoint"][0] if part == "ipfs-cluster" else "/sbin/tini"
        image, volume = inspected["Config"]["Image"], f"{mount['Name']}:{mount['Destination']}"
        # The service's file is left alone: what is tried here is the lock on the data.
        arguments = ["--", "/usr/local/bin/start_ipfs", *command] if part == "ipfs" else ["--", "ipfs-cluster-service", "daemon"]
        done = subprocess.run(
            [cluster.runner.command, *second, "--volume", volume, "--entrypoint", entry, image, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode != 0
        assert "lock" in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
        assert cluster.container(node, part).up
    assert cluster.read(node, cid) == content
    assert cid in cluster.held(node)


def test_an_older_repository_is_migrated_at_the_next_start(cluster: Cluster) -> None:
    node = cluster.names[1]
    cid = cluster.add(node, content := os.urandom(5000))
    until("it is pinned", lambda: cid in cluster.held(node))
    ids = {part: cluster.container(node, part).id for part in ("ipfs-cluster", "ipfs", "configure")}
    cluster.docker("stop", ids["ipfs-cluster"], ids["ipfs"])
    inspected = cluster.inspect(node, "ipfs")
    mount = next(m for m in inspected["Mounts"] if m["Destination"] == "/data/ipfs")

    def in_repository(*command: str) -> str:
        volume = f"{mount['Name']}:/data/ipfs"
        return cluster.docker(
            "run", "--rm", "--network", "none", "--user", "1000:100", "--volume", volume, "--entrypoint", command[0], inspected["Config"]["Image"], *command[1:]
        )

    # The way back goes by the configuration that the way forth put aside, which a repository of this version never had.
    in_repository("cp", "/data/ipfs/config", "/data/ipfs/config.17-to-18.bak")
    in_repository("ipfs", "repo", "migrate", "--to=17", "--allow-downgrade")
    assert in_repository("cat", "/data/ipfs/version").strip() == "17"
    cluster.docker("start", ids["configure"])
    until("the configure container is done", lambda: cluster.container(node, "configure").done)
    assert in_repository("cat", "/data/ipfs/version").strip() == "18"
    cluster.docker("start", ids["ipfs"], ids["ipfs-cluster"])
    until("it serves what it held", lambda: cluster.read(node, cid) == content and cid in cluster.held(node))


def exported(cluster: Cluster) -> list[dict[str, Any]]:
    """What the export's own container writes, run as its task would be."""
    image = ResolvedNodes().cluster_image
    export = Export(
        cluster_image=image,
        upload_image="unused:1",
        registries=Registries(),
        hosts=[f"{node}.ipfs.try.ipfs-cluster.internal" for node in cluster.names],
        bucket="bucket",
        api=Secret("arn", "1"),
        region="eu-west-1",
        log_group="logs",
    )
    pins_, _ = containers(export)
    volume = f"{cluster.sandbox.project}_export"
    cluster.docker("volume", "create", volume)
    try:
        run = ["run", "--rm", "--user", pins_["user"], "--volume", f"{volume}:/export", "--env", f"CLUSTER_CREDENTIALS={cluster.credentials()}"]
        network = ["--network", f"{cluster.sandbox.project}_vpc"]
        assert cluster.docker(*run, *network, "--entrypoint", pins_["entryPoint"][0], image, *pins_["entryPoint"][1:], *pins_["command"]).endswith(" pins\n")
        text = cluster.docker("run", "--rm", "--volume", f"{volume}:/export", "--entrypoint", "cat", image, "/export/pinset.json")
    finally:
        cluster.docker("volume", "rm", volume)
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        pin, end = decoder.raw_decode(text)
        found.append(pin)
        text = text[end:]
    return found


def test_a_node_is_rebuilt(cluster: Cluster) -> None:
    """By the override that docs/operations.md hands to its task; tests/account/test_scripts.py runs the commands around it."""
    script = documented("docs/operations.md", "### Rebuild a node by the AWS CLI")
    given = re.search(r"--overrides '(.*)'", script)
    assert given
    ((override),) = json.loads(given[1])["containerOverrides"]
    node, other = cluster.names[1], cluster.names[0]
    cid = cluster.add(other, content := os.urandom(5000))
    until("it is pinned", lambda: cid in cluster.held(node))
    identity, pins = cluster.ask(node, "id")[0]["id"], cluster.held(other)
    ids = {part: cluster.container(node, part).id for part in ("ipfs-cluster", "ipfs", "configure")}
    cluster.docker("stop", ids["ipfs-cluster"], ids["ipfs"])
    inspected = cluster.inspect(node, override["name"])
    volumes = [word for mounted in inspected["Mounts"] if mounted["Type"] == "volume" for word in ("--volume", f"{mounted['Name']}:{mounted['Destination']}")]
    run = [cluster.runner.command, "run", "--rm", "--network", "none", "--user", inspected["Config"]["User"], *volumes]
    entry, *words = inspected["Config"]["Entrypoint"]

    def as_overridden(*command: str) -> "subprocess.CompletedProcess[str]":
        arguments = ["--entrypoint", entry, inspected["Config"]["Image"], *words, *command]
        return subprocess.run([*run, *arguments], capture_output=True, text=True, check=False)

    assert "config" in as_overridden("ls /data/ipfs").stdout
    done = as_overridden(*override["command"])
    assert done.returncode == 3, done.stdout + done.stderr
    assert as_overridden("ls -A /data/ipfs /data/ipfs-cluster | grep -v :").stdout.strip() == "", "both are empty"
    cluster.docker("start", ids["configure"])
    until("the configure container is done", lambda: cluster.container(node, "configure").done)
    cluster.docker("start", ids["ipfs"], ids["ipfs-cluster"])
    until("every pin is back", lambda: pins <= cluster.held(node))
    assert cluster.ask(node, "id")[0]["id"] == identity
    assert cluster.read(node, cid) == content


def test_an_exported_pinset_comes_back(cluster: Cluster, tmp_path: Path) -> None:
    """By the loop in docs/operations.md."""
    cid = cluster.add(cluster.names[0], b"with a name")
    path = f"pins/{cid}?name=a%20name%20%26%20more&meta-team=a%26b&meta-who=me"
    nodes.ask(cluster.sandbox.ports[cluster.names[0]].api, path, cluster.credentials(), method="POST")
    before = exported(cluster)
    wanted = {(pin["cid"], pin["name"]) for pin in before}
    assert (cid, "a name & more") in wanted

    cluster.runner.run("down", "--remove-orphans")
    cluster.runner.delete_volumes()
    assert cluster.up() == 0
    assert exported(cluster) == [], "nothing is left"
    (tmp_path / "pinset.json").write_text("\n".join(map(json.dumps, before)))
    user, _, password = cluster.credentials().partition(":")
    outputs = {"api_url": f"http://127.0.0.1:{cluster.sandbox.ports[cluster.names[1]].api}", "api_username": user, "api_password": password}
    stand_ins = (
        "region=eu-west-1; aws() { :; }; pulumi() { case $3 in " + "".join(f"{name}) echo '{value}';; " for name, value in outputs.items()) + "esac; }\n"
    )
    script = stand_ins + documented("docs/operations.md", "### The pinset")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not pinned" not in done.stderr
    until("all know the same pins", lambda: {(pin["cid"], pin["name"]) for pin in exported(cluster)} == wanted)
    (again,) = [pin for pin in exported(cluster) if pin["cid"] == cid]
    assert again["metadata"] == {"team": "a&b", "who": "me"}
