"""Starts and stops the process with the DNS records."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .settings import Settings

SETTINGS, RECORDS, LOCK, LOG = "resolver.json", "records.json", "resolver.lock", "resolver.log"
"""Its files in the stack's folder."""
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.1
_ROOT = Path(__file__).resolve().parents[2]


class ResolverError(Exception):
    """The process did not start or stop. The text is for the user."""


def running(folder: Path) -> int:
    """The ID of the process that serves a stack's records; 0 if none does."""
    file = folder / LOCK
    if not file.exists():
        return 0
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return int(lock.read() or 0)
    return 0


def start(folder: Path, settings: Settings) -> None:
    """Starts the process, in place of one that serves other settings. It outlives this one. Raises ResolverError."""
    file, text = folder / SETTINGS, settings.text()
    if running(folder):
        if file.read_text() == text:
            return
        stop(folder)
    file.write_text(text)
    (folder / LOCK).write_text("")
    log = folder / LOG
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
    with log.open("w") as output:
        made = subprocess.Popen(
            [sys.executable, "-m", "sandbox.resolver", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    begun = time.monotonic()
    while not running(folder):
        if made.poll() is not None or time.monotonic() - begun > _PATIENCE_SECONDS:
            made.kill()
            raise ResolverError(f"the process with the websites' DNS records did not start; the end of {log}:\n{log.read_text()[-2000:].strip()}")
        time.sleep(_POLL_SECONDS)


def stop(folder: Path) -> bool:
    """Stops the process; tells whether there was one. The records are kept. Raises ResolverError."""
    pid = running(folder)
    if not pid:
        return False
    os.kill(pid, signal.SIGTERM)
    begun = time.monotonic()
    while running(folder):
        if time.monotonic() - begun > _PATIENCE_SECONDS:
            raise ResolverError(f"the process with the websites' DNS records (ID {pid}) does not end")
        time.sleep(_POLL_SECONDS)
    return True
