import contextlib
import dataclasses
import itertools
import json
import math
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as bench
from bench import cluster, report, setups, work
from bench.__main__ import DOCS, PLOT, Run, plan
from sandbox import compose, engine
from sandbox.compose import service_name

RESULT = {
    "date": "2026-11-22",
    "machine": {"cores": 2, "cpu": "Some CPU", "memory_gib": 8, "os": "Linux 6", "load": 0.1},
    "versions": {"kubo": "kubo:1", "ipfs_cluster": "cluster:1", "load_balancer": "haproxy:1"},
    "patience": 60,
    "rows": [
        {
            "name": "back",
            "title": "back & there",
            "unit": "s",
            "more_is_better": False,
            "figures": {"sample": [60.1, 30, 90], "program": [10, 30, 15.04], "kubo": []},
        },
        {"name": "add", "title": "add", "unit": "MiB/s", "more_is_better": True, "figures": {"sample": [5], "program": [12.5], "kubo": [1234]}},
    ],
}


def test_the_table() -> None:
    assert report.table(RESULT).splitlines()[2:] == [
        "| back & there | s | 30.0 / ≥ 60 / ≥ 60 | 10.0 / 15.0 / 30.0 | – | **4.0** |",
        "| add | MiB/s | 5.00 / 5.00 / 5.00 | 12.5 / 12.5 / 12.5 | 1,234 / 1,234 / 1,234 | **2.5** |",
    ]


def test_the_plot_has_a_bar_for_every_median() -> None:
    svg = report.plot(RESULT)
    assert svg.count('height="9" fill="#b0b0b0"') == svg.count('height="9" fill="#1f77b4"') == 2
    assert 'width="220.4" height="9" fill="#b0b0b0"' in svg, "60.1 of 90"
    assert "back &amp; there (s, less is better)" in svg


def test_the_documentation_has_the_result_that_is_kept() -> None:
    (kept,) = (setups.ROOT / "bench" / "results").glob("*.json")
    result = json.loads(kept.read_text())
    assert report.documented(DOCS.read_text(), result) == DOCS.read_text(), "regenerate it with: make bench BENCH='report <result>'"
    assert report.plot(result) == PLOT.read_text()
    assert [row["name"] for row in result["rows"]] == [row.name for row in work.rows(work.FULL)]


@pytest.mark.parametrize(("quick", "busy", "clusters"), [(True, 2, [3, 3, 6, 12]), (False, 3, [3] * 6 + [6] * 3 + [12] * 3)])
def test_every_start_order_of_three_nodes_is_tried(quick: bool, busy: int, clusters: list[int]) -> None:
    every = {row.name for row in work.rows(work.FULL)}
    made = plan(quick, every)
    assert {run.prefix + row for run in made for row in run.rows} == every
    assert [run.batch_milliseconds for run in made[: 3 * busy]] == [0] * busy + [100] * busy + [0] * busy
    orders = [run.order for run in made[2 * busy :]]
    assert [len(order) for order in orders] == clusters
    assert len({tuple(order) for order in orders}) == len(orders)
    assert all(sorted(order) == list(range(len(order))) for order in orders)


def test_what_waits_for_time_outs_is_measured_twice() -> None:
    made = plan(quick=False, wanted={"formation-3", "back"})
    assert [sorted(run.rows) for run in made] == [["back", "formation-3"], *[["formation-3"]] * 4, ["back", "formation-3"]]
    assert [run.rows for run in plan(quick=False, wanted={"back"})] == [{"back"}] * 2


def test_what_processors_bound_is_measured_with_health_checks_as_seldom_as_on_ecs() -> None:
    made = plan(quick=False, wanted={"gateway-small", "back"})
    assert [(run.rows, run.longest_health_interval) for run in made[:4]] == [({"gateway-small"}, math.inf)] * 3 + [({"back"}, 1)]
    sample = setups.setup("sample", 1).nodes
    for longest, interval, retries in ((math.inf, "30s", 3), (4, "4s", 23)):
        file = compose.compose_file(sample, {sample[0].name: compose.Ports(8080, 9094)}, "10.0.0.0/16", {}, longest)
        check = file["services"]["sample-ipfs-node-a-ipfs"]["healthcheck"]
        assert (check["interval"], check["retries"]) == (interval, retries)


