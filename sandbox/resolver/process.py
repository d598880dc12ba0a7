"""Starts and stops the process with the DNS records."""

from pathlib import Path

from ..background import Background
from .settings import Settings

RESOLVER = Background("resolver", "sandbox.resolver", "the process with the websites' DNS records")
RECORDS = "records.json"
"""Its file with the records, in the stack's folder."""


def running(folder: Path) -> int:
    """The ID of the process that serves a stack's records; 0 if none does."""
    return RESOLVER.running(folder)


def start(folder: Path, settings: Settings) -> None:
    """Starts the process, in place of one that serves other settings. Raises BackgroundError."""
    RESOLVER.start(folder, settings.text())


def stop(folder: Path) -> bool:
    """Stops the process; tells whether there was one. The records are kept. Raises BackgroundError."""
    return RESOLVER.stop(folder)
