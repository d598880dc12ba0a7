"""All stacks of a cluster over several Regions in their order, through Pulumi's Automation API.

The exit code is 0 on success, 1 when Pulumi or AWS refused something, and 2 when the command line is wrong. After a failure the same command
goes on where it stopped.
"""

import argparse
import concurrent.futures
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from regions import REGIONS, STACKS, WORLD

HERE = Path(__file__).resolve().parent
PROGRESS = HERE / ".deploy.json"
"""What is done of an update that did not come to its end."""
Stacks = dict[str, auto.Stack]


class FailedError(Exception):
    """What did not work, in a few lines."""


@dataclass(frozen=True)
class Step:
    """Stacks that are updated, at the same time or one after another."""

    title: str
    stacks: Sequence[str]
    at_once: bool = True


def steps() -> list[Step]:
    """The order of an update. A Region that is new learns of the others at its first update, and they learn of it at the last."""
    first, *others = STACKS.values()
    return [
        Step("the first Region", [first]),
        Step("the other Regions", others),
        Step("what joins them", [WORLD]),
        Step("each Region hears of the others", list(STACKS.values()), at_once=False),  # an update that fails leaves the others alone
    ]


def region_of(stack: str) -> str:
    """The Region of a stack; that of the world is the first one."""
    return next((region for region, known in STACKS.items() if known == stack), next(iter(REGIONS)))


def select() -> Stacks:
    """All stacks with their configuration. Creates those that do not exist: the program refers to all of them."""
    found = {}
    for name in (*STACKS.values(), WORLD):
        stack = found[name] = auto.create_or_select_stack(stack_name=name, work_dir=str(HERE))
        if "aws:region" not in stack.get_all_config():
            stack.set_config("aws:region", auto.ConfigValue(region_of(name)))
    return found


def keep_secrets(stacks: Stacks) -> None:
    """Gives each Region the secrets that it has, if the one that made them is no longer the first."""
    first = next(iter(REGIONS))
    for name in STACKS.values():
        outputs = stacks[name].outputs()
        if "first" in outputs and outputs["first"].value != first and "shared" not in stacks[name].get_all_config():
            stacks[name].set_config("shared", auto.ConfigValue(outputs["shared_secrets"].value, secret=True))
            say(name, f"keeps the secrets that {outputs['first'].value} made")


# --- what is done already ---------------------------------------------------------------------------------------------


def fingerprint() -> str:
    """Of what is deployed: after a change of it nothing is done already."""
    files = sorted([*HERE.glob("*.py"), *HERE.glob("Pulumi*.yaml"), *HERE.glob("requirements.txt")])
    return hashlib.sha256(b"\0".join(part for file in files for part in (file.name.encode(), file.read_bytes()))).hexdigest()


def done(of: str) -> list[str]:
    """The updates that are done, of an update of this fingerprint."""
    known = json.loads(PROGRESS.read_text()) if PROGRESS.exists() else {}
    return list(known["done"]) if known.get("of") == of else []


# --- commands ---------------------------------------------------------------------------------------------------------


def up(names: Sequence[str]) -> None:
    """Updates all stacks, or those that are named."""
    stacks = select()
    keep_secrets(stacks)
    of = fingerprint()
    finished = done(of)
    for step in steps():
        wanted = [name for name in step.stacks if not names or name in names]
        for name in wanted:
            if key(step, name) in finished:
                say(name, f"{step.title}: done before")
        left = [name for name in wanted if key(step, name) not in finished]

        def update(name: str, step: Step = step) -> None:
            stacks[name].up(on_output=printer(name), color="never")
            finished.append(key(step, name))
            PROGRESS.write_text(json.dumps({"of": of, "done": finished}))

        each(step.title, left, update, at_once=step.at_once)
    PROGRESS.unlink(missing_ok=True)
    for name in left_over():
        print(f"stack {name} is in no Region of regions.py: `deploy.py destroy {name}` destroys it")


def key(step: Step, name: str) -> str:
    """What an update is filed under."""
    return f"{step.title}: {name}"


