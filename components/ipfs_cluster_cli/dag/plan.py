"""What is to be uploaded so that paths are published: the root's CID, and the parts."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import layout, unixfs, walk
from .car_file import CarFile
from .cid import Cid, read
from .errors import DagError, Problem, UnreadableError
from .files import Files
from .options import Options
from .parts import Part
from .unixfs import Link
from .walk import ENTER, FILE, LEAVE


class _Closable(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True)
class Plan(AbstractContextManager["Plan"]):
    """What is to be uploaded. Its temporary files are deleted by close(), or with the object."""

    root: Cid
    files: int
    bytes: int
    """Of the files' content."""
    parts: Sequence[Part]
    """In this order; the last one has the root, and all that links other blocks. A single one has everything."""
    source: _Closable

    def close(self) -> None:
        """Deletes the temporary files: the parts cannot be read any more."""
        self.source.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def measure(paths: Sequence[Path], options: Options) -> walk.Found:
    """Files and bytes below the paths, without reading them. Raises UnreadableError with all that cannot be published."""
    return walk.measure(paths, options.hidden)


def plan(paths: Sequence[Path], options: Options, progress: Callable[[int], None] | None = None, measured: Callable[[walk.Found], None] | None = None) -> Plan:
    """Reads the paths once, for the CIDs of all blocks.

    A single path becomes the root itself, several become the entries of a directory. Of a single CAR file the content is
    published, and its root is the root. ``progress`` is called with the bytes that were read since the last call, ``measured``
    with what there is to read, before that. Raises
    UnreadableError with all that cannot be published, ChangedError for a file that changes while it is read, and DagError
    for what else is wrong.
    """
    if not paths:
        raise DagError("nothing to publish: no path is given")
    found = measure(paths, options)
    if measured:
        measured(found)
    if options.car and not options.wrap and len(paths) == 1 and paths[0].suffix == ".car" and paths[0].is_file():
        content = CarFile(paths[0], options.max_part, progress or _no_progress)
        return Plan(content.root, 1, content.bytes, content.parts(), content)
    files = Files(options, progress or _no_progress)
    problems: list[Problem] = []
    opened: list[list[tuple[bytes, Link]]] = [[]]
    for step in walk.walk(paths, options.hidden, problems):
        if step.kind == ENTER:
            opened.append([])
            continue
        if step.kind == LEAVE:
            link = layout.directory(opened.pop(), files.put, options.whole_block)
        elif step.kind == FILE:
            link = files.file(step.path)
        else:
            block = unixfs.symlink(step.target)
            link = Link(files.put(block), len(block))
        opened[-1].append((step.name, link))
    if problems:  # what was there a moment ago
        raise UnreadableError(problems)
    (top,) = opened
    root = layout.directory(top, files.put, options.whole_block) if options.wrap or len(paths) > 1 else top[0][1]
    return Plan(read(root.cid)[0], files.files, files.bytes, files.parts(root.cid), files)


def _no_progress(_: int) -> None:
    pass
