"""Websites: lets a host show a CID, by its DNSLink record, and sees that the gateway does."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .dag import parse
from .dnslink import Record, Route53, invalidate, name_of, text_of
from .errors import CommandError, Exit
from .web import Web
from .where import Where

POLL_SECONDS = 2.0
PATIENCE_SECONDS = 1200.0
"""Longer than resolvers keep the answer that there is no record: 15 minutes, as Route 53's SOA record says."""


@dataclass(frozen=True)
class Site:
    """A website before the change."""

    host: str
    zone: Route53 | None
    """Where its record is; none if its DNS is elsewhere."""
    before: Record = field(default_factory=Record)


@dataclass(frozen=True)
class Clock:
    """Time, which tests replace."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep


def prepare(where: Where, host: str) -> Site:
    """Finds a website, and its record: what is wrong shows before anything is sent. Raises CommandError."""
    host = host.lower().rstrip(".")
    if where.websites is None:
        raise CommandError("--website needs the stack's outputs, which say what websites there are: give --stack or --outputs.", Exit.USAGE)
    if host not in where.websites:
        known = ", ".join(where.websites) or "none"
        raise CommandError(f"{host} is not one of this cluster's websites ({known}). Add it to edge.websites and run `pulumi up`.", Exit.USAGE)
    if not where.gateway_url:
        raise CommandError("The gateway's address is not known: set IPFS_CLUSTER_GATEWAY_URL.", Exit.USAGE)
    zone_id = where.websites[host]
    if not zone_id:
        return Site(host, None)
    zone = Route53(zone_id)
    return Site(host, zone, zone.read(host))


def show(where: Where, site: Site, cid: str, nodes: int, say: Callable[[str], None], patience: float = PATIENCE_SECONDS, clock: Clock | None = None) -> None:
    """Lets a website show a CID, and waits until the gateway serves it to everyone. Raises CommandError with Exit.WEBSITE if it does not in time."""
    clock = clock or Clock()
    began = clock.now()
    if site.zone is None:
        say(f"The DNS of {site.host} is not this stack's: set this record there (a TTL of 60 seconds is good):")
        say(f'  {name_of(site.host)}  TXT  "{text_of(cid)}"')
        settled = began
    elif site.before.cid == cid:
        say(f"{name_of(site.host)} shows it already.")
        settled = began
    else:
        change = site.zone.show(site.host, cid, site.before)
        say(f"{name_of(site.host)} is {text_of(cid)} now.")
        if site.before.cid:
            say(f"To go back: ipfs-cluster publish --website {site.host} --to {site.before.cid}")
        _until(lambda: site.zone is None or site.zone.is_everywhere(change), "Route 53 does not have the record on all of its servers", began + patience, clock)
        # Until then a resolver may give the record as it was.
        settled = clock.now() + site.before.ttl
    with Web("gateway", where.gateway_url, where.gateway, host=site.host, timeout=30.0) as web:
        say(f"Waiting until the gateway serves it as {site.host} …")
        seen = _Seen(web, cid, times=2 * nodes + 1)
        _until(
            lambda: seen.again(fresh=True) and clock.now() >= settled,
            f"The gateway does not serve {cid} as {site.host}",
            began + patience,
            clock,
            seen.reason,
        )
        if where.distribution:
            _forget(where.distribution, say, clock, began + patience)
        seen = _Seen(web, cid, times=1)
        _until(lambda: seen.again(fresh=False), f"The gateway still serves {site.host} as it was, from a cache", began + patience, clock, seen.reason)


def _forget(distribution: str, say: Callable[[str], None], clock: Clock, deadline: float) -> None:
    """Lets CloudFront forget what it holds. Where that is not possible, its copies are used for a minute more."""
    try:
        is_done = invalidate(distribution, secrets.token_hex(8))
        _until(is_done, "CloudFront has not invalidated its copies", deadline, clock)
    except CommandError as error:
        say(f"{error} What CloudFront holds is used until it expires.")


class _Seen:
    """How often in a row the gateway has served a CID: its nodes take turns, and each has to know the new record."""

    def __init__(self, web: Web, cid: str, times: int) -> None:
        self._web, self._cid, self._times = web, cid, times
        self._said = ""

    def reason(self) -> str:
        """What the gateway did otherwise."""
        return self._said

    def again(self, fresh: bool) -> bool:
        """Whether it serves it, so many times in a row; ``fresh`` passes by CloudFront's copies."""
        for _ in range(self._times):
            # Part of CloudFront's cache key; of no meaning for a page.
            params = {"filename": secrets.token_hex(8)} if fresh else None
            try:
                answer = self._web.request("HEAD", "", params, attempts=1)
            except CommandError as error:
                if error.code == Exit.CREDENTIALS:
                    raise
                self._said = str(error)
                return False
            served = answer.headers.get("x-ipfs-roots", "").partition(",")[0]
            if not same(served, self._cid):
                self._said = f"It serves {served or 'no content of IPFS'}."
                return False
        return True


def same(one: str, other: str) -> bool:
    """Whether two CIDs are of the same content, also in different versions."""
    try:
        a, b = parse(one), parse(other)
    except ValueError:
        return False
    return (a.codec, a.multihash) == (b.codec, b.multihash)


def _until(is_so: Callable[[], bool], otherwise: str, deadline: float, clock: Clock, reason: Callable[[], str] = str) -> None:
    while not is_so():
        if clock.now() > deadline:
            raise CommandError(f"{otherwise}. {reason()} The content is pinned; the same command goes on waiting.".replace("  ", " "), Exit.WEBSITE)
        clock.sleep(POLL_SECONDS)
