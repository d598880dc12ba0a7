"""Waiting for what other processes do."""

import contextlib
import subprocess
import time
from collections.abc import Callable

import pytest

PATIENCE_SECONDS = 90


def until(what: str, condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Waits for a condition; an error on the way counts as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if condition():
                return
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)
