"""`ipfs-cluster regions`: takes Regions out of the edge of a cluster that is in several, and back, without an update of its stacks."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from .aws import client, explained
from .errors import CommandError, Exit
from .where import of_file, of_stack

_KEY = "out"
_TRIES = 5
_POLICY = "docs/regions.md has the policy that does."


def listed(stack: str, outputs: str, as_json: bool) -> None:
    """Shows each Region, and whether it is out. Raises CommandError."""
    edge = _Edge(_outputs(stack, outputs))
    out = edge.out()
    if as_json:
        click.echo(json.dumps({"regions": edge.regions, "out": out}))
        return
    for region in edge.regions:
        click.echo(f"{region}  {'out' if region in out else 'in'}")
    _warn(edge, out)


def take_out(regions: Sequence[str], stack: str, outputs: str) -> None:
    """Takes Regions out. Raises CommandError."""
    edge = _Edge(_outputs(stack, outputs))
    edge.check(regions)

    def more(before: Sequence[str]) -> list[str]:
        after = sorted({*before, *regions})
        if set(edge.regions) <= set(after):
            raise CommandError("No Region would be left. With all of them out, none counts as out: leave one in.", Exit.USAGE)
        return after

    _show(edge, edge.change(more), regions, "out")


def bring_back(regions: Sequence[str], stack: str, outputs: str) -> None:
    """Brings Regions back. Raises CommandError."""
    edge = _Edge(_outputs(stack, outputs))
    edge.check(regions)
    # What is no Region of the edge any more goes too.
    _show(edge, edge.change(lambda before: [region for region in before if region not in regions and region in edge.regions]), regions, "in")


def _show(edge: "_Edge", out: Sequence[str], regions: Sequence[str], state: str) -> None:
    for region in regions:
        click.echo(f"{region} is {state}.")
    left = [region for region in edge.regions if region not in out]
    click.echo(f"Within some seconds requests go to {', '.join(left)} only." if out else "Within some seconds requests go to all Regions.")
    _warn(edge, out)


def _warn(edge: "_Edge", out: Sequence[str]) -> None:
    if edge.has_tokens and out:
        click.echo("Readers with tokens are not sent by this: their Regions are fixed, and the second one is asked where the first one fails.", err=True)


def _outputs(stack: str, outputs: str) -> Mapping[str, Any]:
    if bool(stack) == bool(outputs):
        raise CommandError("Where is the edge? Give either --stack or --outputs of the stack with IpfsGlobal.", Exit.USAGE)
    return of_stack(stack) if stack else of_file(outputs)


class _Edge:
    """The Regions of an edge, and the store that has those that are out."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self.regions: list[str] = list(outputs.get("edge_regions") or [])
        self.has_tokens = bool(outputs.get("gateway_user_pool_id"))
        self._arn = str(outputs.get("edge_store_arn") or "")
        if not self.regions or not self._arn:
            raise CommandError("The outputs have no edge_regions and edge_store_arn: are they those of a stack with IpfsGlobal and its input edge?", Exit.USAGE)
        self._client = client("cloudfront-keyvaluestore", _POLICY)

    def check(self, regions: Sequence[str]) -> None:
        """Refuses what is no Region of the edge."""
        unknown = [region for region in regions if region not in self.regions]
        if unknown or not regions:
            what = f"{', '.join(unknown)} is no Region of the edge" if unknown else "No Region is given"
            raise CommandError(f"{what}. Its Regions: {', '.join(self.regions)}.", Exit.USAGE)

    def out(self) -> list[str]:
        """The Regions that are out."""
        with explained("read the Regions that are out", _POLICY):
            try:
                found = self._client.get_key(KvsARN=self._arn, Key=_KEY)["Value"]
            except self._client.exceptions.ResourceNotFoundException:
                return []
        return [region for region in found.split(",") if region]

    def change(self, change: Callable[[Sequence[str]], list[str]]) -> list[str]:
        """Changes them; gives those that are out now. Two that change at once do not undo each other's change."""
        for last in [False] * (_TRIES - 1) + [True]:
            with explained("find the store of the Regions that are out", _POLICY):
                version = self._client.describe_key_value_store(KvsARN=self._arn)["ETag"]
            before = self.out()
            after = change(before)
            if after == before:
                return after
            with explained("change the Regions that are out", _POLICY):
                try:
                    if after:
                        self._client.put_key(KvsARN=self._arn, Key=_KEY, Value=",".join(after), IfMatch=version)
                    else:
                        self._client.delete_key(KvsARN=self._arn, Key=_KEY, IfMatch=version)
                except self._client.exceptions.ConflictException:
                    if last:
                        raise
                else:
                    return after
        raise AssertionError("unreachable")
