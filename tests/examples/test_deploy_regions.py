"""The script that deploys several Regions, on stacks that only note what is done with them."""

import datetime
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._cmd import CommandResult

from tests.helpers import example
from tests.helpers.support import EXAMPLES

REGIONS = {"eu-west-1": ("europe", "10.94.0.0/16"), "us-east-1": ("america", "10.95.0.0/16"), "ap-northeast-1": ("asia", "10.96.0.0/16")}


class Backend:
    """The stacks of a project, and all that was done with them."""

    def __init__(self) -> None:
        self.stacks: dict[str, Stack] = {}
        self.did: list[str] = []
        self.errors: dict[str, auto.CommandError] = {}
        """By stack: what its next update or destruction ends with."""
        self.together: threading.Barrier | None = None
        """Where updates wait for each other."""

    def create_or_select_stack(self, stack_name: str, work_dir: str) -> "Stack":
        if stack_name not in self.stacks:
            self.did.append(f"init {stack_name}")
        return self.stacks.setdefault(stack_name, Stack(stack_name, self))

    def select_stack(self, stack_name: str, work_dir: str) -> "Stack":
        return self.stacks[stack_name]

    def LocalWorkspace(self, work_dir: str) -> Any:  # noqa: N802
        return types.SimpleNamespace(list_stacks=lambda: [types.SimpleNamespace(name=name) for name in self.stacks])

    def took(self) -> list[str]:
        """What was done since the last time that somebody asked."""
        found, self.did = self.did, []
        return found


class Stack:
    """As much of auto.Stack as the script uses."""

    def __init__(self, name: str, backend: Backend) -> None:
        self.name, self.backend, self.workspace = name, backend, self
        self.config: dict[str, auto.ConfigValue] = {}
        self.made: dict[str, auto.OutputValue] = {}

    def get_all_config(self) -> dict[str, auto.ConfigValue]:
        return self.config

    def set_config(self, key: str, value: auto.ConfigValue) -> None:
        self.config[key] = value

    def outputs(self) -> dict[str, auto.OutputValue]:
        return self.made

    def history(self, page_size: int) -> list[Any]:
        ended = datetime.datetime(2026, 11, 29, 7, 0, tzinfo=datetime.UTC)
        return [types.SimpleNamespace(kind="update", result="succeeded", end_time=ended)] if self.made else []

    def _run(self, what: str, on_output: Callable[[str], None]) -> None:
        if self.backend.together:
            self.backend.together.wait(timeout=20)
        if self.name in self.backend.errors:
            raise self.backend.errors.pop(self.name)
        self.backend.did.append(f"{what} {self.name}")
        on_output(f"{what} is under way\n")

    def up(self, on_output: Callable[[str], None], color: str) -> None:
        self._run("up", on_output)
        self.made = {"first": auto.OutputValue(next(iter(sys.modules["regions"].REGIONS)), False), "shared_secrets": auto.OutputValue("the-secrets", True)}

    def destroy(self, on_output: Callable[[str], None], color: str) -> None:
        self._run("destroy", on_output)

    def remove_stack(self, name: str) -> None:
        del self.backend.stacks[name]


