"""The acceptance kit's probes of data, against real daemons behind the sandbox's load balancer."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accept.context import Context
from accept.probes import data, deployment
from accept.state import State
from accept.web import Web
from tests.accept.stand_ins import NAME, FastClock
from tests.helpers.daemons import Cluster, needs_daemons, running

pytestmark = needs_daemons


class ShortClock(FastClock):
    """Waits half a second for every wait, so that daemons get on."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.5))
        super().sleep(max(0, seconds - 0.5))


class Outputs:
    """A stack that has outputs, and nothing else."""

    name = NAME

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def outputs(self) -> dict[str, Any]:
        written = json.loads(self._cluster.sandbox.outputs_file.read_text())
        return {**written, "pinning_service_url": f"http://127.0.0.1:{self._cluster.front('pinning')}"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {"network": {"cidr": "10.212.0.0/16"}, "nodes": {"count": 2}, "swarm": {"mode": "private"}, "api": {"pinningService": True}}
    with running(tmp_path_factory.mktemp("acceptance"), groups) as made:
        yield made


@pytest.fixture
def ctx(cluster: Cluster, tmp_path: Path) -> Context:
    state = State(tmp_path / NAME / "state.json", NAME, "eu-west-1", "", 0, 0)
    stack: Any = Outputs(cluster)
    aws: Any = None
    return Context(aws, stack, Web(), ShortClock(), state, print)


def test_check_and_clients(ctx: Context) -> None:
    assert [line.split()[:2] for line in deployment.check(ctx).evidence] == [["ok", step] for step in ("nodes", "add", "pinned", "read", "unpin", "pins")]
    told = data.clients(ctx).evidence
    missing = {"ipfs-cluster-ctl": "ipfs-cluster-ctl is not installed", "ipfs pin remote": "kubo's command ipfs is not installed"}
    for client in ("curl", "a token", "ipfs-cluster-ctl", "ipfs pin remote"):
        why = missing.get(client) if not shutil.which(client.split()[0]) else None
        assert f"{client}: {f'not tried, {why}' if why else 'pinned on 2 nodes, read by the gateway'}" in told


def test_archives_are_cut_and_later_whole(ctx: Context) -> None:
    """The premise of the probe: with real daemons a CAR and a TAR of a directory that lacks a block end early, with no cache in front they are whole later."""
    told = data.archives_cut(ctx).evidence
    assert told[0].startswith(("car: 200", "car: broken off"))
    assert told[1].startswith(("tar: 200", "tar: broken off"))
    told = data.archives_whole(ctx).evidence
    assert all("whole" in line for line in told)


def test_trailers_and_uploads(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.trailers(ctx).answers["trailers"].startswith("HTTP/1.1: passed on")
    monkeypatch.setattr(data, "_UPLOAD_MIB", 1)
    assert "MiB" in data.early_answer(ctx).answers["early-answer"]
    assert data.silent_upload(ctx).answers["silent-upload"].startswith("150 s are accepted")


def test_a_stream_of_reads_and_adds(ctx: Context) -> None:
    flowing = data.stream(ctx)
    for _ in range(3):
        flowing.once()
    assert flowing.settle()[0].startswith("3 reads and 3 adds, 0 retried, 0 failed")
