"""An upload of 1 GiB: it takes a minute, and the browser's memory does not grow with it."""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.helpers.upload_browser import MIB, Console, needs_browser

pytestmark = [needs_browser, pytest.mark.skipif("LONG" not in os.environ, reason="takes a minute: LONG=1")]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """1 GiB of which no chunk is like another, and of which next to nothing is on the disk."""
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        for number in range(1024):
            file.seek(number * MIB)
            file.write(number.to_bytes(8, "big"))
        file.truncate(1024 * MIB)
    return path


def browser_memory() -> int:
    """Bytes of memory of the browser that this process runs; what its processes share counts once (Linux: PSS)."""
    parents, sizes = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"chrom" in (folder / "cmdline").read_bytes():
                sizes[int(folder.name)] = next(int(line.split()[1]) * 1024 for line in (folder / "smaps_rollup").open() if line.startswith("Pss:"))
    return sum(size for process, size in sizes.items() if _is_below(process, parents))


def _is_below(process: int, parents: Mapping[int, int]) -> bool:
    """Whether this process started it, or what started it."""
    while process in parents and process != os.getpid():
        process = parents[process]
    return process == os.getpid()


@pytest.fixture
def highest() -> Iterator[list[int]]:
    """The most memory that the browser had."""
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.25):
            most[0] = max(most[0], browser_memory())

    thread = threading.Thread(target=look)
    thread.start()
    yield most
    ended.set()
    thread.join()


def test_memory_does_not_grow_with_the_content(shown: Console, film: Path, highest: list[int]) -> None:
    shown.cluster.keeps_blocks = False
    before = browser_memory()
    shown.choose(film)
    shown.start()
    shown.becomes("Pinned on all 3 nodes", 300)
    assert len(shown.cluster.adds()) == 35
    assert sum(request.received for request in shown.cluster.adds()) > 1024 * MIB
    assert highest[0] - before < 200 * MIB
