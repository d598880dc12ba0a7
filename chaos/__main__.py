"""``python -m chaos [--seed 1] [--minutes 10] [--nodes 3] [--runs 1]``: runs the chaos suite, each run with the next seed."""

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox import engine
from tools.images import NODE_IMAGES

from . import faults, plan, report, runner

FOLDER = Path(__file__).resolve().parent.parent / ".chaos"
SECONDS_PER_MINUTE = 60


def say(line: str = "") -> None:
    """Prints at once, so that long work shows its progress."""
    print(line, flush=True)


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    names = [kind.name for kind in plan.KINDS]
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Injects faults into a cluster on this machine, and checks what it answered.")
    parser.add_argument("--seed", type=int, help="the first run's seed; the same seed draws the same clients and faults (default: a random one)")
    parser.add_argument("--runs", type=int, default=1, help="how many runs, each with the next seed (default: 1)")
    parser.add_argument("--minutes", type=float, default=10, help="how long each run injects faults (default: 10)")
    parser.add_argument("--nodes", type=int, help="how many nodes (default: drawn, 3 or 5)")
    parser.add_argument("--patience", type=float, default=16, help="minutes in which the cluster must be whole in the end (default: 16)")
    parser.add_argument("--faults", nargs="+", choices=names, default=names, metavar="KIND", help=f"the kinds of faults (default: all): {', '.join(names)}")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Runs the command line and returns the exit code: 1 if a run found a problem."""
    options = parsed(words)
    try:
        found = engine.find(Path("compose.yaml"), "none")
    except engine.NoEngineError as reason:
        say(str(reason))
        return 2
    missing = [image for image in NODE_IMAGES if not found.has_image(image)]
    if missing:
        say(f"These images are not on this machine, pull them first: {', '.join(missing)}")
        return 2
    impossible = faults.impossible()
    for kind, why in impossible.items():
        if kind in options.faults:
            say(f"Left out: {kind}: {why}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    first = random.randrange(1, 1_000_000) if options.seed is None else options.seed  # noqa: S311 (a number to repeat)
    runs: list[report.Figures] = []
    try:
        for seed in range(first, first + options.runs):
            runs.append(_run(seed, options, impossible))
    except KeyboardInterrupt:
        say("Stopped; its containers and volumes were removed.")
        return 130
    finally:
        if runs:
            say()
            say(report.table(runs))
    return 1 if any(run.problems for run in runs) else 0


def _run(seed: int, options: argparse.Namespace, left_out: Mapping[str, str]) -> report.Figures:
    mode = plan.mode(seed, options.nodes)
    say(f"seed {seed}: {mode}")
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{seed}-", dir=FOLDER))
    settings = runner.Settings(seed, mode, options.minutes * SECONDS_PER_MINUTE, options.patience * SECONDS_PER_MINUTE, options.faults, folder)
    result = runner.run(settings, left_out, say)
    say(f"The history: {folder / 'history.jsonl'}")
    if result.problems:
        say(report.failure(result.events, result.problems, again(seed, options)))
    return report.figures(seed, str(mode), result.events, result.problems, result.healed, result.restarted)


def again(seed: int, options: argparse.Namespace) -> str:
    """The command that does a run again."""
    nodes = f" NODES={options.nodes}" if options.nodes else ""
    kinds = f' FAULTS="{" ".join(options.faults)}"' if len(options.faults) < len(plan.KINDS) else ""
    return f"make chaos SEED={seed} MINUTES={options.minutes:g}{nodes}{kinds}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
