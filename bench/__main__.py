"""``python -m bench quick | full | <row> …``: measures; ``python -m bench report <result>``: rewrites the table and plot in docs."""

import itertools
import json
import math
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ipfs_cluster.inputs.nodes import ResolvedNodes

from sandbox import compose, engine, front

from . import cluster, report, work
from .setups import NAMES, ROOT, setup
from .work import Sizes

FOLDER = ROOT / ".bench"
DOCS, PLOT = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"


def say(line: str = "") -> None:
    """Prints at once, so that long work shows its progress."""
    print(line, flush=True)


@dataclass(frozen=True)
class Run:
    """A cluster to create for each set-up in turn."""

    order: Sequence[int]
    """The order in which its nodes start."""
    rows: set[str]
    """The rows that are measured in it."""
    longest_health_interval: float = compose.LONGEST_HEALTH_INTERVAL_SECONDS
    """Containers' health is checked as often as their definitions say, but at least this often, in seconds."""
    batch_milliseconds: int = 0
    """For how long this program's nodes collect pins; the other set-ups do not, and are left out unless it is 0."""

    @property
    def prefix(self) -> str:
        """What the names of its rows begin with."""
        return work.BATCHED if self.batch_milliseconds else ""


def plan(quick: bool, wanted: set[str]) -> list[Run]:
    """The clusters to create."""
    orders = [list(order) for order in itertools.permutations(range(3))]
    if quick:
        orders = [orders[0], orders[-1]]
    busy, slow = ({row.name for row in work.rows(work.FULL) if getattr(row, kind)} for kind in ("busy", "slow"))
    busy &= wanted
    batched = {name for name in wanted if name.startswith(work.BATCHED)}
    three = wanted - busy - batched - {"formation-6", "formation-12"}
    repeated = 2 if quick else 3
    runs = [Run([0, 1, 2], busy, math.inf)] * repeated if busy else []
    if batched:
        runs += [Run([0, 1, 2], {name.removeprefix(work.BATCHED) for name in batched}, math.inf, work.BATCH_MILLISECONDS)] * repeated
    for order in orders:
        rows = three if order in (orders[0], orders[-1]) else three - slow
        runs += [Run(order, rows)] if rows else []
    for count in (6, 12):
        name = f"formation-{count}"
        if name in wanted:
            first_last = list(range(count))
            shuffled = random.Random(count).sample(first_last, count)  # noqa: S311 (the same in every run)
            runs += [Run(order, {name}) for order in ([first_last[::-1]] if quick else [first_last, first_last[::-1], shuffled])]
    return runs


def measure(sizes: Sizes, runs: Sequence[Run], wanted: set[str]) -> Iterator[dict[str, Any]]:
    """Does the work, the set-ups in turn, in reverse order every second time. Yields the result so far after each."""
    figures: dict[str, dict[str, list[float]]] = {row.name: {name: [] for name in NAMES} for row in work.rows(sizes)}
    failed: list[str] = []
    ground = machine()
    for number, run in enumerate(runs):
        for name in list(NAMES)[:: -1 if number % 2 else 1]:
            count = 1 if name == "kubo" else len(run.order)
            if (name == "kubo" and len(run.order) != 3) or (run.batch_milliseconds and name != "program"):
                continue
            started = run.order if count > 1 else [0]
            say(f"{number + 1} of {len(runs)}: {NAMES[name]}, nodes started in the order {' '.join(map(str, started))}")
            with (
                tempfile.TemporaryDirectory(prefix="bench-") as folder,
                cluster.created(setup(name, count, run.batch_milliseconds), run.longest_health_interval) as made,
            ):
                done = work.Work(made, sizes, Path(folder), say)
                for row, value in done.run(started, run.rows).items():
                    figures[run.prefix + row][name].append(value)
            failed += [f"{NAMES[name]}, {reason}" for reason in done.failed]
            rows = [
                {"name": row.name, "title": row.title, "unit": row.unit, "more_is_better": row.more_is_better, "figures": figures[row.name]}
                for row in work.rows(sizes)
                if row.name in wanted
            ]
            yield {
                "date": datetime.now(UTC).strftime("%Y-%m-%d"),
                "machine": ground,
                "versions": versions(),
                "patience": sizes.patience,
                "failed": failed,
                "rows": rows,
            }


def machine() -> dict[str, Any]:
    """The properties of the machine that the figures depend on."""
    cpu, memory, load = "unknown", 0.0, round(os.getloadavg()[0], 1)
    if Path("/proc/cpuinfo").exists():
        models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        cpu = models[0] if models else platform.machine()
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return {"cores": os.cpu_count(), "cpu": cpu, "memory_gib": round(memory), "os": f"{platform.system()} {platform.release().split('-')[0]}", "load": load}


def versions() -> dict[str, str]:
    """The daemons' versions."""
    return {"kubo": ResolvedNodes().kubo_image, "ipfs_cluster": ResolvedNodes().cluster_image, "load_balancer": front.IMAGE}


def run(words: Sequence[str]) -> int:
    """Measures and saves the result. Returns the exit code."""
    quick = "full" not in words
    sizes = work.QUICK if quick else work.FULL
    known = [row.name for row in work.rows(sizes)]
    chosen = [word for word in words if word not in ("quick", "full")]
    unknown = [word for word in chosen if word not in known]
    if unknown:
        say(f"There is no row {', '.join(unknown)}; there are: {', '.join(known)}.")
        return 2
    try:
        found = engine.find(Path("compose.yaml"), "none")
    except engine.NoEngineError as reason:
        say(str(reason))
        return 1
    missing = [image for image in versions().values() if not found.has_image(image)]
    if missing:
        say(f"These images are not on this machine, pull them first: {', '.join(missing)}")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    wanted = set(chosen or known)
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.json"
    result: dict[str, Any] = {}
    code = 0
    try:
        for result in measure(sizes, plan(quick, wanted), wanted):
            file.write_text(json.dumps(result, indent=1) + "\n")
    except (work.NotFormedError, engine.EngineError) as error:
        say(f"error: {error}")
        code = 1
    except KeyboardInterrupt:
        code = 130
        say("Stopped; its containers and volumes were removed.")
    if result:
        say()
        say(report.table(result))
        for step in result["failed"]:
            say(f"Failed: {step}")
        say(f"{time.monotonic() - started:.0f} s. Minimum / median / maximum. Saved in {file.relative_to(ROOT)}.")
    return code


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns the exit code."""
    if words[:1] == ["report"]:
        try:
            result = json.loads(Path(words[1]).read_text())
        except (IndexError, OSError, ValueError) as error:
            say(f"Name a result that make bench saved, as in BENCH='report .bench/<time>.json' ({error}).")
            return 2
        PLOT.write_text(report.plot(result))
        DOCS.write_text(report.documented(DOCS.read_text(), result))
        return 0
    return run(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
