"""A probe and its result: pass, fail or skip, with evidence and answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .context import Context


@dataclass
class Result:
    """The result of a probe that did not fail."""

    evidence: list[str] = field(default_factory=list)
    """What the probe found, one sentence each."""
    answers: dict[str, str] = field(default_factory=dict)
    """By question."""


@dataclass(frozen=True)
class Probe:
    """A step of the run."""

    name: str
    proves: str
    """What the probe shows if it passes."""
    minutes: float
    """About how long it takes."""
    run: Callable[[Context], Result]
    questions: Sequence[str] = ()
    """The keys of the questions that it answers."""
    needs: Sequence[str] = ("deploy",)
    """Probes that must pass before it."""
    removal: bool = False
    """Whether it belongs to the removal, which always runs."""


PASS, FAIL, SKIP, RUNNING = "pass", "fail", "skip", "interrupted"
