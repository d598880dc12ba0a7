"""What a probe gives: pass, fail or skip, with evidence and answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import Context


class ProbeFailedError(Exception):
    """What a probe looked for is not so. The text says what was seen instead."""


class NotApplicableError(Exception):
    """A probe cannot run here. The text says why."""


class SessionExpiredError(Exception):
    """AWS takes the credentials no more. The run stops and can be resumed."""


@dataclass
class Result:
    """What came of a probe that did not fail."""

    evidence: list[str] = field(default_factory=list)
    """What was seen, a sentence each."""
    answers: dict[str, str] = field(default_factory=dict)
    """By question."""


@dataclass(frozen=True)
class Probe:
    """A step of the run."""

    name: str
    proves: str
    """What is true if it passes."""
    minutes: float
    """How long it takes, about."""
    run: "Callable[[Context], Result]"
    questions: Sequence[str] = ()
    """The keys of the questions that it answers."""
    needs: Sequence[str] = ("deploy",)
    """Probes that must have passed before."""
    removal: bool = False
    """Whether it belongs to taking everything away, which happens in any case."""


PASS, FAIL, SKIP, RUNNING = "pass", "fail", "skip", "interrupted"

Answers = Mapping[str, str]
