"""Publishes a plan: its parts, its root, and the wait for the nodes.

The content is sent in CAR files, the parts. Each is pinned for a day under a name of its own, so that the nodes keep its blocks.
The last one holds the root: only when all else is in the cluster is it sent, and pinned under the user's name. Then the other parts
are unpinned. A run that ends in between leaves parts, and the next one does not send them again.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from . import waiting
from .api import Api
from .dag import DagError, Part, Plan
from .errors import CommandError, Exit
from .pins import PINNED, NodeState, Pin, PinOptions

PART_LIFE = timedelta(days=1)
"""After this time the cluster unpins a part by itself."""
HELD_POLLS = 20
"""How often a node is asked, twice a second, whether it has a part that was sent, until the part is sent again."""
RENEWED = timedelta(hours=12)
"""A part that was sent before, and has less than this left, gets its whole time again."""


class Watcher(Protocol):
    """Who is told of the progress."""

    def sending(self, total: int) -> None:
        """So many bytes are going to be sent, at most."""

    def sent(self, bytes_: int) -> None:
        """So many more were sent, or need not be: they are in the cluster. A negative number takes some back."""


@dataclass
class Published:
    """What a run did."""

    cid: str
    already: bool = False
    """Whether the root was pinned before."""
    changed: Pin | None = None
    """The pin as it was, where this run changed its options."""
    parts: int = 0
    """Parts that this run sent."""
    kept: int = 0
    """Parts that were in the cluster already."""
    sent: int = 0
    """Bytes of the parts that this run sent."""
    left: list[str] = field(default_factory=list)
    """CIDs of the parts that are pinned until the nodes have the root."""


def publish(api: Api, plan: Plan, options: PinOptions, watcher: Watcher, found: Published, parallel: int = 1, keep_name: bool = False) -> None:
    """Brings a plan's content into the cluster, and pins its root with the options. ``found`` is told what was done.

    ``parallel`` is how many parts are sent at the same time. With ``keep_name``, a root that is pinned already keeps its name.
    Raises CommandError, which says what is in the cluster.
    """
    *parts, root = plan.parts
    existing = api.pin_of(found.cid)
    if existing and is_held(api.states_of(found.cid)):
        found.already = True
        if changed := existing.changed(replace(options, name=None) if keep_name else options):
            api.pin(found.cid, changed)
            found.changed = existing
        if parts and api.pin_of(parts[0].cid):  # an earlier run did not come to the end
            found.left = [part.cid for part in parts]
        return
    watcher.sending(sum(part.bytes for part in plan.parts))
    named = options.name or found.cid
    work = _Work(api, found, watcher, options)
    try:
        titled = [(part, f"{named} (part {index} of {len(plan.parts)})") for index, part in enumerate(parts, 1)]
        work.send_all(titled, parallel)
        work.hold(titled)
        work.send(root, options)
    except CommandError as error:
        raise CommandError(f"{error} {kept(found, len(plan.parts))}", error.code) from error
    except DagError as error:
        raise CommandError(f"{error}. {kept(found, len(plan.parts))}") from error
    except KeyboardInterrupt:
        raise CommandError(f"Stopped. {kept(found, len(plan.parts))}", Exit.INTERRUPTED) from None
    found.left = [part.cid for part in parts]


def kept(found: Published, parts: int) -> str:
    """What a run that did not come to its end leaves, as a sentence."""
    there = found.parts + found.kept
    if not there:
        return "Nothing is pinned; run the same command again."
    return f"{there} of {parts} parts are in the cluster for a day, and nothing is pinned under its name yet: the same command continues from there."


def is_held(states: Sequence[NodeState]) -> bool:
    """Whether at least one node has pinned it."""
    return any(state.status == PINNED for state in states)


class _Work:
    """The parts of one run."""

    def __init__(self, api: Api, found: Published, watcher: Watcher, options: PinOptions) -> None:
        self._api, self._found, self._watcher = api, found, watcher
        # As many copies as of the root: the nodes fetch the parts while more are sent, and need not when they get the root.
        self._replication = options.replication

    def send_all(self, titled: Sequence[tuple[Part, str]], parallel: int) -> None:
        """Sends the parts that are not in the cluster, some at the same time."""
        pool = ThreadPoolExecutor(parallel)
        tasks = [pool.submit(self._keep_or_send, part, title) for part, title in titled]
        try:
            wait(tasks, return_when=FIRST_EXCEPTION)
        except BaseException:
            self._api.web.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        # Those that are under way when one fails come to their end: what they send need not be sent again.
        pool.shutdown(cancel_futures=True)
        for task in tasks:
            if not task.cancelled():
                task.result()

    def hold(self, titled: Sequence[tuple[Part, str]]) -> None:
        """Sees that some node has each part, and sends again what none has: the node that took it may be gone before another one fetched it."""
        for part, title in titled:
            if not self._is_held_soon(part.cid):
                self.send(part, self._options(title))

    def _is_held_soon(self, cid: str) -> bool:
        for _ in range(HELD_POLLS):
            if is_held(self._api.states_of(cid)):
                return True
            self._api.web.stopped.wait(waiting.POLL_SECONDS)
        return False

    def _options(self, title: str) -> PinOptions:
        return PinOptions(title, expire_at=datetime.now(UTC) + PART_LIFE, replication=self._replication)

    def _keep_or_send(self, part: Part, title: str) -> None:
        now, options = datetime.now(UTC), self._options(title)
        pin = self._api.pin_of(part.cid)
        if pin is None or not is_held(self._api.states_of(part.cid)):
            self.send(part, options)
            return
        if pin.expire_at and pin.expire_at - now < RENEWED:
            self._api.pin(part.cid, replace(options, allocations=pin.allocations))
        self._found.kept += 1
        self._watcher.sent(part.bytes)

    def send(self, part: Part, options: PinOptions) -> None:
        """Sends a part, and pins it."""
        # Which is faster depends on the blocks; a node that passes them on also waits for one that hangs, for some seconds.
        self._api.add(part.car, part.bytes, part.cid, options, local=not part.small_blocks, sent=self._watcher.sent)
        self._found.parts += 1
        self._found.sent += part.bytes


def clean(api: Api, found: Published) -> None:
    """Unpins the parts; the first one at last, which tells a later run whether this one came to its end. Raises CommandError."""
    while found.left:
        api.unpin(found.left[-1])
        found.left.pop()
