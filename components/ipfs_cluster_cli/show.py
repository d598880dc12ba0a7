"""What a user sees of a command's progress, on standard error: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from .pins import NodeState
from .words import size, span

LINE_SECONDS = 10.0
"""Between two lines of progress where there is no terminal."""


class Show:
    """The progress of one command."""

    def __init__(self, quiet: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said: dict[str, str] = {}
        self._title, self._total, self._done, self._began, self._line = "", 0, 0, 0.0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.end()

    def line(self, text: str) -> None:
        """Says something."""
        if not self._quiet:
            self.console.print(text, markup=False)

    def begin(self, title: str, total: int = 0) -> None:
        """Begins a measured stage; ``total`` in bytes, 0 if it is not known."""
        self.end()
        self._title, self._total, self._done, self._began = title, total, 0, time.monotonic()
        self._line = self._began
        if self.console.is_terminal and not self._quiet:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TransferSpeedColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self.console)
            self._task = self._bar.add_task(title, total=total or None)
            self._bar.start()

    def advance(self, bytes_: int) -> None:
        """So many bytes of the stage are done; a negative number takes some back. Any thread may say so."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, bytes_)
            return
        self._done += bytes_
        now = time.monotonic()
        if now - self._line >= LINE_SECONDS:
            self._line = now
            rate = self._done / (now - self._began)
            of, left = "", ""
            if self._total:
                of = f" of {size(self._total)}"
                left = f", {span((self._total - self._done) / rate)} left" if rate > 0 else ""
            self.line(f"{self._title}: {size(self._done)}{of}, {size(rate)}/s{left}")

    def end(self) -> None:
        """Ends the stage."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def sending(self, total: int) -> None:
        """A stage in which parts are sent."""
        self.begin("Sending", total)

    def sent(self, bytes_: int) -> None:
        """More bytes were sent, need not be, or are taken back."""
        self.advance(bytes_)

    def nodes(self, states: Sequence[NodeState]) -> None:
        """What the nodes say: a line for each that says something new."""
        self.end()
        for state in states:
            # The node that was asked may not know of the pin yet.
            if state.status != "unpinned" and self._said.get(state.node) != state.sentence:
                self._said[state.node] = state.sentence
                self.line(f"  {state.mark} {state.node} {state.sentence}")
