"""The command ipfs-cluster against real daemons."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command import command, done, run
from tests.helpers.daemons import Cluster, kill, needs_daemons, running, short
from tests.helpers.trailerless import trailerless
from tests.helpers.waiting import until

pytestmark = needs_daemons

MIB = 1 << 20
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from ipfs_cluster_cli.__main__ import main; main()"
"""Runs the command, also where the shell around the tests lets its children ignore interruptions."""
MEASURED = """
import re, sys
from pathlib import Path
from ipfs_cluster_cli.__main__ import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
"""Runs the command, and prints the most memory that it took, in KiB."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes behind a load balancer."""
    with running(tmp_path_factory.mktemp("publish"), {"network": {"cidr": "10.219.0.0/16"}}) as made:
        yield made


def names(cluster: Cluster) -> set[str]:
    """The names of all pins."""
    return {pin["name"] for pin in cluster.ask(cluster.names[0], "allocations")}


def made(file: Path, size: int) -> Path:
    """A file of random bytes."""
    with file.open("wb") as out:
        for _ in range(0, size, MIB):
            out.write(os.urandom(min(MIB, size)))
    return file


def as_kubo_adds(cluster: Cluster, path: Path, *options: str) -> str:
    """The CID that the nodes' own `ipfs add` gives."""
    kubo = cluster.container(cluster.names[0], "ipfs").id
    there = f"/tmp/{path.name}"  # noqa: S108 (in the container)
    cluster.docker("cp", str(path), f"{kubo}:{there}")
    return cluster.docker("exec", kubo, "ipfs", "add", "-r", "-Q", "--only-hash", *options, there).strip()


def test_a_file_and_a_folder(cluster: Cluster, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "deep" / "er").mkdir(parents=True)
    (site / "index.html").write_text("hello")
    (site / ".hidden").write_text("x")
    made(site / "deep" / "er" / "picture.png", 3 * MIB)
    for path in (site, made(tmp_path / "film.mp4", 70 * MIB)):
        result = done(cluster, "publish", str(path), "--meta", "of=me")
        assert result["cid"] == as_kubo_adds(cluster, path)
        assert [node["status"] for node in result["nodes"]] == ["pinned"] * 3
        assert cluster.pinned(cluster.names[1], result["cid"]) == [short(node) for node in cluster.names]
        again = done(cluster, "publish", str(path))
        assert (again["cid"], again["already_pinned"], again["bytes_sent"]) == (result["cid"], True, 0)
    assert {"site", "film.mp4"} <= names(cluster)
    assert not [name for name in names(cluster) if "part" in name]
    with urllib.request.urlopen(result["urls"][1], timeout=60) as answer:
        assert answer.read() == (tmp_path / "film.mp4").read_bytes()
    listed = run(cluster, "pins", "list", "--name", "film*", "--status")
    assert re.fullmatch(rf"{result['cid']}  3/3  \d{{4}}-\d\d-\d\d \d\d:\d\d  film.mp4\n", listed.stdout), listed
    assert run(cluster, "status", result["cid"]).returncode == 0
    assert run(cluster, "pins", "remove", "film.mp4", "--yes").returncode == 0
    assert "film.mp4" not in names(cluster)


