"""The command line: what is refused before anything is made."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._cmd import CommandResult

from accept import __main__ as command
from accept.aws import Account
from accept.errors import SessionExpiredError
from accept.estimate import Estimate, estimate
from accept.preflight import preflight
from accept.probes import PROBES
from accept.runner import OK
from accept.stack import AutomationStack
from accept.state import State, Step
from tests.accept.cloud import Cloud, error
from tests.helpers.world import ACCOUNT, REGION, World


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr(command, "estimate", lambda skip: Estimate(360, 2.5, 90, {"aws:ecs/service:Service": 3}, "2026-09-23"))
    monkeypatch.setattr("accept.preflight.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(command, "AutomationStack", _no_stack)
    return Cloud(World(tmp_path / "world.json"), lambda: 0)


def _no_stack(*given: Any) -> Any:
    raise AssertionError("a stack is made")


def _main(cloud: Cloud, folder: Path, *words: str) -> int:
    return command.main(list(words), root=folder, account=lambda region: _in(cloud, region))


def _in(cloud: Cloud, region: str) -> Cloud:
    cloud.region = region
    return cloud


def test_a_budget_that_is_too_small(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _main(cloud, tmp_path, "--region", REGION, "--budget-usd", "2", "--yes") == command.REFUSED
    assert "expected to cost 2.50 USD, more than the budget of 2.00" in capsys.readouterr().err
    assert not (tmp_path / ".accept").exists()


def test_no_is_no(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in ("", "n", "no", EOFError()):
        monkeypatch.setattr("builtins.input", lambda prompt, a=answer: _answer(a))
        assert _main(cloud, tmp_path, "--region", REGION, "--budget-usd", "5") == command.REFUSED
    said = capsys.readouterr().out
    assert "It takes about 6.0 hours and costs about 2.50 USD (prices of 2026-09-23, us-east-1)." in said
    assert "3 Service" in said
    assert not (tmp_path / ".accept").exists()


def _answer(answer: Any) -> str:
    if isinstance(answer, BaseException):
        raise answer
    return str(answer)


def test_yes_begins(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    monkeypatch.setattr(command, "_versions", dict)
    with pytest.raises(AssertionError, match="a stack is made"):
        _main(cloud, tmp_path, "--region", REGION, "--budget-usd", "5")


def test_what_is_missing_is_told_at_once(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("accept.preflight.shutil.which", lambda name: None)
    assert _main(cloud, tmp_path, "--region", "eu-nowhere-1", "--budget-usd", "1", "--yes") == command.REFUSED
    told = capsys.readouterr().err
    assert "the Pulumi CLI is not on PATH" in told
    assert "curl is not on PATH" in told
    assert "there is no Region 'eu-nowhere-1'" in told
    assert "more than the budget" in told


def test_a_backend_that_cannot_be_used(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(**given: Any) -> Any:
        raise auto.CommandError(CommandResult("", "error: PULUMI_ACCESS_TOKEN must be set for login", 255))

    monkeypatch.setattr(command, "AutomationStack", AutomationStack)
    monkeypatch.setattr(auto, "create_or_select_stack", refuse)
    monkeypatch.setattr(auto, "LocalWorkspaceOptions", lambda **given: None)
    monkeypatch.setattr(command, "_versions", dict)
    assert _main(cloud, tmp_path, "--region", REGION, "--budget-usd", "5", "--yes") == command.REFUSED
    assert "Pulumi does not create the stack: PULUMI_ACCESS_TOKEN must be set for login; `pulumi whoami` must work" in capsys.readouterr().err
    assert not list((tmp_path / ".accept").iterdir())


def test_a_stack_that_is_gone_is_not_made_anew(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / ".accept" / "accept-x" / "state.json", "accept-x", REGION, ACCOUNT, 5, 0, stack_removed=True)
    state.steps = {probe.name: Step("pass", 0, 1) for probe in PROBES if probe.name != "expiry"}
    state.save()
    monkeypatch.setattr(command, "AutomationStack", AutomationStack)
    monkeypatch.setattr(auto, "create_or_select_stack", _no_stack)
    monkeypatch.setattr(command, "_versions", dict)
    assert _main(cloud, tmp_path, "--resume", "accept-x", "--yes") == OK


@pytest.mark.parametrize("words", [["--region", REGION], ["--budget-usd", "5"], ["--region", REGION, "--budget-usd", "5", "--skip", "destroy"]])
def test_a_wrong_command_line(cloud: Cloud, tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _main(cloud, tmp_path, *words)
    assert ended.value.code == 2


def test_a_run_of_another_account(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    State(tmp_path / ".accept" / "accept-x" / "state.json", "accept-x", REGION, "999999999999", 5, 0).save()
    assert _main(cloud, tmp_path, "--resume", "accept-x", "--yes") == command.REFUSED
    assert "belongs to another account" in capsys.readouterr().err
    assert _main(cloud, tmp_path, "--resume", "accept-y", "--yes") == command.REFUSED
    assert "there is no run 'accept-y' here; known are: accept-x" in capsys.readouterr().err


def test_credentials(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight(cloud, 360, 0).problems == []
    soon = datetime.datetime.fromtimestamp(3600, datetime.UTC)
    monkeypatch.setattr(cloud, "session_ends", lambda: (soon, True))
    assert "the AWS session ends at 01:00 UTC" in preflight(cloud, 360, 0).notes[0]
    monkeypatch.setattr(cloud, "session_ends", lambda: (None, False))
    monkeypatch.setattr(cloud, "is_temporary", lambda: True)
    assert "must last for about 6.0 hours" in preflight(cloud, 360, 0).notes[0]
    cloud.broken["sts.get_caller_identity"] = SessionExpiredError("AWS no longer accepts the credentials")
    assert "`aws sts get-caller-identity` must work" in preflight(cloud, 360, 0).problems[0]


def test_limits_of_the_account(cloud: Cloud) -> None:
    cloud.broken["service-quotas.get_service_quota"] = lambda p, own: {"Quota": {"Value": 2.0}}
    assert "Fargate runs 2 vCPUs in this account, and 2.5 are needed" in preflight(cloud, 360, 0).notes[0]
    cloud.broken["service-quotas.get_service_quota"] = error("AccessDeniedException")
    assert "could not be read; 2.5 vCPUs are needed" in preflight(cloud, 360, 0).notes[0]
    cloud.broken["ec2.describe_regions"] = lambda p, own: {"Regions": [{"RegionName": REGION, "OptInStatus": "not-opted-in"}]}
    assert "has not opted in" in preflight(cloud, 360, 0).problems[0]


def test_an_expired_session_is_told_from_other_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    account = Account(REGION)

    class Client:
        def __init__(self, code: str) -> None:
            self._code = code

        def get_caller_identity(self) -> None:
            raise error(self._code)

    for code, kind in (("ExpiredToken", SessionExpiredError), ("AccessDenied", type(error("x")))):
        monkeypatch.setattr(account, "_client", lambda service, at, c=code: Client(c))
        with pytest.raises(kind):
            account.call("sts", "get_caller_identity")


def test_the_estimate_is_the_bill_by_the_hour() -> None:
    whole, half = estimate(), estimate({"breaker", "failed-update", "scale", "restore"})
    assert whole.minutes > 240
    assert 0.5 < half.usd < whole.usd < 10
    assert 40 < whole.month_usd < 200
    assert whole.resources["aws:ecs/service:Service"] == 3
