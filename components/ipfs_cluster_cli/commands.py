"""The command `ipfs-cluster`: what it takes, and what it runs. What a command needs is imported when it runs, so that help comes at once."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .errors import CommandError, Exit

_F = TypeVar("_F", bound=Callable[..., Any])


class _Commands(click.Group):
    """Commands whose errors are a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CommandError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.code)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(Exit.INTERRUPTED)


def _where(command: _F) -> _F:
    """Adds the options that say where the cluster is."""
    command = click.option(
        "--outputs", metavar="FILE", envvar="IPFS_CLUSTER_OUTPUTS", default="", help="The stack's outputs as JSON: a file, or - for standard input."
    )(command)
    return click.option(
        "--stack", metavar="NAME", envvar="IPFS_CLUSTER_STACK", default="", help="The cluster of this Pulumi stack, whose project is the current folder."
    )(command)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="ipfs-cluster-pulumi", prog_name="ipfs-cluster")
def commands() -> None:
    """Publish content to an IPFS cluster, and look after it.

    Every command takes --stack or --outputs, or the environment variables IPFS_CLUSTER_API_URL, IPFS_CLUSTER_GATEWAY_URL, and
    IPFS_CLUSTER_CREDENTIALS (user:password) or IPFS_CLUSTER_TOKEN, which replace what the outputs say.

    Exit codes: 0 done; 1 failed, the same command continues; 2 wrong usage or input; 3 in the cluster, but not pinned on the nodes in time;
    4 credentials not accepted; 5 the website does not show it; 130 interrupted.
    """


@commands.command()
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(readable=False, path_type=Path))
@_where
@click.option("--name", metavar="TEXT", help="Name of the pin. Default: that of the file or folder, or the website's host.")
@click.option("--meta", metavar="KEY=VALUE", multiple=True, help="Metadata of the pin; may be given several times.")
@click.option("--expire-in", metavar="DURATION", default="", help="Unpin it after this time, such as 30d, 12h or 1h30m. Default: never.")
@click.option("--replication", metavar="N|MIN-MAX|all", default="", help="Number of nodes that keep a copy. Default: the cluster's setting.")
@click.option("--hidden", is_flag=True, help="Include files whose names begin with a dot.")
@click.option("--wrap", is_flag=True, help="Put a directory around a single PATH, which keeps its name.")
@click.option("--profile", metavar="NAME", default="", help="Profile of UnixFS that decides the CIDs. Default: unixfs-v1-2025, as on the nodes.")
@click.option("--cid-version", metavar="0|1", type=click.Choice(["0", "1"]), help="Version of the CIDs. Default: the profile's.")
@click.option("--chunker", metavar="size-BYTES", default="", help="How files are cut into blocks. Default: the profile's.")
@click.option("--wait-for", metavar="N|all", default="all", show_default=True, help="Number of nodes that have to have it before the command ends.")
@click.option(
    "--patience", metavar="SECONDS", type=click.FloatRange(0), default=120, show_default=True, help="How long to wait for a node that does not answer."
)
@click.option("--website", metavar="HOST", default="", help="Show it at this host name, one of the cluster's websites.")
@click.option("--to", metavar="CID", default="", help="With --website and without PATH: show this CID, which is published already.")
@click.option("--parallel", metavar="N", type=click.IntRange(1, 16), default=2, show_default=True, help="Number of parts that are sent at the same time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the CID, and no progress.")
def publish(**given: Any) -> None:
    """Publish files, folders or a CAR file.

    Several PATHs are put in a directory. The CID is the one that `ipfs add` of the cluster's nodes gives. What the cluster has already is not
    sent again: after a failure or an interruption, the same command continues.
    """
    from .publish_command import run

    run(**given)


@commands.command()
@click.argument("cid", metavar="[CID]", default="")
@_where
@click.option("--watch", is_flag=True, help="Without CID: look again every ten seconds, until every node has what it should.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with --watch one for each look.")
def status(cid: str, stack: str, outputs: str, watch: bool, as_json: bool) -> None:
    """Show what each node says of a CID, or without CID what each node has of all pins.

    For a node that catches up, that includes how many pins it gets in a second, and how long it will take.
    """
    if not cid:
        from .status_command import run as run_for_all

        run_for_all(stack, outputs, watch, as_json)
        return
    if watch:
        raise CommandError("--watch is for all pins: leave out either the CID or --watch.", Exit.USAGE)
    from .pins_command import status as run

    run(cid, stack, outputs, as_json)


@commands.group()
def pins() -> None:
    """List, search and remove pins."""


@pins.command("list")
@_where
@click.option("--name", metavar="PATTERN", default="", help="Only pins whose names match, such as 'site*'.")
@click.option("--status", "with_status", is_flag=True, help="Also show how many nodes have each.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each pin, one a line.")
def list_(name: str, with_status: bool, stack: str, outputs: str, as_json: bool) -> None:
    """List all pins."""
    from .pins_command import listed as run

    run(stack, outputs, name, with_status, as_json)


@pins.command()
@click.argument("text", metavar="TEXT")
@_where
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each pin, one a line.")
def search(text: str, stack: str, outputs: str, as_json: bool) -> None:
    """Find pins by a text in their name, CID or metadata."""
    from .pins_command import search as run

    run(text, stack, outputs, as_json)


@pins.command()
@click.argument("what", metavar="CID|NAME...", nargs=-1)
@_where
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(what: tuple[str, ...], stack: str, outputs: str, yes: bool) -> None:
    """Unpin CIDs, or all that is pinned by a name."""
    from .pins_command import remove as run

    run(what, stack, outputs, yes)


@pins.command()
@_where
@click.option("--dry-run", is_flag=True, help="Only name the pins that miss a Region.")
def spread(stack: str, outputs: str, dry_run: bool) -> None:
    """Bring copies of pins to the Regions that miss them.

    For a cluster over several Regions with pinning.replicas_per_region. Its nodes do the same by themselves, fifty pins a minute.
    """
    from .spread_command import run

    run(stack, outputs, dry_run)


@commands.group()
def regions() -> None:
    """Take Regions out of the edge of a cluster that is in several, and back.

    It takes --stack or --outputs of the stack with IpfsGlobal, and credentials of AWS, as the AWS CLI finds them.
    """


@regions.command("list")
@_where
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def regions_list(stack: str, outputs: str, as_json: bool) -> None:
    """Show which Regions requests go to."""
    from .regions_command import listed as run

    run(stack, outputs, as_json)


@regions.command("out")
@click.argument("names", metavar="REGION...", nargs=-1)
@_where
def regions_out(names: tuple[str, ...], stack: str, outputs: str) -> None:
    """Send no more requests to Regions, within some seconds and without an update of any stack."""
    from .regions_command import take_out as run

    run(names, stack, outputs)


@regions.command("in")
@click.argument("names", metavar="REGION...", nargs=-1)
@_where
def regions_in(names: tuple[str, ...], stack: str, outputs: str) -> None:
    """Send requests to Regions again."""
    from .regions_command import bring_back as run

    run(names, stack, outputs)


@commands.command()
@_where
def check(stack: str, outputs: str) -> None:
    """Check the cluster from outside: add a file, see it on every node, read it and unpin it."""
    from .check_command import run

    run(stack, outputs)


def main() -> None:
    """The console script."""
    try:
        commands(standalone_mode=True)
    except SystemExit as end:
        if end.code == Exit.INTERRUPTED:
            # Uploads in other threads are not waited for.
            import os

            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(Exit.INTERRUPTED)
        raise
