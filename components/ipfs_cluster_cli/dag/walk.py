"""What is below the paths that are given: files, directories and links, in the order in which they are published."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .errors import Problem, UnreadableError

FILE, LINK, ENTER, LEAVE = "file", "link", "enter", "leave"

_SPECIAL = {stat.S_IFSOCK: "a socket", stat.S_IFIFO: "a named pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


class Step(NamedTuple):
    """One step of a walk. A directory is entered, and left after what is in it."""

    kind: str
    name: bytes
    """The name in the directory around it."""
    path: Path
    size: int = 0
    """Of a file, in bytes."""
    target: bytes = b""
    """Of a link."""


class Found(NamedTuple):
    """What is below the paths."""

    files: int
    bytes: int
    """Of all files."""


def measure(paths: Sequence[Path], hidden: bool) -> Found:
    """Looks at everything, and reads nothing. Raises UnreadableError with all that cannot be published."""
    problems: list[Problem] = []
    files = size = 0
    for step in walk(paths, hidden, problems):
        if step.kind == FILE:
            files += 1
            size += step.size
            if not os.access(step.path, os.R_OK):
                problems.append(Problem(str(step.path), "no permission to read it"))
    if problems:
        raise UnreadableError(problems)
    return Found(files, size)


def walk(paths: Sequence[Path], hidden: bool, problems: list[Problem]) -> Iterator[Step]:
    """All below the paths; what cannot be published is left out and added to ``problems``.

    Links are kept as links, but for the paths that are given, which are followed. What begins with a dot is left out
    unless ``hidden``, but for the paths that are given. The entries of a directory are sorted by their bytes.
    """
    names: dict[bytes, Path] = {}
    for path in paths:
        name = os.fsencode(path.name if path.name not in ("", "..") else path.resolve().name)
        if name in names:
            problems.append(Problem(str(path), f"it has the same name as {names[name]}, and both would be in one directory"))
        else:
            names[name] = path
            yield from _below(path, name, hidden, problems)


def _below(given: Path, name: bytes, hidden: bool, problems: list[Problem]) -> Iterator[Step]:
    # A list of what is still to do in each directory that is open, and not recursion: trees may be deeper than Python's limit.
    first = _look(given, name, problems, follow=True)
    doing: list[list[Step]] = [[first]] if first else []
    while doing:
        if not doing[-1]:
            doing.pop()
            continue
        step = doing[-1].pop()
        yield step
        if step.kind == ENTER:
            doing[-1].append(step._replace(kind=LEAVE))
            doing.append(_entries(step.path, hidden, problems))


def _entries(folder: Path, hidden: bool, problems: list[Problem]) -> list[Step]:
    """The last first."""
    try:
        paths = sorted(((os.fsencode(path.name), path) for path in folder.iterdir() if hidden or not path.name.startswith(".")), reverse=True)
    except OSError as error:
        problems.append(Problem(str(folder), _words(error)))
        return []
    looked = (_look(path, name, problems) for name, path in paths)
    return [step for step in looked if step]


def _look(path: Path, name: bytes, problems: list[Problem], follow: bool = False) -> Step | None:
    """What there is at a path; none if it cannot be published."""
    try:
        name.decode()
        found = path.stat() if follow else path.lstat()
        if stat.S_ISREG(found.st_mode):
            return Step(FILE, name, path, found.st_size)
        if stat.S_ISDIR(found.st_mode):
            return Step(ENTER, name, path)
        if stat.S_ISLNK(found.st_mode):
            path.stat()
            return Step(LINK, name, path, target=os.readlink(os.fsencode(path)))  # noqa: PTH115, a Path would be another spelling
        problems.append(Problem(str(path), f"it is {_SPECIAL.get(stat.S_IFMT(found.st_mode), 'neither a file nor a directory')}"))
    except UnicodeDecodeError:
        problems.append(Problem(os.fsencode(path).decode(errors="backslashreplace"), "its name is not UTF-8"))
    except OSError as error:
        broken = isinstance(error, FileNotFoundError) and path.is_symlink()
        problems.append(Problem(str(path), f"it is a link to {path.readlink()}, which is not there" if broken else _words(error)))
    return None


def _words(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or directory"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return error.strerror or str(error)


def unreadable(path: Path, error: OSError) -> UnreadableError:
    """What to raise when a file that was there cannot be read."""
    return UnreadableError([Problem(str(path), _words(error))])
