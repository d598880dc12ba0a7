"""The clients: each does its operations one after another, and records what it was answered."""

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ipfs_cluster.check import multipart

from . import content, web
from .content import Item
from .history import FAIL, INVOKE, OK, UNKNOWN, Recorder
from .plan import ADD, GATEWAY, LIST, PIN, READ, STATUS, UNPIN, UPDATE, Operation
from .web import Answer, BrokenError, RefusedError

ADD_SECONDS, OTHER_SECONDS = 60, 20
"""How long a client waits for an answer."""


class Addresses(Protocol):
    """Where the cluster's doors are."""

    def gateway(self, via: int) -> int:
        """The port of a node's gateway, or of the load balancer's."""
        ...

    def api(self, via: int) -> int:
        """The port of a node's REST API, or of the load balancer's."""
        ...

    def users(self) -> Sequence[str]:
        """``user:password`` of the REST API: as it is now, and as it was before."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What became of an operation."""

    phase: str
    detail: str
    wrong: str = ""


class Pool:
    """The items whose add was answered: only those are pinned, so that no pin asks for what nobody has."""

    def __init__(self) -> None:
        self._items: set[str] = set()
        self._lock = threading.Lock()

    def put(self, item: Item) -> None:
        """An add was answered."""
        with self._lock:
            self._items.add(item.name)

    def has(self, item: Item) -> bool:
        """Whether it was."""
        with self._lock:
            return item.name in self._items


class Client(threading.Thread):
    """A client, until it is told to stop."""

    def __init__(self, number: int, seed: int, todo: Iterator[Operation], addresses: Addresses, recorder: Recorder, pool: Pool, stop: threading.Event) -> None:
        super().__init__(name=f"client {number}")
        self.number, self.seed, self.todo, self.addresses, self.recorder, self.pool, self.stop = number, seed, todo, addresses, recorder, pool, stop
        self.error: BaseException | None = None

    def run(self) -> None:
        """Does its operations."""
        try:
            for operation in self.todo:
                if self.stop.wait(operation.pause):
                    return
                needed = operation.other if operation.other is not None else operation.item
                if operation.kind == ADD or (self.pool.has(needed) and self.pool.has(operation.item)):
                    self._do(operation)
        except Exception as error:
            self.error = error

    def _do(self, operation: Operation) -> None:
        number = self.recorder.number()
        cid = content.cid(self.seed, operation.item)
        other = content.cid(self.seed, operation.other) if operation.other else ""
        common = {"operation": number, "kind": operation.kind, "client": self.number, "via": operation.via, "cid": cid}
        self.recorder.add(INVOKE, **common, other=other, how=operation.how, item=operation.item.name)
        try:
            outcome = perform(operation, self.seed, self.addresses)
        except RefusedError as error:
            outcome = Outcome(FAIL, str(error))
        except BrokenError as error:
            outcome = Outcome(UNKNOWN, str(error))
        if operation.kind == ADD and outcome.phase == OK:
            self.pool.put(operation.item)
        self.recorder.add(outcome.phase, **common, how=operation.how, detail=outcome.detail, wrong=outcome.wrong)


def perform(operation: Operation, seed: int, addresses: Addresses) -> Outcome:
    """Does an operation. Raises RefusedError, BrokenError."""
    cid = content.cid(seed, operation.item)
    if operation.kind == ADD:
        return _add(operation, seed, cid, addresses)
    if operation.kind == READ:
        return judged_read(read(addresses.gateway(operation.via), cid, operation.how), cid, content.content(seed, operation.item), operation.how)
    method, path = {
        PIN: ("POST", f"/pins/{cid}"),
        UNPIN: ("DELETE", f"/pins/{cid}"),
        UPDATE: ("POST", f"/pins/{cid}?pin-update={content.cid(seed, operation.other) if operation.other else ''}"),
        STATUS: ("GET", f"/pins/{cid}"),
        LIST: ("GET", "/allocations"),
    }[operation.kind]
    answer = _api(addresses, operation.via, method, path, OTHER_SECONDS)
    return judged(answer, definite=(404,) if operation.kind in (UNPIN, UPDATE, STATUS) else ())


