"""`ipfs-cluster status` without a CID: what each node has of all pins."""

import json
import time

import click

from . import lists, shares
from .api import Api
from .errors import CommandError, Exit
from .pins import Pin
from .pins_command import opened
from .shares import Look
from .spread import few, miss, sentence
from .words import count

_MENDED = "While all nodes are well, they bring fifty a minute there by themselves; ipfs-cluster pins spread does it at once."

PAUSE_SECONDS = 10.0
"""Between two looks."""
MOST_STATES = 150_000
"""What nodes are asked for at once, pins times nodes: the one that answers keeps what all say in memory, at 1.5 KB each (docs/sizing.md)."""


def run(stack: str, outputs: str, watch: bool, as_json: bool) -> None:
    """Prints what each node has of all pins; with ``watch`` again and again, until each has what it should.

    Without, there is a second look where a node lacks pins, which says how fast it gets them. Raises CommandError, with Exit.NOT_PINNED
    unless all nodes have what they should.
    """
    with opened(stack, outputs) as api:
        before, seen = None, _look(api)
        while not seen.complete and (watch or before is None):
            if watch:
                _print(seen, before, as_json)
            api.web.stopped.wait(PAUSE_SECONDS)
            before, seen = seen, _look(api)
    _print(seen, before, as_json)
    if seen.one_sided:
        raise CommandError(f"{miss(len(seen.one_sided))}, such as {few(seen.one_sided)}. {_MENDED}", Exit.NOT_PINNED)
    if not seen.complete:
        raise CommandError("Not all nodes have what they should.", Exit.NOT_PINNED)


def _now() -> float:
    return time.monotonic()


def _look(api: Api) -> Look:
    listing, most = lists.Listing(api.web, lists.ALL), MOST_STATES // max(len(api.nodes), 1)
    spread, one_sided = api.where.spread, list[str]()
    for item in listing:
        if lacking := spread.lacking(Pin.read(item)):
            one_sided.append(sentence(lacking, Pin.read(item)))
        if listing.count > most:
            _print_queues(api)
            text = f"There are more than {most:,} pins, too many to ask the nodes for all of them at once, so only what waits in their queues is shown."
            raise CommandError(f"{text} The dashboard's table By node has what each knows of; with a CID this command shows one pin.", Exit.USAGE)
    peers = {peer["id"]: peer for peer in api.peers()}
    nodes = api.nodes
    silent = {peer: reason for peer in nodes if (reason := _silence(peers.get(peer)))}
    return shares.look(lists.complete(api.web, "pins"), nodes, silent, _now(), one_sided)


def _print_queues(api: Api) -> None:
    queues = api.queues()
    for peer, node in sorted(api.nodes.items(), key=lambda item: item[1]):
        click.echo(f"  {node} " + (f"has {count(queues[peer], 'pin')} in its queue" if peer in queues else "says nothing of its queue"))


def _silence(peer: dict[str, object] | None) -> str:
    """Why a peer does not answer; empty if it does."""
    return "the others do not see it" if peer is None else " ".join(str(peer.get("error") or "").split())


def _print(seen: Look, before: Look | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(shares.as_json(seen, before)))
        return
    click.echo(count(seen.pins, "pin"))
    for share in seen.shares:
        words = shares.sentence(share, shares.rate(before, seen, share.node) if before else None)
        click.echo(f"  {'✓' if share.has_all else '…'} {share.node} {words}")
