"""Pure: what can be wrong with what is to be published."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class DagError(Exception):
    """What stands between the paths that were given and their content on the cluster. Its text is a sentence for the user."""


class Problem(NamedTuple):
    """What is wrong with one path."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class UnreadableError(DagError):
    """Paths that cannot be published, each with the reason: all that were found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ChangedError(DagError):
    """A file that is no longer what it was when its CID was computed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path}: it changed while it was read; publish it again when nothing writes to it")


class OptionError(DagError):
    """An option with a value that is not possible."""