class Script:
    """The script, loaded anew for each command, as a new process would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.backend, self._folder, self._monkeypatch = Backend(), folder, monkeypatch
        self.regions = dict(list(REGIONS.items())[:2])
        for name in ("create_or_select_stack", "select_stack", "LocalWorkspace"):
            monkeypatch.setattr(auto, name, getattr(self.backend, name))

    def __call__(self, *arguments: str) -> int:
        known = types.ModuleType("regions")
        vars(known).update(REGIONS=self.regions, STACKS={region: stack for region, (stack, _) in self.regions.items()}, WORLD="world")
        self._monkeypatch.setitem(sys.modules, "regions", known)
        loaded: Any = example.load("several-regions", "deploy.py")
        (self._folder / "regions.py").write_text(repr(self.regions))
        loaded.HERE, loaded.PROGRESS = self._folder, self._folder / ".deploy.json"
        return int(loaded.main(list(arguments)))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(tmp_path, monkeypatch)


def error(text: str) -> auto.CommandError:
    return auto.CommandError(CommandResult("", text, 255))


ALL = ["up europe", "up america", "up world", "up europe", "up america"]


def test_all_stacks_exist_before_the_first_update_and_are_updated_in_their_order(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    assert script("up") == 0
    assert script.backend.took() == ["init europe", "init america", "init world", *ALL]
    assert {name: stack.config["aws:region"].value for name, stack in script.backend.stacks.items()} == {
        "europe": "eu-west-1",
        "america": "us-east-1",
        "world": "eu-west-1",
    }
    said = capsys.readouterr().out
    assert "the other Regions: america\namerica    | up is under way\namerica    | done after 0:00\n" in said
    assert script("status") == 0
    assert "europe     | update succeeded, 2026-11-29 07:00\n" in capsys.readouterr().out


def test_the_other_regions_are_deployed_at_the_same_time(script: Script) -> None:
    script.regions = REGIONS
    assert script("up", "europe") == 0
    script.backend.took()

    def met() -> None:
        script.backend.together = None  # from then on one after another

    script.backend.together = threading.Barrier(2, met)
    assert script("up", "america", "asia") == 0
    found = script.backend.took()
    assert sorted(found[:2]) == ["up america", "up asia"]
    assert found[2:] == ["up america", "up asia"]


def test_after_a_failure_the_same_command_goes_on(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.regions = REGIONS
    script.backend.errors["america"] = error("Updating (america):\n error: no such host\n error: no such host\n stack\n RuntimeError: lost\n")
    assert script("up") == 1
    assert capsys.readouterr().err == "america (us-east-1): no such host\nRuntimeError: lost\nrun the same command again: it goes on with america\n"
    assert sorted(script.backend.took()) == ["init america", "init asia", "init europe", "init world", "up asia", "up europe"]
    script.backend.errors["america"] = auto.ConcurrentUpdateError(CommandResult("", "conflict", 255))
    assert script("up") == 1
    assert "america (us-east-1): another update is running; try again when it is done, or run `pulumi cancel`" in capsys.readouterr().err
    assert script.backend.took() == []
    assert script("up") == 0
    assert script.backend.took() == ["up america", "up world", "up europe", "up america", "up asia"]
    assert "europe     | the first Region: done before\n" in capsys.readouterr().out
    assert script("up") == 0
    assert sorted(script.backend.took()) == sorted([*ALL, "up asia", "up asia"]), "what came to its end begins anew"


def test_after_a_change_nothing_is_done_before(script: Script) -> None:
    script.backend.errors["america"] = error("error: refused")
    assert script("up") == 1
    script.backend.took()
    script.regions["us-east-1"] = ("america", "10.99.0.0/16")
    assert script("up") == 0
    assert script.backend.took() == ALL


def test_an_update_that_fails_leaves_the_regions_after_it_alone(script: Script) -> None:
    assert script("up") == 0
    script.backend.took()
    script.backend.errors["world"] = error("error: refused")
    assert script("up") == 1
    script.backend.errors["europe"] = error("error: refused")
    script.backend.took()
    assert script("up") == 1
    assert script.backend.took() == ["up world"]


def test_a_region_is_removed(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.regions = dict(REGIONS)
    assert script("up") == 0
    assert script("destroy", "europe") == 1
    assert "europe is in regions.py, and the others count on it" in capsys.readouterr().err
    script.backend.took()
    del script.regions["eu-west-1"]
    assert script("up") == 0
    assert "stack europe is in no Region of regions.py: `deploy.py destroy europe` destroys it\n" in capsys.readouterr().out
    kept = {name: stack.config["shared"] for name, stack in script.backend.stacks.items() if "shared" in stack.config}
    assert {name: (value.value, value.secret) for name, value in kept.items()} == dict.fromkeys(("america", "asia"), ("the-secrets", True))
    script.backend.took()
    assert script("destroy", "europe") == 0
    assert script.backend.took() == ["destroy europe"]
    assert sorted(script.backend.stacks) == ["america", "asia", "world"]
    assert script("destroy", "africa") == 1
    assert "there is no stack africa; there are america, asia, world\n" in capsys.readouterr().err


def test_everything_is_destroyed_the_link_first(script: Script) -> None:
    assert script("up") == 0
    script.backend.errors["america"] = error("error: DependencyViolation")
    script.backend.took()
    assert script("destroy") == 1
    assert script.backend.took() == ["destroy world", "destroy europe"]
    assert script("destroy") == 0
    assert script.backend.took() == ["destroy america"]
    assert script.backend.stacks == {}


def test_a_wrong_argument(script: Script) -> None:
    with pytest.raises(SystemExit) as ended:
        script("up", "africa")
    assert ended.value.code == 2


def test_without_the_pulumi_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "several-regions")
    monkeypatch.delitem(sys.modules, "regions", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    loaded: Any = example.load("several-regions", "deploy.py")
    assert loaded.main(["up"]) == 1
    assert capsys.readouterr().err == "the Pulumi CLI is not installed: https://www.pulumi.com/docs/install/\n"
