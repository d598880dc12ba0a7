"""Runs the probes in order, saves the state after each, and removes everything."""

import contextlib
import json
import threading
from collections.abc import Callable, Collection, Iterator, Sequence

from ipfs_cluster.check import CheckFailedError

from . import report
from .context import Context
from .errors import NotApplicableError, ProbeFailedError, SessionExpiredError
from .results import FAIL, PASS, RUNNING, SKIP, Probe, Result
from .stack import EngineFailedError
from .state import Step
from .web import WebError

OK, FAILED, LEFT, INTERRUPTED = 0, 1, 3, 130
"""Exit codes: all passed; something failed; something may be left in the account; interrupted."""

_HEARTBEAT_SECONDS = 60


class Runner:
    """A run."""

    def __init__(self, ctx: Context, probes: Sequence[Probe], skip: Collection[str] = (), say: Callable[[str], None] = print) -> None:
        self._ctx, self._probes, self._skip, self._say = ctx, probes, set(skip), say
        self._latest = ""

    def run(self) -> int:
        """Runs the remaining probes and returns the exit code."""
        state = self._ctx.state
        interrupted = False
        resumed = any(step.status == RUNNING for step in state.steps.values())
        try:
            if resumed:
                self._recover()
            for probe in self._probes:
                if not probe.removal:
                    self._step(probe)
        except KeyboardInterrupt:
            interrupted = True
            if not state.keep:
                self._tell("interrupted: everything is removed now. Another Ctrl-C leaves it as it is and lists what is left")
        except SessionExpiredError as error:
            return self._stopped(str(error))
        if state.keep:
            self._report()
            self._name_what_is_left()
            return INTERRUPTED if interrupted else self._code()
        try:
            if interrupted:
                self._recover()
            for probe in self._probes:
                if probe.removal:
                    self._step(probe, again=True)
        except KeyboardInterrupt:
            return self._stopped("interrupted")
        except SessionExpiredError as error:
            return self._stopped(str(error))
        self._report()
        self._name_what_is_left()
        return INTERRUPTED if interrupted and self._code() == OK else self._code()

    def heard(self, line: str) -> None:
        """Saves the engine's latest line, for the next progress message."""
        if line:
            self._latest = line

    def _step(self, probe: Probe, again: bool = False) -> None:
        state = self._ctx.state
        known = state.steps.get(probe.name)
        if known is not None and known.status != RUNNING and not (again and known.status != PASS):
            return
        began = self._ctx.clock.now()
        unmet = [name for name in probe.needs if name not in state.steps or state.steps[name].status != PASS]
        if probe.name in self._skip or unmet:
            why = "skipped by SKIP" if probe.name in self._skip else f"{', '.join(unmet)} did not pass"
            self._close(probe, SKIP, began, Result([why]))
            return
        place = [one.name for one in self._probes].index(probe.name) + 1
        self._tell(f"{place}/{len(self._probes)} {probe.name}: {probe.proves} (about {probe.minutes:g} min)")
        state.steps[probe.name] = Step(RUNNING, began)
        state.save()
        self._latest = ""
        try:
            with self._heartbeat(probe.name, began):
                result = probe.run(self._ctx)
        except (KeyboardInterrupt, SessionExpiredError):
            self._note(interrupted=True)
            raise
        except NotApplicableError as error:
            self._close(probe, SKIP, began, Result([str(error)]))
        except (ProbeFailedError, EngineFailedError, WebError, CheckFailedError) as error:
            self._close(probe, FAIL, began, Result([str(error)]))
        except Exception as error:
            self._close(probe, FAIL, began, Result([f"{type(error).__name__}: {error}"]))
        else:
            self._close(probe, PASS, began, result)

    def _close(self, probe: Probe, status: str, began: float, result: Result) -> None:
        state = self._ctx.state
        secrets = self._ctx.stack.secrets()
        evidence = [report.mask(text, state.account, secrets) for text in result.evidence]
        answers = {question: report.mask(text, state.account, secrets) for question, text in result.answers.items()}
        state.steps[probe.name] = Step(status, began, self._ctx.clock.now(), evidence, answers)
        self._note()
        self._tell(f"{status.upper():<5} {probe.name}" + (f": {evidence[0].splitlines()[0][:300]}" if evidence else ""))
        for question, answer in answers.items():
            self._say(f"              {question}: {answer}")

    def _note(self, interrupted: bool = False) -> None:
        """Saves the stack's resources after an interruption, as far as possible."""
        state = self._ctx.state
        if interrupted and not state.stack_removed:
            with contextlib.suppress(Exception):  # the previous state is better than none, and the run's own error is reported
                state.pending = self._ctx.stack.pending()
                if found := self._ctx.stack.resources():
                    self._ctx.note_resources(found)
        state.save()
        self._report()

    def _recover(self) -> None:
        self._tell("checking what the interrupted operation left")
        state = self._ctx.state
        state.pending = self._ctx.stack.pending() if not state.stack_removed else []
        if not state.stack_removed:
            self._ctx.stack.recover()
        state.save()
        for one in state.pending:
            self._tell(f"the engine was at: {one}; check whether it exists")

    def _stopped(self, why: str) -> int:
        self._report()
        self._tell(f"stopped: {why}")
        self._name_what_is_left()
        self._say(f"Continue with: make accept RESUME={self._ctx.state.run}")
        return INTERRUPTED

    def _name_what_is_left(self) -> None:
        found = report.left(self._ctx.state)
        self._say("Left in the account: " + ("nothing." if not found else ""))
        for one in found:
            self._say(f"  - {one}")

    def _code(self) -> int:
        state = self._ctx.state
        destroyed = state.steps.get("destroy")
        if not state.keep and (destroyed is None or destroyed.status != PASS or state.notes.get("left")):
            return LEFT
        return FAILED if any(step.status == FAIL for step in state.steps.values()) else OK

    def _report(self) -> None:
        state = self._ctx.state
        content = report.as_json(state, self._probes, self._ctx.clock.now())
        (state.file.parent / "report.json").write_text(json.dumps(content, indent=1) + "\n")
        (state.file.parent / "report.md").write_text(report.markdown(content))

    def _tell(self, text: str) -> None:
        self._say(f"[{elapsed(self._ctx.clock.now() - self._ctx.state.began)}] {text}")

    @contextlib.contextmanager
    def _heartbeat(self, name: str, began: float) -> Iterator[None]:
        """A progress message every minute."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(_HEARTBEAT_SECONDS):
                minutes = (self._ctx.clock.now() - began) / 60
                self._tell(f"      {name}: {minutes:.0f} min{'; ' + self._latest[:120] if self._latest else ''}")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def elapsed(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(max(0, seconds))
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"
