"""A check of a deployment from outside: ``pulumi stack output --json --show-secrets | python -m ipfs_cluster.check``.

It adds a random file by the REST API, sees it pinned on every node, reads it by the gateway and unpins it. Then it compares all pins
with what the nodes say that they hold. It needs no Pulumi and no AWS account, only the stack's outputs; it works against the sandbox alike.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ipfs_cluster_cli import where
from ipfs_cluster_cli.errors import CommandError
from ipfs_cluster_cli.multipart import frame
from ipfs_cluster_cli.pins import Pin
from ipfs_cluster_cli.spread import Spread, few, miss, sentence

_SIZE = 256 * 1024
"""Bytes of the file."""
_REQUEST_SECONDS = 60
"""How long an answer may take; that to an add includes the way through all nodes."""
_PIN_SECONDS = 120
"""How long it may take until the file is pinned everywhere."""
_POLL_SECONDS = 0.5
_MOST_PINS = 20_000
"""How many pins are compared: the node that is asked keeps what all nodes say of each in memory."""
_EXPIRES = "1h"
"""After what time the cluster unpins the file by itself, should this program not come to it."""

_HELD = ("pinned", "pinning", "pin_queued")
"""States of a pin on a node that holds it or will: what takes long is no failure."""

Say = Callable[[str], None]


class CheckFailedError(Exception):
    """Something does not work; the text says what, in one line."""


def check(outputs: Mapping[str, Any], say: Say = print) -> None:
    """Checks a deployment by its stack's outputs (plain values), saying a line of each step with its time.

    Used are api_url and gateway_url (where there are none, the first of dns_names, from within the VPC), cluster_peer_ids, regions and member
    of a cluster over several Regions, api_username and api_password, gateway_username and gateway_password. The environment may say otherwise:
    CLUSTER_CREDENTIALS (``user:password`` of the REST API), CLUSTER_TOKEN (a token of its ``POST /token``), GATEWAY_TOKEN (of the gateway's user
    pool), and what the command ipfs-cluster takes.

    Raises CheckFailedError at the first thing that fails. What was added is unpinned in any case, an hour later by the cluster itself if
    it cannot be reached then. A cluster that only follows others (output read_only) is asked whom it sees, what it holds and whether it
    refuses an unpin instead.
    """
    api, gateway = services(outputs)
    spread = Spread.of(outputs, json.loads(outputs.get("member") or "{}"))
    nodes = spread.names or {str(peer): node for node, peer in outputs.get("cluster_peer_ids", {}).items()}
    if not nodes:
        raise CheckFailedError("the outputs have no cluster_peer_ids, which say what nodes there are")
    if outputs.get("read_only"):
        _check_follower(api, gateway, say)
        return

    with _Step("nodes", say) as step:
        peers = api.objects("peers")
        healthy = well(peers)
        reasons = {peer["id"]: peer.get("error") or peer["ipfs"]["error"] for peer in peers if peer["id"] not in healthy}
        missing = [f"{node} ({reasons.get(peer, 'not seen by the others')})" for peer, node in nodes.items() if peer not in healthy]
        if missing:
            raise CheckFailedError(f"{len(nodes) - len(missing)} of {len(nodes)} nodes are well; not so {', '.join(missing)}")
        step.done = f"{len(nodes)} of {len(nodes)} see each other"

    content = secrets.token_bytes(_SIZE)
    cid = _cid(content)
    try:
        with _Step("add", say) as step:
            _add(api, content, cid)
            step.done = cid
        with _Step("pinned", say) as step:
            step.done = _pinned(api, cid, nodes)
        with _Step("read", say) as step:
            answer = gateway.request("GET", f"ipfs/{cid}")
            if answer != content:
                raise CheckFailedError(f"{gateway.name} returns other content than was added: {len(answer)} bytes in place of {len(content)}")
            step.done = f"{len(content)} bytes by the gateway"
    except BaseException:
        _unpin_quietly(api, cid)
        raise
    with _Step("unpin", say) as step:
        api.request("DELETE", f"pins/{cid}")
        step.done = cid
    with _Step("pins", say) as step:
        step.done = _all_pins(api, nodes)
    if spread.copies:
        with _Step("regions", say) as step:
            step.done = _all_regions(api, spread)


def _check_follower(api: "Service", gateway: "Service", say: Say) -> None:
    """Each answer is that of one node: those that follow do not see each other."""
    with _Step("follows", say) as step:
        peers = well(api.objects("peers"))
        if len(peers) < 2:  # the node itself is one of them
            raise CheckFailedError(f"{api.name} sees no peer of the cluster that it follows; see docs/operations.md")
        step.done = f"{len(peers) - 1} peer(s) of the cluster that is followed"
    with _Step("pins", say) as step:
        held = _held_by_one(api)
        step.done = f"{len(held)} held"
    with _Step("read", say) as step:
        # The oldest one, which all nodes have by now.
        step.done = f"{len(gateway.request('GET', f'ipfs/{held[0]}?format=raw'))} bytes by the gateway" if held else "there is nothing to read yet"
    with _Step("refuses", say) as step:
        step.done = _refused(api)


def _held_by_one(api: "Service") -> list[str]:
    """The CIDs that the node which answers holds, the oldest first. Raises CheckFailedError if it should hold more, or will not."""
    statuses = api.objects("pins?local=true")
    states = {status["cid"]: state["status"] for status in statuses for state in status["peer_map"].values()}
    lacking = {cid: state for cid, state in states.items() if state not in (*_HELD, "remote", "sharded")}
    if lacking:
        some = ", ".join(f"{cid} ({state})" for cid, state in sorted(lacking.items())[:3])
        raise CheckFailedError(f"{len(lacking)} of {len(states)} pins are not held, such as {some}; see docs/operations.md")
    return [status["cid"] for status in sorted(statuses, key=lambda status: str(status["created"])) if states[status["cid"]] == "pinned"]


def _refused(api: "Service") -> str:
    cid = _cid(secrets.token_bytes(_SIZE))  # which nobody has pinned
    try:
        api.request("DELETE", f"pins/{cid}")
    except CheckFailedError as error:
        if "answers 403" in str(error) or "follower mode" in str(error):
            return "an unpin is refused"
        raise
    raise CheckFailedError(f"{api.name} takes an unpin, although it only follows another cluster")


class _Step:
    """A step: said when it is over, with its time."""

    def __init__(self, name: str, say: Say) -> None:
        self._name, self._say = name, say
        self.done = ""

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        return self

    def __exit__(self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if type_ is None:
            self._say(f"ok    {self._name:<8} {time.monotonic() - self._begun:6.2f} s  {self.done}")
        elif isinstance(error, CheckFailedError):
            self._say(f"FAIL  {self._name:<8} {time.monotonic() - self._begun:6.2f} s  {error}")


class Service:
    """An HTTP service with its credentials."""

    def __init__(self, name: str, url: str, authorization: str | None) -> None:
        self.name, self._url, self._authorization = f"the {name} at {url}", url.rstrip("/"), authorization

    def request(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """The body of an answer. Raises CheckFailedError."""
        request = urllib.request.Request(f"{self._url}/{path}", data=body, method=method)  # noqa: S310
        if self._authorization is not None:
            request.add_header("Authorization", self._authorization)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 401:
                raise CheckFailedError(f"{self.name} does not take the credentials (401)") from None
            text = " ".join(error.read(300).decode(errors="replace").split())
            raise CheckFailedError(f"{self.name} answers {error.code} to {method} /{path}: {text}") from None
        except (OSError, urllib.error.URLError) as error:
            raise CheckFailedError(f"{self.name} does not answer: {getattr(error, 'reason', error)}") from None

    def objects(self, path: str) -> list[Any]:
        """The JSON objects of an answer."""
        return _objects(self.request("GET", path))


def _objects(answer: bytes) -> list[Any]:
    return [json.loads(line) for line in answer.decode().splitlines() if line.strip()]


def well(peers: Iterable[Mapping[str, Any]]) -> set[str]:
    """The IDs of those peers that answer, with their kubo, out of what the REST API says of all."""
    return {peer["id"] for peer in peers if not peer.get("error") and not (peer.get("ipfs") or {}).get("error")}


def services(outputs: Mapping[str, Any]) -> tuple[Service, Service]:
    """The REST API and the gateway of a stack, with the credentials that its outputs or the environment give. Raises CheckFailedError."""
    try:
        found = where.where(outputs, "the outputs", os.environ)
    except CommandError as error:
        raise CheckFailedError(str(error).rstrip(".")) from None
    if not found.gateway_url:
        raise CheckFailedError("the outputs have no gateway_url")
    return (
        Service("REST API", found.api_url, found.api.authorization),
        Service("gateway", found.gateway_url, found.gateway.authorization if found.gateway else None),
    )


def multipart(content: bytes) -> tuple[bytes, str]:
    """The body of an add of one file, and its content type."""
    head, tail, form = frame("check")
    return head + content + tail, form


def _cid(content: bytes) -> str:
    """What the file's CID will be, so that it can be unpinned though the answer to the add never came: one raw block, CIDv1, SHA-256."""
    digest = hashlib.sha256(content).digest()
    return "b" + base64.b32encode(b"\x01\x55\x12\x20" + digest).decode().lower().rstrip("=")


