"""``python -m accept --region <region> --budget-usd <usd>``: tests the program in a real account."""

import argparse
import contextlib
import importlib.metadata
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import report
from .aws import Account
from .clock import Clock
from .context import Context
from .estimate import Estimate, estimate
from .preflight import preflight
from .probes import PROBES
from .results import PASS
from .runner import INTERRUPTED, Runner
from .stack import AutomationStack, EngineFailedError
from .state import State, StateError, load
from .web import Web

ROOT = Path(__file__).resolve().parent.parent
REFUSED = 2
"""Exit code: nothing was started."""


def main(
    arguments: Sequence[str],
    *,
    root: Path = ROOT,
    origins: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    account: Callable[[str], Any] = Account,
    prepare: Callable[[Context], None] = lambda ctx: None,
    clock: Clock | None = None,
) -> int:
    """Runs the command line and returns the exit code. The parameters after ``root`` are for tests without AWS: ``prepare`` may change the probes' context."""
    parser = argparse.ArgumentParser(prog="python -m accept", description="Deploys the program to a real account, tests it, and removes it again.")
    parser.add_argument("--region", help="the AWS Region")
    parser.add_argument("--budget-usd", type=float, help="the maximum expected cost of the run")
    parser.add_argument("--resume", metavar="RUN", help="continue an interrupted run")
    parser.add_argument("--keep", action="store_true", help="leave the stack in the account; resume the run without this option to remove it")
    parser.add_argument("--expiry", action="store_true", help="also leave a recovery point for a day, and check at a resume whether it was deleted")
    parser.add_argument("--skip", default="", metavar="PROBES", help=f"skip probes, separated by commas: {', '.join(p.name for p in PROBES if not p.removal)}")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    skip = [name for name in options.skip.split(",") if name]
    unknown = [name for name in skip if name not in {probe.name for probe in PROBES if not probe.removal}]
    if unknown:
        parser.error(f"there is no probe {', '.join(unknown)} that can be skipped")
    folder = root / ".accept"
    time_ = clock or Clock()
    try:
        state = load(folder / options.resume / "state.json") if options.resume else None
    except StateError as error:
        return _refused([str(error)])
    if state is None and (not options.region or options.budget_usd is None):
        parser.error("--region and --budget-usd are needed: make accept REGION=eu-west-1 BUDGET=10")
    if state is not None and options.region not in (None, state.region):
        return _refused([f"run {state.run} is in {state.region}, not in {options.region}"])

    region = state.region if state else str(options.region)
    aws = account(region)
    expected = estimate({*skip, *(name for name, step in (state.steps if state else {}).items() if step.status == PASS)})
    found = preflight(aws, expected.minutes, time_.now())
    problems = list(found.problems)
    if state is not None and found.account and found.account != state.account:
        problems.append(f"run {state.run} belongs to another account than these credentials")
    if state is None and expected.usd > options.budget_usd:
        problems.append(
            f"the run is expected to cost {expected.usd:.2f} USD, more than the budget of {options.budget_usd:.2f}: raise it, or skip probes (SKIP=…)"
        )
    if problems:
        return _refused(problems)
    _announce(expected, region, found.notes, options.keep, state)
    if not options.yes and not _agreed():
        return _refused(["not begun"])

    if state is None:
        name = f"accept-{time.strftime('%m%d', time.gmtime(time_.now()))}-{secrets.token_hex(2)}"
        state = State(folder / name / "state.json", name, region, found.account, options.budget_usd, time_.now(), options.keep, expected.usd)
        state.notes["expiry"] = options.expiry
    state.keep = options.keep
    state.versions = _versions()
    state.save()
    _say(f"Run {state.run}. State, reports and the engine's log: {state.file.parent}")

    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    latest: list[Runner] = []
    stack: Any = AutomationStack(
        root, state.run, region, state.file.parent / "engine.log", lambda line: latest[0].heard(line) if latest else None, environment or {}
    )
    if not state.stack_removed:
        try:
            stack.open()
        except EngineFailedError as error:
            if not state.steps:
                shutil.rmtree(state.file.parent)
            return _refused([f"Pulumi does not create the stack: {error}; `pulumi whoami` must work, with PULUMI_CONFIG_PASSPHRASE if the backend needs it"])
    ctx = Context(aws, stack, Web(origins), time_, state, _say)
    ctx.groups = state.notes.get("groups", ctx.groups)
    prepare(ctx)
    runner = Runner(ctx, PROBES, skip, _say)
    latest.append(runner)
    try:
        code = runner.run()
    except KeyboardInterrupt:
        code = INTERRUPTED
    _say(report.verdict(state, PROBES))
    _say(f"The report to send: {state.file.parent / 'report.md'} (and report.json)")
    return code


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _announce(expected: Estimate, region: str, notes: Sequence[str], keep: bool, state: State | None) -> None:
    total = sum(expected.resources.values())
    most = sorted(expected.resources.items(), key=lambda item: -item[1])[:8]
    _say(f"{'Continuing with ' + state.run if state else 'This creates'} an IPFS cluster of three nodes in {region}: {total} resources, among them")
    _say("  " + ", ".join(f"{count} {type_.rpartition(':')[2]}" for type_, count in most))
    _say("and temporarily also: a fourth node, a few tasks, a service, a file system, a distribution, a role, the kit's own recovery point.")
    _say(f"It takes about {expected.minutes / 60:.1f} hours and costs about {expected.usd:.2f} USD (prices of {expected.prices_of}, us-east-1).")
    if keep:
        _say(f"The stack is KEPT: unused, it costs about {expected.month_usd:.0f} USD a month, until the run is resumed without KEEP.")
    else:
        _say("Everything is destroyed at the end, also after a failure or Ctrl-C.")
    for note in notes:
        _say(f"Note: {note}.")


def _agreed() -> bool:
    with contextlib.suppress(EOFError):
        return input("Start? [y/N] ").strip().lower() in ("y", "yes")
    return False


def _refused(problems: Sequence[str]) -> int:
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return REFUSED


def _say(line: str) -> None:
    print(line, flush=True)


def _versions() -> dict[str, str]:
    found = {"kit": importlib.metadata.version("ipfs-cluster-pulumi"), "python": platform.python_version()}
    found["pulumi"] = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=False).stdout.strip()
    for name in ("pulumi", "pulumi-aws", "pulumi-random", "boto3"):
        found[f"{name} (package)"] = importlib.metadata.version(name)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
