"""Lists of the REST API, which are streamed: read whole, or refused.

A list that fails in its middle ends like a complete one, but for an HTTP trailer with the error. Where the trailer arrives, it decides.
CloudFront and some proxies drop it. Then the list of all pins is read again: another request mostly reaches another node, which would not
fail at the same place. What only one of the two has must be explained by pins that came or went meanwhile.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from . import streams
from .errors import CommandError
from .pins import Pin
from .web import SilenceError, Web

ALL = "allocations?filter=pin"
"""The list of all pins."""
ATTEMPTS = 3
_ERROR = "x-stream-error"
_SKEW = timedelta(minutes=5)
"""How much the nodes' clocks may differ from the one here."""
_ASKED = 50
"""How many pins that only one list has are asked for one by one."""


class Listing:
    """The entries of a list, one after another. Only their CIDs are kept, and those only if no trailer is announced."""

    def __init__(self, web: Web, path: str) -> None:
        self._web, self._path = web, path
        self.proved = False
        """Whether the end of the list said that it is complete."""
        self.began = datetime.now(UTC)
        self.count = 0
        self.cids: set[str] = set()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Reads it. Raises CommandError, also after some entries."""
        rest = b""
        try:
            stream = self._web.repeated(self._opened)
            for piece in stream.content:
                *lines, rest = (rest + piece).split(b"\n")
                for line in filter(bytes.strip, lines):
                    yield self._entry(line, stream.announced)
        except streams.CutError as error:
            raise self._cut(str(error)) from error
        if rest.strip():
            raise self._cut("its last entry is not whole")
        said = stream.trailers.get(_ERROR)
        if errors := [text for text in said or () if text]:
            raise self._cut("; ".join(errors))
        if said is None and stream.announced:
            raise self._cut("its end did not arrive")
        self.proved = said is not None or stream.status == 204

    def _opened(self) -> streams.Stream:
        stream = self._web.stream(self._path)
        if stream.status >= 300:
            raise self._web.refusal(stream.status, b"".join(stream.content), f"GET /{self._path}")
        return stream

    def _entry(self, line: bytes, announced: bool) -> dict[str, Any]:
        try:
            item = json.loads(line)
            cid = str(item["cid"])
        except (ValueError, KeyError, TypeError):
            raise self._cut("an entry is not whole") from None
        self.count += 1
        if not announced:
            self.cids.add(cid)
        return dict(item)

    def _cut(self, why: str) -> SilenceError:
        return SilenceError(f"The list was cut off after {self.count:,} entries ({why}): it is not complete. Run the command again.")


def complete(web: Web, path: str = ALL) -> Iterator[dict[str, Any]]:
    """The entries of a list of pins, as they come. Raises CommandError, at its end too, if it cannot be shown to be complete."""
    listing = Listing(web, path)
    yield from listing
    for _ in range(ATTEMPTS):
        if listing.proved:
            return
        again = Listing(web, ALL)
        for item in again:
            if item["cid"] not in listing.cids and (pin := Pin.read(item)).created < listing.began - _SKEW:
                raise CommandError(f"The list was cut off after {listing.count:,} entries: {pin.cid} is not in it. Run the command again.")
        # What only the first list has was removed meanwhile, or else the second one is cut off.
        gone = set() if again.proved else listing.cids - again.cids
        listing.proved = len(gone) <= _ASKED and not any(_is_pinned(web, cid) for cid in gone)
    if not listing.proved:
        raise CommandError(f"The list has {listing.count:,} entries and cannot be shown to be complete: read again, it had fewer. Run the command again.")


def _is_pinned(web: Web, cid: str) -> bool:
    return web.request("GET", f"allocations/{cid}", accepted=(404,)).status != 404