def _add(api: Service, content: bytes, cid: str) -> None:
    # Not streamed: that would have the CID before the file is pinned, and a failure behind it.
    path = f"add?cid-version=1&raw-leaves=true&chunker=size-{_SIZE}&stream-channels=false&name=ipfs-cluster-check&expire-in={_EXPIRES}"
    (answers,) = _objects(api.request("POST", path, *multipart(content)))
    if not answers or answers[-1].get("cid") != cid:
        raise CheckFailedError(f"{api.name} gives another CID for what was added than {cid}: {answers[-1:]}")


def _pinned(api: Service, cid: str, nodes: Mapping[str, str]) -> str:
    deadline = time.monotonic() + _PIN_SECONDS
    while True:
        (pin,) = api.objects(f"pins/{cid}")
        wanted = pin.get("allocations") or list(nodes)  # allocated where not every node holds it
        states = {nodes.get(peer, peer): pin["peer_map"].get(peer, {}) for peer in wanted}
        waiting = {node: state for node, state in states.items() if state.get("status") != "pinned"}
        if not waiting:
            return f"on {', '.join(states)}"
        if time.monotonic() > deadline:
            states_ = [f"{node} is {state.get('status', 'not known')} {state.get('error', '')}".strip() for node, state in waiting.items()]
            raise CheckFailedError(f"not pinned everywhere within {_PIN_SECONDS} s: {', '.join(states_)}")
        time.sleep(_POLL_SECONDS)