def test_the_sample_has_one_bootstrap_peer() -> None:
    first, second = setups.setup("sample", 2).nodes
    secrets = {secret["name"]: first.secrets[secret["valueFrom"]] for secret in first.containers[1]["secrets"]}
    assert second.containers[1]["command"] == ["daemon", "--bootstrap", f"/dns/{first.dns_name}/tcp/9096/p2p/{secrets['CLUSTER_ID']}"]
    assert sorted(secret["name"] for secret in second.containers[1]["secrets"]) == ["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS", "CLUSTER_SECRET"]
    assert first.volumes["ipfs"].volume != second.volumes["ipfs"].volume
    assert service_name(second, "ipfs") == "sample-ipfs-node-b-ipfs"


@pytest.mark.parametrize("name", setups.NAMES)
def test_every_set_up_is_a_compose_file(name: str) -> None:
    nodes = setups.setup(name, 2).nodes
    file = compose.compose_file(nodes, {node.name: compose.Ports(8080, 9094) for node in nodes}, "10.0.0.0/16", {}, math.inf)
    assert len(nodes) == (1 if name == "kubo" else 2)
    assert {service_name(node, "ipfs") for node in nodes} <= set(file["services"])


def test_only_this_program_collects_pins_and_only_where_that_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    @contextlib.contextmanager
    def created(setup: setups.Setup, *_: object) -> Iterator[setups.Setup]:
        daemon = next(container for container in setup.nodes[0].containers if container["name"] == "ipfs-cluster")
        asked.append({variable["name"]: variable["value"] for variable in daemon["environment"]})
        yield setup

    monkeypatch.setattr(cluster, "created", created)
    monkeypatch.setattr(work.Work, "run", lambda *_: {"held": 1.0})
    (*_, result) = bench.measure(work.QUICK, [Run([0, 1, 2], {"held"}, math.inf, 100)], {"batched-held"})
    assert [row["figures"] for row in result["rows"]] == [{"sample": [], "program": [1.0], "kubo": []}]
    assert [settings["CLUSTER_CRDT_BATCHING_MAXBATCHAGE"] for settings in asked] == ["100ms"]


class EngineWithImages:
    def has_image(self, image: str) -> bool:
        return True


def test_what_was_measured_before_it_was_stopped_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def measured(*_: object) -> Iterator[dict[str, Any]]:
        yield {**RESULT, "failed": ["this program, pin: timed out"]}
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "FOLDER", tmp_path / ".bench")
    monkeypatch.setattr(bench, "measure", measured)
    monkeypatch.setattr(engine, "find", lambda *_: EngineWithImages())
    assert bench.run(["quick"]) == 130
    (file,) = (tmp_path / ".bench").glob("*.json")
    assert json.loads(file.read_text())["rows"] == RESULT["rows"]
    said = capsys.readouterr().out
    assert "Stopped" in said
    assert "| add | MiB/s |" in said
    assert "Failed: this program, pin: timed out" in said
    assert str(file.relative_to(tmp_path)) in said


class Formless(cluster.Cluster):
    """A set-up whose nodes never see each other."""

    def peers_seen(self, index: int) -> int:
        return index

    def start(self, order: Sequence[int]) -> None:
        pass


class EngineWithContainers:
    def __init__(self, states: dict[str, str]) -> None:
        self.states = states

    def containers(self) -> dict[str, engine.Container]:
        return {service: engine.Container("1", service, "running", health, 0) for service, health in self.states.items()}

    def logs(self, service: str, lines: int) -> str:
        return f"last {lines} of {service}\n"


