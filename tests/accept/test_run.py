"""A whole run of the kit on the real engine, with a stand-in for AWS and for the daemons."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accept import settings
from accept.__main__ import main
from accept.context import Context
from accept.probes import PROBES, data, watching
from accept.questions import QUESTIONS
from accept.runner import LEFT
from tests.accept.cloud import Cloud
from tests.accept.daemons import Daemons, listening
from tests.accept.stand_ins import FastClock, ended
from tests.helpers.engine import needs_engine
from tests.helpers.support import ROOT
from tests.helpers.world import ACCOUNT, REGION, TASK_DEFINITION, World


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
        at_once = "import ipfs_cluster.storage.storage\n\nipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0\n"
        (folder / "__main__.py").write_text(at_once + (ROOT / "__main__.py").read_text())
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
        self.cloud.exported = lambda: list(self.daemons.pins)
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
    code = laboratory.run("--skip", "expiry-begin")
    said = capsys.readouterr().out
    (folder,) = laboratory.folder.glob(".accept/*")
    report = (folder / "report.md").read_text()
    assert laboratory.results() == {**dict.fromkeys((probe.name for probe in PROBES), "pass"), "expiry-begin": "skip", "expiry": "skip"}, report
    assert code == 0
    assert "Left in the account: nothing." in said
    unanswered = [one["question"] for one in laboratory.report()["questions"] if not one["answer"]]
    assert unanswered == [QUESTIONS["backup-expiry"]]
    # Nothing stays: not in the account, not beside the project, not of what the kit made for itself.
    assert [arn for arn, one in laboratory.world.read()["resources"].items() if not one["deleted"] and one["tags"] and one["type"] != TASK_DEFINITION] == []
    assert not any(one["active"] for one in laboratory.world.revisions().values())
    assert not list(laboratory.folder.glob("Pulumi.accept-*.yaml"))
    cloud = laboratory.cloud
    assert [cloud.revisions, cloud.own_services, cloud.file_systems, cloud.roles, cloud.distributions] == [{}, {}, {}, {}, {}]
    assert not any(cloud.vaults.values())
    password = laboratory.daemons.password.partition(":")[2]
    assert len(password) > 12
    for file in folder.iterdir():
        assert password not in file.read_text(), file.name
    assert ACCOUNT not in report


@needs_engine
def test_interrupted_in_the_first_deployment(laboratory: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    """The process is told to end while the engine makes services; AWS refuses to delete the load balancer at first, and forgets to delete a file system."""
    with laboratory.world.change() as content:
        content |= {"undeletable": {"aws:lb/loadBalancer:LoadBalancer": 1}, "forgotten": ["aws:efs/fileSystem:FileSystem"]}

    def prepare(ctx: Context) -> None:
        stack: Any = ctx.stack
        told: list[str] = []

        def heard(line: str) -> None:
            if "ecs:Service " in line and not told:
                told.append(line)
                os.kill(os.getpid(), signal.SIGTERM)

        stack._say = heard

    laboratory.prepare = prepare
    assert laboratory.run() == LEFT
    said = capsys.readouterr().out
    assert "interrupted: everything is removed now" in said
    assert {name: result for name, result in laboratory.results().items() if result not in ("not run", "skip")} == {
        "deploy": "interrupted",
        "destroy": "pass",
        "leftovers": "fail",
    }
    # Every resource that stayed is named, and no other.
    stayed = {arn for arn, one in laboratory.world.read()["resources"].items() if not one["deleted"] and one["tags"] and one["type"] != TASK_DEFINITION}
    assert {arn.split(":")[2] for arn in stayed} == {"efs"}
    left = laboratory.report()["left"]
    assert {line for line in left if "NOT announced" in line} == {f"NOT announced: {arn}".replace(ACCOUNT, "<account>") for arn in stayed}
