"""The chaos suite on machines that cannot do everything."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from chaos import __main__ as chaos
from chaos import disk, network, runner
from chaos.plan import KINDS, Fault, Mode
from sandbox import engine

ALL = [kind.name for kind in KINDS]


def test_without_root_some_kinds_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert network.impossible() == dict.fromkeys(("loss", "delay", "slow-network"), "it needs root on Linux")
    assert disk.impossible() == dict.fromkeys(disk.KINDS, "it needs root on Linux")


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: None if name in ("tc", "fsfreeze", "iptables") else name)
    assert network.impossible() == {"loss": "iptables not found", "delay": "tc not found", "slow-network": "tc not found"}
    assert disk.impossible() == dict.fromkeys(disk.KINDS, "fsfreeze not found")


def test_what_the_kernel_refuses_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("nsenter", "iptables", "tc"):
        (tmp_path / name).touch()
    # In place of a network namespace: refuses delays, and takes the rest.
    unshare = tmp_path / "unshare"
    unshare.write_text('#!/bin/sh\ncase "$*" in *netem*) echo "Error: Specified qdisc kind is unknown." >&2; exit 2;; esac\n')
    for file in tmp_path.iterdir():
        file.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert network.impossible() == {"delay": "the kernel refuses it: Error: Specified qdisc kind is unknown."}


@pytest.mark.parametrize(("replicas", "lost"), [(-1, True), (2, False)])
def test_a_file_system_is_lost_only_where_others_have_everything(replicas: int, lost: bool) -> None:
    settings = runner.Settings(1, Mode(3, replicas, "private"), 60, 60, ALL, Path())
    possible = runner.possible_kinds(settings, {"delay": "no"})
    assert ("lost-disk" in possible, "delay" in possible, "kill" in possible) == (lost, False, True)


def test_without_an_engine_the_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def find(file: Path, project: str) -> engine.Engine:
        raise engine.NoEngineError(["docker compose: not installed"])

    monkeypatch.setattr(engine, "find", find)
    assert chaos.main(["--seed", "1"]) == 2
    assert "docker compose: not installed" in capsys.readouterr().out


class Recorded:
    """In place of a cluster: notes what the engine is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def docker(self, *words: str) -> str:
        self.asked.append(" ".join(words))
        return "kubo:1" if words[0] == "inspect" else ""

    def containers(self, node: int) -> dict[str, engine.Container]:
        return {name: engine.Container(f"{name}{node}", "", "running", "", 0) for name in ("task", "ipfs", "ipfs-cluster", "configure")}

    def address(self, node: int) -> str:
        return f"10.0.0.{node}"

    def front_address(self) -> str:
        return "10.0.0.9"


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        (Fault("partition", (0,), 0, 1, against=(1, -1)), {"task0": ["10.0.0.1", "10.0.0.9"], "task1": ["10.0.0.0"]}),
        (Fault("one-way", (0,), 0, 1, against=(1, -1)), {"task0": ["10.0.0.1", "10.0.0.9"]}),
        (Fault("one-way", (0, 2), 0, 1, against=(1,)), {"task0": ["10.0.0.1"], "task2": ["10.0.0.1"]}),
    ],
)
def test_who_cannot_send_to_whom(fault: Fault, wanted: dict[str, list[str]]) -> None:
    cluster = Recorded()
    network.inject(cluster, fault)  # type: ignore[arg-type]
    runs = [asked for asked in cluster.asked if asked.startswith("run ")]
    found = {asked.split("--network container:")[1].split()[0]: [word.split()[0] for word in asked.split("arp -s ")[1:]] for asked in runs}
    assert found == wanted
