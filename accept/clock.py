"""Time, as an object that tests can replace, so that they do not wait."""

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import ProbeFailedError

T = TypeVar("T")


class Clock:
    """The real time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    def until(self, what: str, look: Callable[[], T | None], minutes: float, every: float = 10) -> T:
        """Calls ``look`` every ``every`` seconds until its result is true; gives the result. Raises ProbeFailedError after ``minutes``."""
        deadline = self.now() + minutes * 60
        while True:
            seen = look()
            if seen:
                return seen
            if self.now() >= deadline:
                raise ProbeFailedError(f"not within {minutes:g} minutes: {what}")
            self.sleep(every)
