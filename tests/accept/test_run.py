"""A whole run of the kit on the real engine, with a stand-in for AWS and for the daemons."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accept import settings
from accept.__main__ import main
from accept.context import Context
from accept.probes import PROBES, data, watching
from tests.accept.cloud import Cloud
from tests.accept.daemons import Daemons, listening
from tests.accept.stand_ins import FastClock, ended
from tests.engine.provider import ACCOUNT, REGION, World
from tests.engine.real import needs_engine
from tests.support import ROOT

ALL_PASS = {probe.name: "pass" for probe in PROBES}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_MIB", 1024)
    monkeypatch.setattr(data, "_UPLOAD_MIB", 1)


class Laboratory:
    """A project of its own with the real engine, and the stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder / "world.json")
        self.world.break_image(f"ipfs/kubo:{settings.BAD_TAG}")
        (folder / "bin").mkdir()
        plugin = folder / "bin" / "pulumi-resource-aws"
        plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.accept.provider "{self.world.file}"\n')
        plugin.chmod(0o755)
        (folder / "state").mkdir()
        (folder / "Pulumi.yaml").write_text("name: ipfs-cluster\nruntime: python\n")
        shutil.copy(ROOT / "__main__.py", folder / "__main__.py")
        self.environment = {
            "PATH": os.pathsep.join([str(plugin.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of-no-importance",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.clock = FastClock()
        self.cloud = Cloud(self.world, self.clock.now)
        self.cloud.task_script = ended(self.clock)
        self.daemons = Daemons([])
        self.cloud.exported = lambda: list(self.daemons.pins)  # type: ignore[method-assign]
        self.prepare: Callable[[Context], None] = lambda ctx: None

    def run(self, *arguments: str, wanted: tuple[str, ...] = ("--region", REGION, "--budget-usd", "20", "--yes")) -> int:
        with listening(self.daemons) as origin:
            return main(
                [*wanted, *arguments],
                root=self.folder,
                origins={"*": origin},
                environment=self.environment,
                account=lambda region: self.cloud,
                prepare=self._prepare,
                clock=self.clock,
            )

    def _prepare(self, ctx: Context) -> None:
        ctx.pause_seconds = 0.05
        ctx.find_tool = lambda name: shutil.which(name) if name == "curl" else None
        ctx.check = lambda outputs, say: say("ok    nodes")
        real = ctx.all_outputs

        def outputs() -> dict[str, Any]:
            found = real()
            self.daemons.password = f"{found.get('api_username')}:{found.get('api_password')}"
            self.daemons.pinner = f"{found.get('pinning_service_username')}:{found.get('pinning_service_password')}"
            self.daemons.nodes = list(found.get("dns_names", {}))
            return found

        ctx.all_outputs = outputs  # type: ignore[method-assign]
        self.prepare(ctx)

    def report(self) -> dict[str, Any]:
        (file,) = self.folder.glob(".accept/*/report.json")
        return dict(json.loads(file.read_text()))

    def results(self) -> dict[str, str]:
        return {step["probe"]: step["result"] for step in self.report()["steps"]}


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    made = Laboratory(tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


@needs_engine
def test_a_run_from_nothing_to_nothing(laboratory: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    code = laboratory.run()
    said = capsys.readouterr().out
    (folder,) = laboratory.folder.glob(".accept/*")
    if os.environ.get("ACCEPT_SHOW"):
        Path(os.environ["ACCEPT_SHOW"]).write_text((folder / "report.md").read_text() + "\n----\n" + said)
    assert code == 0
