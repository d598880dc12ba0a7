"""`ipfs-cluster pins spread`: brings copies of pins to the Regions that miss them."""

import time
from collections.abc import Sequence

import click

from . import lists
from .api import Api
from .errors import CommandError, Exit
from .pins import Pin
from .pins_command import opened
from .spread import Spread, miss, sentence
from .words import count

AT_ONCE = 100
"""How many pins are pinned again before it is looked whether the cluster has taken that up."""
PATIENCE_SECONDS = 60.0
"""How long that may take: updates are collected for up to `pinning.batch_milliseconds`, ten seconds at most."""
PAUSE_SECONDS = 1.0


def run(stack: str, outputs: str, dry: bool) -> None:
    """Gives each pin that misses Regions its copies there; with ``dry`` only names them. Raises CommandError, with Exit.NOT_PINNED if ``dry`` and
    there are some.
    """
    with opened(stack, outputs) as api:
        spread = api.where.spread
        if not spread.copies:
            raise CommandError("The cluster asks for no copies in each Region: pinning.replicas_per_region is not set, or it is in one Region.", Exit.USAGE)
        if not dry:
            _all_well(api)
        missing = [pin for pin in map(Pin.read, lists.complete(api.web)) if spread.lacking(pin)]
        for pin in missing:
            click.echo(f"  {sentence(spread.lacking(pin), pin)}")
        if dry or not missing:
            click.echo(f"{miss(len(missing))}." if missing else "Every pin is in each Region.")
            if missing:
                raise CommandError("Pins miss a Region.", Exit.NOT_PINNED)
            return
        done = 0
        for start in range(0, len(missing), AT_ONCE):
            done += _spread(api, spread, missing[start : start + AT_ONCE])
            click.echo(f"{done:,} of {count(len(missing), 'pin')} done", err=True)
        click.echo(f"{count(done, 'pin')} get their copies; `ipfs-cluster status --watch` shows how far the nodes are.")
        if done < len(missing):
            raise CommandError("The others were unpinned or changed meanwhile, or did not get enough nodes. Run the command again.")


def _all_well(api: Api) -> None:
    """Raises CommandError unless every node answers: ipfs-cluster would take the copies of one that does not for lost."""
    seen = {peer["id"]: peer.get("error") or (peer.get("ipfs") or {}).get("error", "") for peer in api.peers()}
    away = [node for peer, node in api.where.spread.names.items() if seen.get(peer, "not seen")]
    if away:
        raise CommandError(f"Nothing was changed, as not all nodes answer: {', '.join(sorted(away))}. Run the command again when they do.")


def _spread(api: Api, spread: Spread, pins: Sequence[Pin]) -> int:
    """Gives these pins what they lack; returns how many got it."""
    raised: dict[str, Pin] = {}
    for listed in pins:
        # Once more: whoever unpinned or changed it meanwhile meant it.
        pin = api.pin_of(listed.cid)
        if pin is not None and spread.lacking(pin):
            api.pin(pin.cid, spread.more(pin))
            raised[pin.cid] = pin
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(_is_raised(api, spread, before) for before in raised.values()) and time.monotonic() < deadline:
        if api.web.stopped.wait(PAUSE_SECONDS):
            return 0
    # Another node may be asked, which knows it a little later, and would then have the pin as it was before.
    api.web.stopped.wait(2 * PAUSE_SECONDS)
    done = 0
    for cid, before in raised.items():
        pin = api.pin_of(cid)
        if pin is not None and pin.replication == spread.more(before).replication:
            done += not spread.lacking(api.pin(cid, spread.settled(pin, before)))
    return done


def _is_raised(api: Api, spread: Spread, before: Pin) -> bool:
    """Whether the cluster has taken up that a pin gets more copies, or somebody has done something else with it."""
    pin = api.pin_of(before.cid)
    return pin is None or pin.replication != before.replication
