"""The cluster's REST API, as far as the command uses it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from . import multipart
from .errors import CommandError
from .pins import NodeState, Pin, PinOptions, states
from .web import Web
from .where import Where


class Api:
    """The REST API. Each method raises CommandError where there is no right answer."""

    def __init__(self, where: Where, web: Web) -> None:
        self.where, self.web = where, web
        self._nodes: Mapping[str, str] = where.nodes

    @property
    def nodes(self) -> Mapping[str, str]:
        """Name of each node by the peer ID of its ipfs-cluster: as the outputs say, else those that the cluster sees now."""
        if not self._nodes:
            self._nodes = {peer["id"]: peer.get("peername") or peer["id"] for peer in self.peers()}
        return self._nodes

    def version(self) -> str:
        """The version of ipfs-cluster."""
        return str(self.web.request("GET", "version", kind=dict).value.get("version", ""))

    def peers(self) -> list[dict[str, Any]]:
        """The nodes that the cluster sees, as they describe themselves."""
        return [json.loads(line) for line in self.web.request("GET", "peers").body.splitlines() if line.strip()]

    def queues(self) -> dict[str, int]:
        """How many pins wait on each node that says so, by peer ID: figures of the last half minute."""
        return {metric["peer"]: int(metric["value"]) for metric in self.web.request("GET", "monitor/metrics/pinqueue", kind=list).value if metric["valid"]}

    def pin_of(self, cid: str) -> Pin | None:
        """The pin of a CID in the pinset; none if it is not pinned."""
        answer = self.web.request("GET", f"allocations/{cid}", accepted=(404,), kind=dict)
        return None if answer.status == 404 else Pin.read(answer.value)

    def states_of(self, cid: str) -> list[NodeState]:
        """What each node that should have a CID says of it. All nodes, if it is not pinned."""
        return states(self.web.request("GET", f"pins/{cid}", kind=dict).value, self.nodes)

    def pin(self, cid: str, options: PinOptions) -> Pin:
        """Pins a CID, or changes its pin's options."""
        return Pin.read(self.web.request("POST", f"pins/{cid}", options.query(), kind=dict).value)

    def unpin(self, cid: str) -> bool:
        """Unpins a CID; false if it was not pinned."""
        return self.web.request("DELETE", f"pins/{cid}", accepted=(404,)).status != 404

    def add(
        self,
        car: Callable[[], Iterable[bytes | bytearray]],
        size: int,
        cid: str,
        options: PinOptions,
        *,
        local: bool = True,
        sent: Callable[[int], None] | None = None,
    ) -> None:
        """Adds and pins a CAR file whose root is ``cid``. With ``local``, the node that is asked takes its blocks, and the others that should
        have them fetch them; otherwise it passes them on before it answers.

        ``car`` makes its content anew for each attempt, of exactly ``size`` bytes. ``sent`` is told how many bytes were passed on;
        a negative number takes back those of an attempt that failed.
        """
        head, tail, content_type = multipart.frame("part.car")

        def body() -> Iterator[bytes]:
            passed = 0
            yield head
            try:
                for piece in car():
                    if self.web.stopped.is_set():
                        raise KeyboardInterrupt
                    yield bytes(piece)
                    passed += len(piece)
                    if sent:
                        sent(len(piece))
            finally:
                # Taken back unless it is complete; then only the answer can still say that it failed.
                attempts.append(passed)
            yield tail

        attempts: list[int] = []

        def begin() -> Iterator[bytes]:
            if sent and attempts:
                sent(-attempts[-1])
            return body()

        # Not streamed: such an answer begins with 200, and its error may be lost on the way.
        params = {"format": "car", "stream-channels": "false", **({"local": "true"} if local else {}), **options.query()}
        headers = {"Content-Type": content_type, "Content-Length": str(len(head) + size + len(tail))}
        added = self.web.request("POST", "add", params, body=begin, headers=headers, kind=list).value
        if not added or added[-1].get("cid") != cid:
            got = added[-1].get("cid", "none") if added else "none"
            raise CommandError(f"The cluster gives another CID ({got}) than the content has ({cid}): something on the way changes what is sent.")