def test_one_that_is_stopped_is_continued(cluster: Cluster, tmp_path: Path) -> None:
    file = made(tmp_path / "stopped", 130 * MIB)
    line, environment, outputs = command(cluster, "publish", str(file), "--json", "--parallel", "1", program=INTERRUPTIBLE)
    process = subprocess.Popen(line, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(outputs)
    process.stdin.close()
    process.stdin = None
    until("two parts are there", lambda: len([name for name in names(cluster) if name.startswith("stopped (part ")]) >= 2)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "the same command continues from there." in error
    assert "stopped" not in names(cluster)
    result = done(cluster, "publish", str(file))
    assert result["cid"] == json.loads(out)["cid"]
    assert result["parts_kept"] >= 2
    assert result["bytes_sent"] < 80 * MIB
    assert [name for name in names(cluster) if name.startswith("stopped")] == ["stopped"]


def test_a_node_that_dies_half_way(cluster: Cluster, tmp_path: Path) -> None:
    file = made(tmp_path / "dies", 100 * MIB)
    lost = cluster.names[1]
    killed: list[str] = []
    with trailerless(cluster.front("api")) as proxy:
        proxy.half_way = lambda: killed.extend(kill(cluster, lost))
        ran = run(cluster, "publish", str(file), "--json", "--patience", "5", api_url=f"http://127.0.0.1:{proxy.port}")
        cluster.docker("start", *reversed(killed))
    result = json.loads(ran.stdout)
    assert (ran.returncode, killed != []) == (3, True), ran.stderr
    states = {node["node"]: node["status"] for node in result["nodes"]}
    assert [node for node, status in states.items() if status == "pinned"] == [short(node) for node in cluster.names if node != lost]
    assert f"2 of 3 nodes have pinned {result['cid']}. {short(lost)} does not answer" in ran.stderr
    again = done(cluster, "publish", str(file))
    assert (again["bytes_sent"], [node["status"] for node in again["nodes"]]) == (0, ["pinned"] * 3)
    assert [name for name in names(cluster) if name.startswith("dies")] == ["dies"]


def test_a_wrong_password(cluster: Cluster, tmp_path: Path) -> None:
    ran = run(cluster, "publish", str(made(tmp_path / "x", MIB)), api_password="wrong")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "does not accept user name and password from the outputs on standard input (401: unauthorized: access denied)." in ran.stderr


def test_the_check(cluster: Cluster) -> None:
    ran = run(cluster, "check")
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("ok    pins ")


def test_what_each_node_has_of_all_pins(cluster: Cluster) -> None:
    pins = len(cluster.ask(cluster.names[0], "allocations"))
    assert pins > 0
    ran = run(cluster, "status", "--watch", "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["pins"], said["complete"]) == (pins, True)
    nodes = sorted(json.loads(cluster.sandbox.outputs_file.read_text())["cluster_peer_ids"])
    assert [(node["node"], node["wanted"], node["held"]) for node in said["nodes"]] == [(node, pins, pins) for node in nodes]


@pytest.mark.long
def test_a_gibibyte_needs_little_memory(cluster: Cluster, tmp_path: Path) -> None:
    """Memory is compared, and the rate printed: it depends on the machine."""
    peak = {}
    for size in (64, 1024):
        file = made(tmp_path / f"{size}", size * MIB)
        began = time.monotonic()
        ran = run(cluster, "publish", str(file), "--quiet", program=MEASURED)
        assert ran.returncode == 0, ran.stderr
        peak[size] = int(ran.stderr) // 1024
        print(f"{size} MiB: {size / (time.monotonic() - began):.1f} MiB/s, {peak[size]} MiB of memory at most")
        file.unlink()
    assert peak[1024] < peak[64] + 16


@pytest.mark.long
def test_ten_thousand_small_files_and_a_node_that_dies(cluster: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for index in range(10_000):
        (folder / f"{index % 100}").mkdir(parents=True, exist_ok=True)
        (folder / f"{index % 100}" / f"{index}.json").write_text(json.dumps({"number": index, "text": "x" * 400}))
    lost = cluster.names[2]
    killed: list[str] = []
    with trailerless(cluster.front("api")) as proxy:
        proxy.half_way = lambda: killed.extend(kill(cluster, lost))
        ran = run(cluster, "publish", str(folder), "--json", "--wait-for", "2", api_url=f"http://127.0.0.1:{proxy.port}")
        cluster.docker("start", *reversed(killed))
    assert (ran.returncode, killed != []) == (0, True), ran.stderr
    cid = json.loads(ran.stdout)["cid"]
    assert cid == as_kubo_adds(cluster, folder)
    until("the lost node has it", lambda: short(lost) in cluster.pinned(cluster.names[0], cid))
