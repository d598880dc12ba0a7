"""The order of things: interruptions, resumption, removal in any case, and what is said of what is left."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accept import report
from accept.errors import NotApplicableError, ProbeFailedError, SessionExpiredError
from accept.probes import PROBES
from accept.results import Probe, Result
from accept.runner import FAILED, INTERRUPTED, LEFT, OK, Runner
from accept.state import StateError, load
from tests.accept.stand_ins import Trial, trial

BY_NAME = {probe.name: probe for probe in PROBES}


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Trial]:
    with trial(tmp_path) as made:
        yield made


def _probe(name: str, run: Callable[[Any], Result], needs: tuple[str, ...] = ("deploy",)) -> Probe:
    return Probe(name, f"{name} works.", 1, run, needs=needs)


def _runner(tried: Trial, *between: Probe, skip: tuple[str, ...] = ()) -> Runner:
    probes = [BY_NAME["deploy"], *between, BY_NAME["destroy"], BY_NAME["leftovers"]]
    return Runner(tried.ctx, probes, skip, tried.said.append)


def _results(tried: Trial) -> dict[str, str]:
    return {name: step.status for name, step in load(tried.ctx.state.file).steps.items()}


def _raise(error: BaseException) -> Callable[[Any], Result]:
    def run(ctx: Any) -> Result:
        raise error

    return run


def test_all_is_well(tried: Trial) -> None:
    assert _runner(tried, _probe("look", lambda ctx: Result(["seen"], {}))).run() == OK
    assert _results(tried) == {"deploy": "pass", "look": "pass", "destroy": "pass", "leftovers": "pass"}
    assert tried.stack.removed
    assert "Left in the account: nothing." in tried.said


def test_a_failure_does_not_end_the_run(tried: Trial) -> None:
    after: list[str] = []

    def later(ctx: Any) -> Result:
        after.append("ran")
        return Result()

    assert (
        _runner(
            tried,
            _probe("look", _raise(ProbeFailedError("it is not so"))),
            _probe("crash", _raise(KeyError("x"))),
            _probe("elsewhere", _raise(NotApplicableError("no such thing here"))),
            _probe("needs-it", lambda ctx: Result(), ("look",)),
            _probe("later", later),
        ).run()
        == FAILED
    )
    assert after == ["ran"]
    expected = {"look": "fail", "crash": "fail", "elsewhere": "skip", "needs-it": "skip", "later": "pass", "destroy": "pass", "leftovers": "pass"}
    assert _results(tried) == {"deploy": "pass", **expected}
    assert load(tried.ctx.state.file).steps["crash"].evidence == ["KeyError: 'x'"]


def test_a_deployment_that_fails_is_taken_away(tried: Trial) -> None:
    tried.stack.faults.add("up-fails")
    assert _runner(tried, _probe("look", lambda ctx: Result())).run() == FAILED
    assert _results(tried) == {"deploy": "fail", "look": "skip", "destroy": "pass", "leftovers": "pass"}
    assert tried.stack.destroyed


def test_ctrl_c_destroys(tried: Trial) -> None:
    tried.stack.interrupted = ["creating aws:lb/loadBalancer:LoadBalancer ipfs"]
    assert _runner(tried, _probe("look", _raise(KeyboardInterrupt())), _probe("later", _raise(AssertionError()))).run() == INTERRUPTED
    assert _results(tried) == {"deploy": "pass", "look": "interrupted", "destroy": "pass", "leftovers": "pass"}
    assert tried.stack.recovered
    assert any("the engine was at: creating aws:lb/loadBalancer:LoadBalancer ipfs" in line for line in tried.said)


def test_a_second_ctrl_c_leaves_all_and_names_it(tried: Trial) -> None:
    tried.stack.destroy = _raise(KeyboardInterrupt()).__get__(tried.stack)  # type: ignore[method-assign]
    assert _runner(tried, _probe("look", _raise(KeyboardInterrupt()))).run() == INTERRUPTED
    said = "\n".join(tried.said)
    assert "the stack accept-1124-beef with" in said
    assert "Continue with: make accept RESUME=accept-1124-beef" in said
    assert _results(tried)["destroy"] == "interrupted"


def test_it_resumes_where_it_was(tried: Trial) -> None:
    ran: list[str] = []

    def once(ctx: Any) -> Result:
        ran.append("first")
        return Result()

    def expires(ctx: Any) -> Result:
        ran.append("second")
        if ran.count("second") == 1:
            raise SessionExpiredError("AWS no longer accepts the credentials")
        return Result()

    probes = (_probe("first", once), _probe("second", expires))
    assert _runner(tried, *probes).run() == INTERRUPTED
    assert not tried.stack.destroyed
    assert "Continue with: make accept RESUME=accept-1124-beef" in tried.said
    # Another process, that knows the file alone.
    tried.ctx.state = load(tried.ctx.state.file)
    assert _runner(tried, *probes).run() == OK
    assert ran == ["first", "second", "second"]
    assert tried.stack.ups == 1
    assert tried.stack.destroyed


def test_a_crash_in_the_middle_of_writing_keeps_the_last_state(tried: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tried.ctx.state
    state.save()
    before = state.file.read_text()
    state.notes["x"] = object()
    with pytest.raises(TypeError):
        state.save()
    assert state.file.read_text() == before
    assert [path.name for path in state.file.parent.iterdir()] == ["state.json"]
    assert state.file.stat().st_mode & 0o077 == 0


def test_what_is_kept_is_named(tried: Trial) -> None:
    tried.ctx.state.keep = True
    assert _runner(tried).run() == OK
    assert not tried.stack.destroyed
    assert any("the stack accept-1124-beef with" in line for line in tried.said)
    tried.ctx.state = load(tried.ctx.state.file)
    tried.ctx.state.keep = False
    assert _runner(tried).run() == OK
    assert tried.stack.removed


def test_a_destroy_that_fails_once_is_tried_again(tried: Trial) -> None:
    tried.stack.destroys_that_fail = 1
    assert _runner(tried).run() == OK
    assert load(tried.ctx.state.file).steps["destroy"].evidence[0] == "the first `destroy` stopped: deleting the namespace: ResourceInUse"


def test_a_destroy_that_fails_is_said_and_can_be_resumed(tried: Trial) -> None:
    tried.stack.destroys_that_fail = 2
    assert _runner(tried).run() == LEFT
    assert any("make accept RESUME=accept-1124-beef" in line for line in tried.said)
    assert not tried.stack.removed
    tried.ctx.state = load(tried.ctx.state.file)
    assert _runner(tried).run() == OK
    assert tried.stack.removed


def test_leftovers_are_said(tried: Trial) -> None:
    with tried.world.change() as content:
        content["forgotten"] = ["load-balancer"]
    assert _runner(tried).run() == LEFT
    assert any("NOT announced: arn:aws:lb:eu-west-1:<account>:thing/load-balancer" in line or "NOT announced: arn:aws:lb" in line for line in tried.said)


def test_left_out(tried: Trial) -> None:
    assert _runner(tried, _probe("look", _raise(AssertionError())), skip=("look",)).run() == OK
    assert load(tried.ctx.state.file).steps["look"].evidence == ["skipped by SKIP"]


def test_the_report_holds_no_secret_and_no_account(tried: Trial) -> None:
    told = (
        "account 123456789012, password correct-horse-battery, key AKIAABCDEFGHIJKLMNOP, Authorization: Bearer abcdef0123456789abcdef, "
        "arn:aws:iam::123456789012:role/x"
    )
    _runner(tried, _probe("look", lambda ctx: Result([told], {"idle": told})), _probe("bad", _raise(ProbeFailedError(told)))).run()
    for name in ("report.md", "report.json"):
        text = (tried.ctx.state.file.parent / name).read_text()
        assert "role/x" in text
        for secret in ("123456789012", "correct-horse-battery", "AKIAABCDEFGHIJKLMNOP", "abcdef0123456789"):
            assert secret not in text
    assert "correct-horse-battery" not in tried.ctx.state.file.read_text()


def test_the_report(tried: Trial) -> None:
    _runner(tried, _probe("look", _raise(ProbeFailedError("first line\nsecond | line")))).run()
    text = (tried.ctx.state.file.parent / "report.md").read_text()
    assert "| look | look works. | fail |" in text
    assert "- first line  \n  second | line" in text
    data = json.loads((tried.ctx.state.file.parent / "report.json").read_text())
    assert data["verdict"] == "3 of 4 passed; failed: look"
    assert data["region"] == "eu-west-1"
    full = report.as_json(tried.ctx.state, PROBES, tried.clock.now())
    assert len(full["questions"]) == 25
    assert {one["probe"] for one in full["questions"]} <= set(BY_NAME)


def test_no_such_run(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="there is no run 'accept-x' here; none was started"):
        load(tmp_path / ".accept" / "accept-x" / "state.json")


def test_the_state_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"version": 0}')
    with pytest.raises(StateError, match="another version of the kit"):
        load(tmp_path / "state.json")