def _all_pins(api: Service, nodes: Mapping[str, str]) -> str:
    """Whether every node holds, or is about to hold, what it should."""
    deadline = time.monotonic() + _PIN_SECONDS
    while True:
        pins = {pin["cid"]: pin.get("allocations") or list(nodes) for pin in api.objects("allocations?filter=pin")}
        if len(pins) > _MOST_PINS:
            return f"{len(pins)} are too many to be compared here; the metrics Unmended and pins_pin_error say more"
        states = {status["cid"]: status["peer_map"] for status in api.objects("pins")}
        lacking = {
            f"{cid} on {nodes.get(peer, peer)} ({state})"
            for cid, wanted in pins.items()
            for peer in wanted
            if (state := states.get(cid, {}).get(peer, {}).get("status", "not known")) not in _HELD
        }
        if not lacking:
            return f"{len(pins)} of {len(pins)} are where they should be"
        # What was pinned just now may be known here and not yet there.
        if time.monotonic() > deadline:
            raise CheckFailedError(f"{len(lacking)} pins are not where they should be, such as {', '.join(sorted(lacking)[:3])}; see docs/operations.md")
        time.sleep(_POLL_SECONDS)


def _all_regions(api: Service, spread: Spread) -> str:
    """Whether every pin is in each Region."""
    pins = [Pin.read(pin) for pin in api.objects("allocations?filter=pin")]
    missing = [sentence(lacking, pin) for pin in pins if (lacking := spread.lacking(pin))]
    if missing:
        raise CheckFailedError(f"{miss(len(missing))}, such as {few(missing)}; see docs/operations.md#pins-that-miss-a-region")
    return f"{len(pins)} of {len(pins)} are in each of {len(spread.nodes)} Regions"


def _unpin_quietly(api: Service, cid: str) -> None:
    with contextlib.suppress(CheckFailedError):  # that the API is gone is said already, and what never was pinned is answered with 404
        api.request("DELETE", f"pins/{cid}")


def read_outputs(file: str) -> dict[str, Any]:
    """A stack's outputs from a file of JSON, or from standard input (``-``). Raises OSError, ValueError."""
    return dict(json.loads(sys.stdin.read() if file == "-" else Path(file).read_text()))


def main(arguments: list[str]) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ipfs_cluster.check", description="Checks a deployed cluster from outside: add, pin, read, unpin.")
    parser.add_argument("outputs", nargs="?", default="-", help="file with the stack's outputs as JSON (default: standard input)")
    options = parser.parse_args(arguments)
    try:
        outputs = read_outputs(options.outputs)
    except (OSError, ValueError) as error:
        print(f"error: the outputs cannot be read: {error}", file=sys.stderr)
        return 2
    try:
        check(outputs, lambda line: print(line, flush=True))
    except CheckFailedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