def destroy(names: Sequence[str]) -> None:
    """Destroys all stacks, or those that are named and in no Region any more, and removes them."""
    for name in names:
        if name in (*STACKS.values(), WORLD):
            raise FailedError(f"{name} is in regions.py, and the others count on it: take it out there and run `deploy.py up` first")
    PROGRESS.unlink(missing_ok=True)
    there = existing()
    unknown = sorted(set(names) - set(there))
    if unknown:
        raise FailedError(f"there is no stack {', '.join(unknown)}; there are {', '.join(there) or 'none'}")
    regions = [name for name in there if name != WORLD and (name in names or not names)]

    def remove(name: str) -> None:
        stack = auto.select_stack(stack_name=name, work_dir=str(HERE))
        stack.destroy(on_output=printer(name), color="never")
        stack.workspace.remove_stack(name)

    # AWS keeps a VPC that is peered, so what joins the Regions goes first.
    if not names and WORLD in there:
        each("what joins them", [WORLD], remove)
    each("the Regions", regions, remove)


def status(names: Sequence[str]) -> None:
    """Says of each stack when it was updated last, and how that ended."""
    there = existing()
    for name in (*STACKS.values(), WORLD, *left_over()):
        if names and name not in names:
            continue
        last = auto.select_stack(stack_name=name, work_dir=str(HERE)).history(page_size=1) if name in there else []
        say(name, f"{last[0].kind} {last[0].result}, {last[0].end_time:%Y-%m-%d %H:%M}" if last else "not deployed")


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {"up": up, "destroy": destroy, "status": status}


def existing() -> list[str]:
    """The stacks of the project."""
    return sorted(summary.name for summary in auto.LocalWorkspace(work_dir=str(HERE)).list_stacks())


def left_over() -> list[str]:
    """Stacks that are there and in no Region of regions.py."""
    return [name for name in existing() if name not in (*STACKS.values(), WORLD)]


# --- progress ---------------------------------------------------------------------------------------------------------


def each(title: str, names: Sequence[str], work: Callable[[str], None], *, at_once: bool = True) -> None:
    """Does the work for each stack. At once all of them come to their end; one after another the first failure is the last.

    Raises FailedError with what failed, by stack.
    """
    if not names:
        return
    print(f"\n{title}: {', '.join(names)}", flush=True)
    failed: dict[str, str] = {}

    def timed(name: str) -> None:
        begun = time.monotonic()
        try:
            work(name)
        except auto.ConcurrentUpdateError:
            failed[name] = "another update is running; try again when it is done, or run `pulumi cancel` if none is"
        except auto.CommandError as error:
            failed[name] = reason(error)
        minutes, seconds = divmod(int(time.monotonic() - begun), 60)
        say(name, f"{'failed' if name in failed else 'done'} after {minutes}:{seconds:02}")

    if at_once:
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(timed, names))
    else:
        for name in names:
            if not failed:
                timed(name)
    if failed:
        told = "\n".join(f"{name} ({region_of(name)}): {text}" for name, text in failed.items())
        raise FailedError(f"{told}\nrun the same command again: it goes on with {', '.join(failed)}")


def say(name: str, text: str) -> None:
    """Prints a line about a stack."""
    print(f"{name:<10} | {text}", flush=True)


def printer(name: str) -> Callable[[str], Any]:
    """Prints the engine's lines of a stack, with its name."""
    return lambda line: say(name, line.rstrip()) if line.strip() else None


def reason(error: auto.CommandError) -> str:
    """The errors in the engine's output, each once, with what ends the trace of one in the program."""
    errors: list[str] = []
    for line in map(str.strip, str(error).splitlines()):
        text = line.removeprefix("error: ")
        told = line.startswith(("error: ", "- ")) or re.match(r"[\w.]*(Exception|Error): ", line)
        if told and not any(known in text for known in errors):
            errors.append(text)
    return "\n".join(errors) or str(error).strip()


def main(arguments: list[str]) -> int:
    """Runs one command and returns the exit code."""
    parser = argparse.ArgumentParser(description="The stacks of a cluster over several Regions, in their order.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("stacks", nargs="*", help="only these; all by default")
    given = parser.parse_args(arguments)
    known = (*STACKS.values(), WORLD)
    if given.command == "up" and set(given.stacks) - set(known):
        parser.error(f"there is no stack {', '.join(sorted(set(given.stacks) - set(known)))}; there are {', '.join(known)}")
    try:
        COMMANDS[given.command](given.stacks)
    except FileNotFoundError:
        print("the Pulumi CLI is not installed: https://www.pulumi.com/docs/install/", file=sys.stderr)
        return 1
    except (FailedError, auto.CommandError) as error:
        print(error if isinstance(error, FailedError) else reason(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
