"""What happened, as events: recorded in a file of JSON lines, and read back."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

INVOKE, OK, FAIL, UNKNOWN = "invoke", "ok", "fail", "unknown"
"""An operation's events, Jepsen's words: it begins; it took effect; it had none; it may have had one (Jepsen's `info`)."""

FAULT, UNDONE, WHOLE, SAID = "fault", "undone", "whole", "said"
"""Events of the run: a fault begins, a fault is over, the cluster is whole again, a word."""


@dataclass(frozen=True)
class Event:
    """An event of an operation or of the run."""

    time: float
    """Seconds since the run's beginning."""
    phase: str
    operation: int = -1
    """The operation's number, the same in all its events."""
    kind: str = ""
    """Of the operation or of the fault."""
    client: int = -1
    via: int = -1
    """The node's index, or plan.FRONT."""
    cid: str = ""
    other: str = ""
    """The CID that an update starts from."""
    how: str = ""
    item: str = ""
    detail: str = ""
    """The answer's status, an error, a fault in words."""
    wrong: str = ""
    """What is wrong with an answer that must never be."""
    more: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """The event as JSON, without what is empty."""
        empty = Event(0.0, "")
        return json.dumps({name: value for name, value in asdict(self).items() if value != getattr(empty, name) or name in ("time", "phase")})


def read(lines: Iterable[str]) -> list[Event]:
    """The events of a file of JSON lines."""
    return [Event(**json.loads(line)) for line in lines if line.strip()]


class Recorder:
    """Records events, from several threads, in memory and in a file."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self.events: list[Event] = []
        self._clock = clock
        self._begun = clock()
        self._numbers = 0
        self._lock = threading.Lock()
        self._out: TextIO = file.open("w")

    def now(self) -> float:
        """Seconds since the beginning."""
        return round(self._clock() - self._begun, 3)

    def number(self) -> int:
        """A number for an operation."""
        with self._lock:
            self._numbers += 1
            return self._numbers

    def add(self, phase: str, **what: Any) -> Event:
        """Records an event that happens now."""
        with self._lock:
            event = Event(self.now(), phase, **what)
            self.events.append(event)
            self._out.write(event.line() + "\n")
            self._out.flush()
        return event

    def so_far(self) -> list[Event]:
        """The events until now."""
        with self._lock:
            return list(self.events)

    def close(self) -> None:
        """Closes the file."""
        self._out.close()
