"""`ipfs-cluster status` and `ipfs-cluster pins`."""

import fnmatch
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from . import lists
from .api import Api
from .dag import parse
from .errors import CommandError, Exit
from .pins import PINNED, NodeState, Pin, states
from .web import Web
from .where import find
from .words import count, moment


@contextmanager
def opened(stack: str, outputs: str) -> Iterator[Api]:
    """The REST API of the cluster. Raises CommandError."""
    where = find(stack, outputs)
    with Web("REST API", where.api_url, where.api) as web:
        yield Api(where, web)


def status(cid: str, stack: str, outputs: str, as_json: bool) -> None:
    """Prints what each node says of a CID. Raises CommandError, with Exit.NOT_PINNED unless all that should have it do."""
    cid = checked(cid)
    with opened(stack, outputs) as api:
        pin, said = api.pin_of(cid), api.states_of(cid)
    if as_json:
        click.echo(json.dumps({"cid": cid, "pinned": pin is not None, "name": pin.name if pin else None, "nodes": nodes_as_json(said)}))
    else:
        click.echo(f"{cid} {f'is pinned as {pin.name!r}' if pin else 'is not pinned in this cluster'}")
        for state in said:
            click.echo(f"  {state.mark} {state.node} {state.sentence}")
    if pin is None or any(state.status != PINNED for state in said):
        raise CommandError("Not all nodes that should have it do." if pin else "It is not pinned.", Exit.NOT_PINNED)


def nodes_as_json(said: Sequence[NodeState]) -> list[dict[str, str]]:
    """The nodes' states for a JSON object."""
    return [{"node": state.node, "status": state.status, **({"error": state.error} if state.error else {})} for state in said]


def listed(stack: str, outputs: str, name: str, with_status: bool, as_json: bool) -> None:
    """Prints pins as they come, those whose names match a pattern. Raises CommandError if the list cannot be shown to be complete."""
    _list(stack, outputs, lambda pin: not name or fnmatch.fnmatchcase(pin.name, name), with_status, as_json)


def search(text: str, stack: str, outputs: str, as_json: bool) -> None:
    """Prints the pins with a text in their name, CID or metadata."""
    wanted = text.casefold()
    _list(stack, outputs, lambda pin: any(wanted in said.casefold() for said in (pin.name, pin.cid, *pin.metadata.values())), False, as_json)


def _list(stack: str, outputs: str, matches: Callable[[Pin], bool], with_status: bool, as_json: bool) -> None:
    found = 0
    with opened(stack, outputs) as api:
        for item in lists.complete(api.web, "pins" if with_status else lists.ALL):
            pin = Pin.read(item)
            if matches(pin):
                found += 1
                said = states(item, api.nodes) if with_status else None
                click.echo(json.dumps(_as_json(pin, said)) if as_json else _line(pin, said))
    if not as_json:
        click.echo(count(found, "pin"), err=True)


def _as_json(pin: Pin, said: Sequence[NodeState] | None) -> dict[str, Any]:
    values: dict[str, Any] = {"cid": pin.cid, "name": pin.name, "created": pin.created.isoformat(), "metadata": dict(pin.metadata)}
    if pin.expire_at:
        values["expires"] = pin.expire_at.isoformat()
    return values if said is None else {**values, "nodes": nodes_as_json(said)}


def _line(pin: Pin, said: Sequence[NodeState] | None) -> str:
    words = [pin.cid, moment(pin.created), pin.name]
    if pin.expire_at:
        words.append(f"(until {moment(pin.expire_at)})")
    if said is not None:
        have = [state for state in said if state.status == PINNED]
        lack = [f"{state.node} {state.sentence}" for state in said if state.status != PINNED]
        words.insert(1, f"{len(have)}/{len(said)}")
        words += [f"[{'; '.join(lack)}]"] if lack else []
    return "  ".join(words)


def remove(what: Sequence[str], stack: str, outputs: str, yes: bool) -> None:
    """Unpins CIDs, and all pins of a name. Raises CommandError, before anything is removed if one of them is not there."""
    if not what:
        raise CommandError("Give the CIDs or names of what to remove.", Exit.USAGE)
    with opened(stack, outputs) as api:
        pins = _named(api, what)
        for pin in pins:
            click.echo(f"  {_line(pin, None)}", err=True)
        if not yes:
            if not sys.stdin.isatty():
                raise CommandError("Removing needs your answer; without a terminal, or with the outputs on standard input, give --yes.", Exit.USAGE)
            if not click.confirm(f"Remove {count(len(pins), 'pin')}?", err=True):
                raise CommandError("Nothing was removed.")
        for done, pin in enumerate(pins):
            try:
                api.unpin(pin.cid)
            except CommandError as error:
                raise CommandError(f"{error} {done} of {len(pins)} were removed.", error.code) from error
    click.echo(f"Removed {count(len(pins), 'pin')}. The nodes free the space when they collect garbage.", err=True)


def _named(api: Api, what: Sequence[str]) -> list[Pin]:
    """The pins that are meant: by CID, or by name."""
    found: dict[str, Pin] = {}
    names = set()
    for text in what:
        if _is_cid(text):
            pin = api.pin_of(bare(text))
            if pin is None:
                raise CommandError(f"{text} is not pinned; nothing was removed.", Exit.USAGE)
            found[pin.cid] = pin
        else:
            names.add(text)
    if names:
        pins = [pin for pin in map(Pin.read, lists.complete(api.web)) if pin.name in names]
        if missing := names - {pin.name for pin in pins}:
            raise CommandError(f"Nothing is pinned as {', '.join(sorted(missing))}; nothing was removed.", Exit.USAGE)
        found |= {pin.cid: pin for pin in pins}
    return list(found.values())


def bare(text: str) -> str:
    """A CID without ipfs:// or /ipfs/ before it."""
    return text.removeprefix("ipfs://").removeprefix("/ipfs/").strip("/")


def _is_cid(text: str) -> bool:
    try:
        parse(bare(text))
    except ValueError:
        return False
    return True


def checked(text: str) -> str:
    """A CID as it was given, without what may be before it. Raises CommandError."""
    try:
        parse(bare(text))
    except ValueError as error:
        raise CommandError(f"{error}.", Exit.USAGE) from None
    return bare(text)