def _add(operation: Operation, seed: int, cid: str, addresses: Addresses) -> Outcome:
    streamed, local = operation.how.startswith("streamed"), operation.how.endswith("local")
    path = f"/add?cid-version=1&stream-channels={str(streamed).lower()}{'&local=true' if local else ''}"
    body, form = multipart(content.content(seed, operation.item))
    answer = _api(addresses, operation.via, "POST", path, ADD_SECONDS, body, {"Content-Type": form})
    return judged_add(answer, cid)


def _api(addresses: Addresses, via: int, method: str, path: str, timeout: float, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    # While a password is being replaced some nodes take the old one and some the new one.
    now, *before = addresses.users()
    answer = web.request(addresses.api(via), method, path, timeout, now, body, headers)
    for user in before if answer.status == 401 else ():
        answer = web.request(addresses.api(via), method, path, timeout, user, body, headers)
    return answer


def read(port: int, cid: str, how: str) -> Answer:
    """Reads by the gateway. Raises RefusedError, BrokenError."""
    if how == "subdomain":
        return web.request(port, "GET", "/", OTHER_SECONDS, headers={"Host": f"{cid}.ipfs.{GATEWAY}"})
    query = {"path": "", "raw": "?format=raw", "car": "?format=car&dag-scope=block"}[how]
    return web.request(port, "GET", f"/ipfs/{cid}{query}", OTHER_SECONDS)


def judged(answer: Answer, definite: tuple[int, ...] = ()) -> Outcome:
    """What an answer of the REST API says. ``definite`` are the statuses of operations that certainly had no effect."""
    detail = str(answer.status) if answer.status < 300 else f"{answer.status} {answer.body[:200].decode(errors='replace')}"
    if answer.status < 300:
        return Outcome(OK, detail)
    # 401 and 503: neither got past the door. Of another error nobody knows how far it got.
    return Outcome(FAIL if answer.status in (401, 503, *definite) else UNKNOWN, detail)


def judged_add(answer: Answer, cid: str) -> Outcome:
    """What the answer to an add says: streamed, an error may be in its trailer (docs/edge.md)."""
    outcome = judged(answer)
    if outcome.phase != OK:
        return outcome
    failure = answer.trailers.get("x-stream-error", "")
    if failure:
        return Outcome(UNKNOWN, f"trailer: {failure}")
    try:
        answered = str(_last(answer.body)["cid"])
    except (ValueError, KeyError, IndexError, TypeError):
        return Outcome(UNKNOWN, f"{answer.status}, and no CID in {answer.body[:200]!r}")
    return Outcome(OK, outcome.detail, "" if answered == cid else f"the add was answered with {answered}, its bytes have {cid}")


def _last(body: bytes) -> dict[str, object]:
    text = body.decode().strip()
    last = json.loads(text)[-1] if text.startswith("[") else json.loads(text.splitlines()[-1])
    return dict(last)


def judged_read(answer: Answer, cid: str, expected: bytes, how: str) -> Outcome:
    """Whether a read has the right bytes. An error is no wrong answer, and neither is an archive that ends early (docs/edge.md, What is cached)."""
    if answer.status != 200:
        return Outcome(FAIL, f"{answer.status}")
    block = answer.body if how == "raw" else car_block(answer.body) if how == "car" else b""
    if block is None:
        return Outcome(FAIL, "200, and an archive without the block")
    if answer.body == expected if how in ("path", "subdomain") else content.is_block_of(cid, block):
        return Outcome(OK, "200")
    return Outcome(OK, "200", f"{how}: {len(answer.body)} bytes with SHA-256 {hashlib.sha256(answer.body).hexdigest()}, which are not those of {cid}")


_CID_BYTES = 36
"""Of a CID of version 1 with SHA-256 and a codec below 128."""


def car_block(car: bytes) -> bytes | None:
    """The first block of a CAR (version 1); none if the CAR ends before it does."""
    at = 0
    for part in ("header", "block"):
        size = shift = 0
        while True:
            if at >= len(car):
                return None
            byte = car[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if part == "block":
            return car[at + _CID_BYTES : at + size] if at + size <= len(car) else None
        at += size
    return None
