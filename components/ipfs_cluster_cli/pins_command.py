"""`ipfs-cluster status` and `ipfs-cluster pins`."""

import json

import click

from .api import Api
from .dag import parse
from .errors import CommandError, Exit
from .pins import PINNED
from .web import Web
from .where import find


def status(cid: str, stack: str, outputs: str, as_json: bool) -> None:
    """Prints what each node says of a CID. Raises CommandError, with Exit.NOT_PINNED unless all that should have it do."""
    where = find(stack, outputs)
    with Web("REST API", where.api_url, where.api) as web:
        api = Api(where, web)
        cid = checked(cid)
        pin, states = api.pin_of(cid), api.states_of(cid)
    if as_json:
        nodes = [{"node": state.node, "status": state.status, **({"error": state.error} if state.error else {})} for state in states]
        click.echo(json.dumps({"cid": cid, "pinned": pin is not None, "name": pin.name if pin else None, "nodes": nodes}))
    else:
        click.echo(f"{cid} {f'is pinned as {pin.name!r}' if pin else 'is not pinned in this cluster'}")
        for state in states:
            click.echo(f"  {'✓' if state.status == PINNED else '…'} {state.node} {state.sentence}")
    if pin is None or any(state.status != PINNED for state in states):
        raise CommandError("Not all nodes that should have it do." if pin else "It is not pinned.", Exit.NOT_PINNED)


def checked(text: str) -> str:
    """A CID as it was given, also with ipfs:// or a path before it. Raises CommandError."""
    cid = text.removeprefix("ipfs://").removeprefix("/ipfs/").strip("/")
    try:
        parse(cid)
    except ValueError as error:
        raise CommandError(f"{error}.", Exit.USAGE) from None
    return cid
