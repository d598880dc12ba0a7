"""The state of a run, in a file, so that it can be resumed."""

import dataclasses
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1


class StateError(Exception):
    """There is no such run, or its file is not usable."""


@dataclass
class Step:
    """The state of one probe."""

    status: str
    """pass, fail, skip, or interrupted while it is not over."""
    began: float
    ended: float | None = None
    evidence: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)


@dataclass
class Loose:
    """Something that a probe created or changed outside the stack, and that must be undone."""

    kind: str
    """The key in `loose.UNDO` that undoes it."""
    id: str
    region: str
    details: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    """A command that undoes it manually."""


@dataclass
class State:
    """A run. It holds no secret."""

    file: Path
    run: str
    """The stack's name."""
    region: str
    account: str
    budget_usd: float
    began: float
    keep: bool = False
    expected_usd: float = 0
    backend: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    loose: list[Loose] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    """The stack's resources when last read: type, name, id, arn, region and whether it is kept."""
    pending: list[str] = field(default_factory=list)
    """The interrupted operations of the engine: their resources may exist without being in the stack."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Values that one probe leaves for a later one."""
    stack_removed: bool = False

    def save(self) -> None:
        """Writes the file atomically, readable only by its owner."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        values = {"version": VERSION, **{key: value for key, value in dataclasses.asdict(self).items() if key != "file"}}
        handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".state-")
        try:
            with os.fdopen(handle, "w") as out:
                json.dump(values, out, indent=1)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(self.file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def add_loose(self, loose: Loose) -> Loose:
        """Notes what has to be undone, if possible before it is created."""
        self.loose.append(loose)
        self.save()
        return loose

    def drop_loose(self, loose: Loose) -> None:
        """Notes that it was undone."""
        self.loose = [known for known in self.loose if known != loose]
        self.save()


def load(file: Path) -> State:
    """The state of an earlier run. Raises StateError."""
    try:
        values = json.loads(file.read_text())
    except FileNotFoundError:
        known = sorted(path.parent.name for path in file.parent.parent.glob("*/state.json"))
        raise StateError(f"there is no run {file.parent.name!r} here; {'known are: ' + ', '.join(known) if known else 'none was started'}") from None
    except ValueError as error:
        raise StateError(f"{file} cannot be read: {error}") from None
    if values.pop("version", None) != VERSION:
        raise StateError(f"{file} was written by another version of the kit; finish the run with that one")
    values["steps"] = {name: Step(**step) for name, step in values["steps"].items()}
    values["loose"] = [Loose(**one) for one in values["loose"]]
    return State(file=file, **values)
