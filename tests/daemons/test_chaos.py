"""A short run of the chaos suite, with a fixed seed."""

from pathlib import Path

import pytest

from chaos import __main__ as chaos
from chaos.history import OK, UNDONE, read
from tests.helpers.daemons import needs_daemons

pytestmark = needs_daemons

SEED = 11


@pytest.mark.long
def test_a_short_run_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(chaos, "FOLDER", tmp_path)
    ended = chaos.main(["--seed", str(SEED), "--minutes", "0.5", "--nodes", "3", "--faults", "kill", "pause-cluster", "partition"])
    said = capsys.readouterr().out
    assert ended == 0, said
    (history,) = tmp_path.glob("*/history.jsonl")
    events = read(history.read_text().splitlines())
    assert {event.kind for event in events if event.phase == UNDONE} <= {"kill", "pause-cluster", "partition"}
    assert any(event.phase == UNDONE for event in events)
    answered = {event.kind for event in events if event.phase == OK}
    assert answered == {"add", "pin", "unpin", "update", "read", "status", "list"}
    assert f"| {SEED} | " in said
