"""``python -m sandbox up | down | plan | status``: the program's stack on this machine. ``cut | join | delay | client | out | in``:
the link and the edge of several Regions.

The AWS API is moto, the tasks are containers.
"""

import argparse
import logging
import sys
from pathlib import Path

import pulumi
from botocore.exceptions import ClientError

from . import commands, simulation
from .account import NotInAccountError, UnknownToSandboxError
from .background import BackgroundError
from .blocks import BlocksError
from .engine import EngineError, NoEngineError
from .regions import commands as regional
from .regions import file
from .stack import Sandbox

_EVERYWHERE = ("up", "down", "plan", "status")
_REGIONAL = ("cut", "join", "delay", "client", "out", "in")
ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str], root: Path = ROOT) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Runs the program's stack on this machine.")
    parser.add_argument("command", choices=(*_EVERYWHERE, *_REGIONAL))
    parser.add_argument("--stack", default="dev", help="the stack, by its Pulumi.<stack>.yaml, or several Regions, by Regions.<stack>.yaml (default: dev)")
    parser.add_argument("--delete-data", action="store_true", help="with down: also delete the nodes' data and identities")
    parser.add_argument("--region", default="", help="the Region to take out or in, or where clients are; with cut, join and delay: only its links")
    parser.add_argument("--milliseconds", type=float, help="with delay: the round trip")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what pulumi and asyncio log about a failed program says less than the error itself
    sandbox = Sandbox(options.stack, root)
    try:
        if regional.is_one(sandbox):
            _regional(sandbox, options)
        else:
            _single(sandbox, options)
    except (simulation.ConfigurationError, BlocksError, UnknownToSandboxError, EngineError, NoEngineError, BackgroundError, pulumi.RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (ClientError, NotInAccountError) as error:
        print(f"error: the simulated account does not have what the stack refers to: {error}", file=sys.stderr)
        print(
            "It has only what the program creates. Use a stack without an existing VPC or KMS key. Put the values of existing SSM parameters "
            f"into {sandbox.parameters_file.relative_to(root)}, as a JSON object by name.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; containers that were started keep running: `make status` shows them, `make down` stops them", file=sys.stderr)
        return 130
    return 0


def _single(sandbox: Sandbox, options: argparse.Namespace) -> None:
    if options.command in _REGIONAL:
        name = file.path(sandbox.root, sandbox.stack).name
        raise simulation.ConfigurationError(f"stack {sandbox.stack!r} is in one Region; `{options.command}` is for several, which have a file {name}")
    if options.command == "down":
        commands.down(sandbox, options.delete_data)
    elif options.command == "status":
        commands.status(sandbox)
    elif sandbox.part_of:
        text = f"stack {sandbox.stack!r} is one Region of {sandbox.part_of!r}: use `make {options.command} STACK={sandbox.part_of}`"
        raise simulation.ConfigurationError(text)
    else:
        run = commands.up if options.command == "up" else commands.plan
        run(sandbox, simulation.read_configuration(sandbox.root, sandbox.stack))


def _regional(sandbox: Sandbox, options: argparse.Namespace) -> None:
    if options.command == "down":
        regional.down(sandbox, options.delete_data)
    elif options.command == "status":
        regional.status(sandbox)
    elif options.command in ("up", "plan"):
        run = regional.up if options.command == "up" else regional.plan
        run(sandbox, file.read(sandbox.root, sandbox.stack))
    elif options.command == "client":
        regional.move(sandbox, options.region)
    elif options.command in ("out", "in"):
        regional.take(sandbox, options.region, out=options.command == "out")
    elif options.command == "delay" and options.milliseconds is None:
        raise simulation.ConfigurationError("delay needs a round trip: --milliseconds 240")
    else:
        cut = {"cut": True, "join": False}.get(options.command)
        regional.change(sandbox, regional.Change(cut, options.milliseconds), options.region)


if __name__ == "__main__":
    simulation.collect_rarely()
    sys.exit(main(sys.argv[1:]))
