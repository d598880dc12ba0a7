"""The script with the Automation API, on a stack that only notes what is done with it."""

import importlib.util
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from pulumi import automation as auto
from pulumi.automation._cmd import CommandResult

from sandbox import simulation
from sandbox.account import Account
from tests.helpers.support import EXAMPLES

SCRIPT = EXAMPLES / "automation" / "deploy.py"


class Stack:
    """As much of auto.Stack as the script uses."""

    def __init__(self, name: str, error: str = "") -> None:
        self.name, self.error = name, error
        self.config: dict[str, auto.ConfigValue] = {}
        self.did: list[str] = []
        self.made: dict[str, Any] = {}
        self.workspace = self

    def history(self, page_size: int) -> list[str]:
        return self.did[-page_size:]

    def refresh_config(self) -> None:
        self.config["apiPassword"] = auto.ConfigValue("as-it-was-before", secret=True)

    def set_config(self, key: str, value: auto.ConfigValue) -> None:
        self.config[key] = value

    def _run(self, what: str, on_output: Callable[[str], None]) -> Any:
        if self.error:
            raise auto.CommandError(CommandResult("", self.error, 255))
        self.did.append(what)
        on_output(f"{what} is under way\n")
        return types.SimpleNamespace(change_summary={"create": 7}, summary=types.SimpleNamespace(resource_changes={"create": 7}))

    def preview(self, on_output: Callable[[str], None]) -> Any:
        return self._run("preview", on_output)

    def up(self, on_output: Callable[[str], None]) -> Any:
        self.made = {"gateway_url": "https://g.example.com", "api_url": "https://a.example.com", "api_username": "me"}
        return self._run("up", on_output)

    def destroy(self, on_output: Callable[[str], None]) -> Any:
        return self._run("destroy", on_output)

    def remove_stack(self, name: str) -> None:
        self.did.append(f"remove {name}")

    def outputs(self) -> dict[str, auto.OutputValue]:
        return {name: auto.OutputValue(value, False) for name, value in self.made.items()}


class CheckFailedError(Exception):
    """Stands in for the component's."""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module, with a check that fails where the gateway is not https."""

    def check(outputs: Mapping[str, Any], say: Callable[[str], None] = print) -> None:
        if not outputs["gateway_url"].startswith("https:"):
            raise CheckFailedError("the gateway does not answer")
        say("checked")

    module = types.ModuleType("ipfs_cluster.check")
    vars(module).update(check=check, CheckFailedError=CheckFailedError)
    monkeypatch.setitem(sys.modules, "ipfs_cluster.check", module)
    spec = importlib.util.spec_from_file_location("deploy", SCRIPT)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "deploy", loaded)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def stack(script: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack("dev")
    monkeypatch.setattr(auto, "create_or_select_stack", lambda **given: made)
    return made


def test_from_create_to_destroy(script: Any, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IPFS_API_PASSWORD", "correct-horse-battery")
    assert [script.main([command, "dev"]) for command in ("preview", "up", "check", "destroy")] == [0, 0, 0, 0]
    assert stack.did == ["preview", "up", "destroy", "remove dev"]
    assert (stack.config["aws:region"].value, stack.config["aws:region"].secret) == ("eu-west-1", False)
    assert (stack.config["apiPassword"].value, stack.config["apiPassword"].secret) == ("correct-horse-battery", True)
    said = capsys.readouterr().out
    assert "would change: 7 create" in said
    assert "   up is under way\n" in said
    assert "REST API: https://a.example.com as me" in said
    assert "checked" in said
    assert "correct-horse-battery" not in said


def test_a_password_is_kept_at_the_next_run(script: Any, stack: Stack) -> None:
    script.main(["up", "dev"])
    assert "apiPassword" not in stack.config
    script.main(["up", "dev"])
    assert stack.config["apiPassword"].value == "as-it-was-before"


def test_an_error_of_the_engine_is_told_in_short(script: Any, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    told = "IpfsCluster 'ipfs': 1 problem(s) with its inputs:"
    stack.error = f"Updating (dev):\n error: {told}\n   - nodes.count: 0 is too few\n error: an unhandled error occurred: {told}\n stack trace\n"
    assert script.main(["up", "dev"]) == 1
    assert capsys.readouterr().err == f"dev: up failed\n{told}\n- nodes.count: 0 is too few\n"


def test_a_check_that_fails(script: Any, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["check", "dev"]) == 3
    assert "dev: stack dev does not exist; run:" in capsys.readouterr().err
    stack.made = {"gateway_url": "http://g.example.com"}
    assert script.main(["check", "dev"]) == 3
    assert capsys.readouterr().err == "dev: the gateway does not answer\n"


def test_a_wrong_argument(script: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        script.main(["up", "elsewhere"])
    assert ended.value.code == 2


def test_without_the_pulumi_cli(script: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    assert script.main(["preview", "dev"]) == 1
    assert capsys.readouterr().err == "the Pulumi CLI is not installed: https://www.pulumi.com/docs/install/\n"


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_its_programs_deploy(script: Any, name: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import deploy\ndeploy.program(deploy.ENVIRONMENTS[{name!r}])()\n")
    region = script.ENVIRONMENTS[name].region
    values = {"aws:region": region, "ipfs-automation:apiPassword": "correct-horse-battery"}
    with mock_aws():
        found = simulation.run(program, simulation.Configuration("ipfs-automation", name, values), Account(region))
    assert len([r for r in found.registrations if r.type == "ipfs-cluster:index:IpfsNode"]) == 3
    assert found.exports["api_password"].value == "correct-horse-battery"
    assert found.exports["api_password"].secret
