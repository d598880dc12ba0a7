"""Processes of a stack that go on after the command line: how they start, stop and tell that they run."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.1
_ROOT = Path(__file__).resolve().parents[1]


class BackgroundError(Exception):
    """A process did not start or stop. The text is for the user."""


@dataclass(frozen=True)
class Background:
    """A process that ``python -m <module> <folder>`` serves."""

    name: str
    """What its files in the stack's folder are named after."""
    module: str
    what: str
    """For errors: ``the process with …``."""

    def settings_file(self, folder: Path) -> Path:
        """The file with its settings."""
        return folder / f"{self.name}.json"

    def running(self, folder: Path) -> int:
        """The ID of the process that serves a stack; 0 if none does."""
        file = self._lock_file(folder)
        if not file.exists():
            return 0
        with file.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(lock.read() or 0)
        return 0

    def start(self, folder: Path, settings: str) -> None:
        """Starts the process, in place of one that serves other settings. It outlives this one. Raises BackgroundError."""
        file = self.settings_file(folder)
        if self.running(folder):
            if file.read_text() == settings:
                return
            self.stop(folder)
        file.touch(mode=0o600)
        file.write_text(settings)
        self._lock_file(folder).write_text("")
        log = folder / f"{self.name}.log"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
        with log.open("w") as output:
            made = subprocess.Popen(
                [sys.executable, "-m", self.module, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        begun = time.monotonic()
        while not self.running(folder):
            if made.poll() is not None or time.monotonic() - begun > _PATIENCE_SECONDS:
                made.kill()
                raise BackgroundError(f"{self.what} did not start; the end of {log}:\n{log.read_text()[-2000:].strip()}")
            time.sleep(_POLL_SECONDS)

    def stop(self, folder: Path) -> bool:
        """Stops the process; tells whether there was one. Raises BackgroundError."""
        pid = self.running(folder)
        if not pid:
            return False
        os.kill(pid, signal.SIGTERM)
        begun = time.monotonic()
        while self.running(folder):
            if time.monotonic() - begun > _PATIENCE_SECONDS:
                raise BackgroundError(f"{self.what} (ID {pid}) does not end")
            time.sleep(_POLL_SECONDS)
        return True

    @contextmanager
    def serving(self, folder: Path) -> Iterator[Callable[[], None]]:
        """What the process itself does around its work; it calls what it is given when it serves. Waits for a process that serves already."""
        # Held until this process ends, however it does: so a lock tells what a process ID cannot.
        with self._lock_file(folder).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

            def tell() -> None:
                lock.truncate()
                lock.write(str(os.getpid()))
                lock.flush()

            yield tell

    def _lock_file(self, folder: Path) -> Path:
        return folder / f"{self.name}.lock"