@pytest.mark.parametrize(
    ("sick", "shown"),
    [
        ("sample-ipfs-node-b-ipfs", "sample-ipfs-node-b-ipfs (unhealthy)"),
        ("", "sample-ipfs-node-a-ipfs-cluster (healthy)"),
    ],
)
def test_a_set_up_that_does_not_form_is_an_error_that_says_where(sick: str, shown: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = setups.setup("sample", 2)
    services = [service_name(node, container["name"]) for node in made.nodes for container in node.containers]
    found: Any = EngineWithContainers({service: "unhealthy" if service == sick else "healthy" for service in services})
    monkeypatch.setattr(work, "FORMATION_PATIENCE_SECONDS", 0)
    measured = work.Work(Formless(made, found, [compose.Ports(1, 2)] * 2, {}), work.QUICK, tmp_path, lambda _: None)
    with pytest.raises(work.NotFormedError) as raised:
        measured.run([0, 1], {"formation-2"})
    service = shown.split(maxsplit=1)[0]
    assert str(raised.value) == (
        f"sample did not form within 0 s: of 2 peers see: sample-ipfs-node-a 0, sample-ipfs-node-b 1; the last lines of {shown}:\nlast 20 of {service}"
    )
    assert measured.figures == {}


@pytest.mark.parametrize("error", [work.NotFormedError, engine.EngineError])
def test_what_never_formed_ends_the_command_with_an_error(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*_: object) -> Iterator[dict[str, Any]]:
        yield {**RESULT, "failed": []}
        raise error("sample did not form")

    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "FOLDER", tmp_path / ".bench")
    monkeypatch.setattr(bench, "measure", measured)
    monkeypatch.setattr(engine, "find", lambda *_: EngineWithImages())
    assert bench.run(["quick"]) == 1
    said = capsys.readouterr().out
    assert "error: sample did not form" in said
    assert "| add | MiB/s |" in said, "what was measured before is kept"


def test_no_two_services_have_a_port() -> None:
    with contextlib.closing(cluster._free_ports()) as free:
        ports = list(itertools.islice(free, 500))
    assert len(set(ports)) == 500


class Listless(cluster.Cluster):
    """A kubo alone, which has no REST API to list its pins."""

    def pinned(self, index: int) -> set[str]:
        raise OSError(f"node {index} answered 404")


def test_a_kubo_alone_holds_what_it_has_answered(tmp_path: Path) -> None:
    no_engine: Any = None
    alone = Listless(setups.setup("kubo", 1), no_engine, [compose.Ports(1, 2)], {})
    measured = work.Work(alone, dataclasses.replace(work.QUICK, burst_seconds=0.001), tmp_path, lambda _: None)
    measured.add_until_held()
    assert measured.figures == {"held": 0}


class EngineThatStarts:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *_: str) -> None:
        pass

    def start(self, *_: str, log: Path) -> "subprocess.Popen[bytes]":
        self.started.append(subprocess.Popen(["sleep", "600"]))
        return self.started[-1]


def test_nothing_is_created_after_all_was_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ctrl-C between the starts of two nodes, while Compose still creates the first one's containers."""

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    found = EngineThatStarts(tmp_path / "compose.yaml")
    removed: list[list[int | None]] = []
    monkeypatch.setattr(engine, "find", lambda *_: found)
    monkeypatch.setattr(cluster, "_remove", lambda _: removed.append([process.poll() for process in found.started]))
    monkeypatch.setattr("time.sleep", interrupted)
    with pytest.raises(KeyboardInterrupt), cluster.created(setups.setup("sample", 2), math.inf) as made:
        made.start([0, 1])
    assert removed == [[-signal.SIGTERM]]


@pytest.mark.parametrize("words", [["report"], ["report", "nowhere.json"], ["report", "README.md"]])
def test_a_report_of_nothing_says_what_to_name(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = DOCS.read_text()
    assert bench.main(words) == 2
    assert "BENCH='report" in capsys.readouterr().out
    assert DOCS.read_text() == before


def test_clients_meet_the_load_balancer_without_a_distribution() -> None:
    for name in ("sample", "program"):
        found = setups.setup(name, 1).front
        assert found is not None
        assert [(listener.role, listener.entrance) for listener in found.listeners] == [("gateway", 80), ("api", 9094)]
        assert all(len(listener.rules) == 1 for listener in found.listeners)
