"""``python -m sandbox up | down | plan | status``: the program's stack on this machine.

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
from .blocks import BlocksError
from .engine import EngineError, NoEngineError
from .resolver.process import ResolverError
from .stack import Sandbox

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str], root: Path = ROOT) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Runs the program's stack on this machine.")
    parser.add_argument("command", choices=("up", "down", "plan", "status"))
    parser.add_argument("--stack", default="dev", help="the stack, by its Pulumi.<stack>.yaml (default: dev)")
    parser.add_argument("--delete-data", action="store_true", help="with down: also delete the nodes' data and identities")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what pulumi and asyncio log about a failed program says less than the error itself
    sandbox = Sandbox(options.stack, root)
    try:
        if options.command == "up":
            commands.up(sandbox, simulation.read_configuration(root, options.stack))
        elif options.command == "plan":
            commands.plan(sandbox, simulation.read_configuration(root, options.stack))
        elif options.command == "down":
            commands.down(sandbox, options.delete_data)
        else:
            commands.status(sandbox)
    except (simulation.ConfigurationError, BlocksError, UnknownToSandboxError, EngineError, NoEngineError, ResolverError, pulumi.RunError) as error:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
