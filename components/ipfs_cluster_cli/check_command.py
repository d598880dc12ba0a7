"""`ipfs-cluster check`: the check of a deployment from outside."""

import click

from .errors import CommandError, Exit
from .where import of_file, of_stack


def run(stack: str, outputs: str) -> None:
    """Runs the check, and prints a line for each step. Raises CommandError."""
    from ipfs_cluster.check import CheckFailedError, check

    if bool(stack) == bool(outputs):
        raise CommandError("The check needs to know the nodes: give either --stack or --outputs.", Exit.USAGE)
    try:
        check(of_stack(stack) if stack else of_file(outputs), click.echo)
    except CheckFailedError as error:
        raise CommandError(f"{error}.") from error
