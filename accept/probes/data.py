"""Adds and reads like those of users, and what happens when they fail."""

import hashlib
import json
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from ..cars import Block, car, directory, raw, read_car
from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..oneoff import random_bytes
from ..results import Probe, Result
from ..web import Answer, Credentials, WebError, multipart

_CACHE_MINUTES = 61
"""The longest time that a truncated archive may be served: the cache's key changes every hour."""


# --- every documented client ------------------------------------------------------------------------------------------


def clients(ctx: Context) -> Result:
    """Adds with every documented client that is installed; each add is pinned everywhere and read."""
    result = Result()
    cids: list[str] = []
    failed: list[str] = []
    for name, add in (("curl", _by_curl), ("a token", _by_token), ("ipfs-cluster-ctl", _by_ctl), ("ipfs pin remote", _by_pin_remote)):
        content = random_bytes(64 * 1024)
        try:
            cid = add(ctx, content)
            cids.append(cid)
            nodes = ctx.wait_pinned(cid)
            answer = ctx.read(f"ipfs/{cid}")
            if answer.status != 200 or answer.body != content:
                raise ProbeFailedError(f"the gateway answers {answer.status} with {len(answer.body)} bytes in place of {len(content)}")
            result.evidence.append(f"{name}: pinned on {nodes} nodes, read by the gateway")
        except NotApplicableError as error:
            result.evidence.append(f"{name}: not tried, {error}")
        except (ProbeFailedError, WebError) as error:
            failed.append(f"{name}: {error}")
    ctx.unpin(cids)
    if failed:
        raise ProbeFailedError("; ".join([*failed, *result.evidence]))
    return result


def _by_curl(ctx: Context, content: bytes) -> str:
    if not ctx.find_tool("curl"):
        raise NotApplicableError("curl is not installed")
    answer = ctx.web.by_curl(f"{ctx.output('api_url')}/add?cid-version=1&stream-channels=false", "1.1", ctx.api, content)
    if answer.status != 200:
        raise ProbeFailedError(f"answered with {answer.status}: {answer.body[:200].decode(errors='replace')}")
    return str(answer.objects()[-1]["cid"])


def _token(ctx: Context, url: str, pair: Credentials) -> str:
    answer = ctx.web.request("POST", f"{url}/token", credentials=pair)
    if answer.status != 200:
        raise ProbeFailedError(f"POST /token is answered with {answer.status}")
    return str(answer.objects()[0]["token"])


def _by_token(ctx: Context, content: bytes) -> str:
    token = Credentials(token=_token(ctx, ctx.output("api_url"), ctx.api))
    body, kind = multipart(content)
    url = f"{ctx.output('api_url')}/add?cid-version=1&stream-channels=false"
    answer = ctx.web.request("POST", url, credentials=token, body=body, headers={"Content-Type": kind})
    if answer.status != 200:
        raise ProbeFailedError(f"answered with {answer.status} to a token")
    return str(answer.objects()[-1]["cid"])


def _by_ctl(ctx: Context, content: bytes) -> str:
    if not ctx.find_tool("ipfs-cluster-ctl"):
        raise NotApplicableError("ipfs-cluster-ctl is not installed")
    from ipfs_cluster.edge.plan import ctl_options

    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        options = ctl_options(ctx.web.located(ctx.output("api_url"))).split()
        command = ["ipfs-cluster-ctl", *options, "--enc=json", "add", "--wait", "--wait-timeout", "5m", "--cid-version", "1", file.name]
        said = ctx.run_tool(command, {"CLUSTER_CREDENTIALS": f"{ctx.api.username}:{ctx.api.password}"})
    cids = [one["cid"] for one in _json_objects(said.output) if one.get("cid")]
    if said.code != 0 or not cids:
        raise ProbeFailedError(f"ended with {said.code}: {said.output.strip()[-300:]}")
    return str(cids[-1])


def _by_pin_remote(ctx: Context, content: bytes) -> str:
    if not ctx.find_tool("ipfs"):
        raise NotApplicableError("kubo's command ipfs is not installed")
    if not ctx.has_output("pinning_service_url"):
        raise NotApplicableError("the Pinning Service API is disabled")
    cid = ctx.add(content)
    ctx.unpin([cid])
    service = ctx.web.located(ctx.output("pinning_service_url"))
    token = _token(ctx, ctx.output("pinning_service_url"), Credentials(ctx.output("pinning_service_username"), ctx.output("pinning_service_password")))
    with tempfile.TemporaryDirectory() as repository:
        environment = {"IPFS_PATH": repository}
        # The token's stack is gone in hours; the token is on the command line as in the documentation.
        for words in (
            ["init", "--empty-repo"],
            ["pin", "remote", "service", "add", "mine", service, token],
            ["pin", "remote", "add", "--service=mine", "--background", "--name=accept", cid],
        ):
            said = ctx.run_tool(["ipfs", *words], environment)
            if said.code != 0:
                raise ProbeFailedError(f"ipfs {' '.join(words[:3])} ended with {said.code}: {said.output.strip()[-300:].replace(token, '(token)')}")
    return cid


def _json_objects(text: str) -> list[dict[str, Any]]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        found.append(value)
    return found


# --- truncated archives -----------------------------------------------------------------------------------------------


def archives_cut(ctx: Context) -> Result:
    """Requests archives of a directory in which one file's block is nowhere: the nodes cannot complete them."""
    here, missing = raw(random_bytes(4096)), raw(random_bytes(4096))
    root = directory({"here": here, "missing": missing})
    _import(ctx, root, [root, here])
    evidence = []
    for kind in ("car", "tar"):
        answer, whole = _archive(ctx, root.cid, kind, {"here", "missing"}, [root, here, missing])
        if whole:
            raise ProbeFailedError(f"format={kind} is answered completely although a block is nowhere; is the gateway open?")
        evidence.append(f"{kind}: {_shown(answer)}")
    ctx.state.notes["archives"] = {"root": root.cid, "blocks": [block.content.hex() for block in (root, here, missing)], "asked": ctx.clock.now()}
    # Now the rest arrives, as it does when a pin is done.
    _import(ctx, root, [root, here, missing])
    ctx.wait_pinned(root.cid, 10)
    return Result([*evidence, "then the missing block was added, and the directory pinned everywhere"])


def archives_whole(ctx: Context) -> Result:
    """Requests the same archives when the cache's key must have changed."""
    noted = ctx.state.notes.get("archives")
    if not noted:
        raise NotApplicableError("no truncated archive was requested")
    root_block, here, missing = (bytes.fromhex(content) for content in noted["blocks"])
    blocks = [Block(noted["root"], root_block, 0x70), raw(here), raw(missing)]
    left = noted["asked"] + _CACHE_MINUTES * 60 - ctx.clock.now()
    if left > 0:
        ctx.say(f"waiting {left / 60:.0f} minutes: as long as the cache may keep a truncated archive")
        ctx.clock.sleep(left)
    evidence, cut = [], []
    for kind in ("car", "tar"):
        answer, whole = _archive(ctx, noted["root"], kind, {"here", "missing"}, blocks)
        evidence.append(f"{kind}: {'whole' if whole else 'still cut'}, {_shown(answer)}")
        if not whole:
            cut.append(kind)
    ctx.unpin([noted["root"]])
    if cut:
        raise ProbeFailedError(f"{' and '.join(cut)} stay truncated after {_CACHE_MINUTES} minutes although the nodes hold all; " + "; ".join(evidence))
    return Result(evidence)


def _import(ctx: Context, root: Block, blocks: Sequence[Block]) -> None:
    """Adds blocks as a CAR. The pin is accepted, whether or not it can complete."""
    body, kind = multipart(car(root, blocks), "dag.car")
    answer = ctx.api_request("POST", "add?format=car&stream-channels=false&name=accept", body=body, headers={"Content-Type": kind})
    if answer.status != 200:
        raise ProbeFailedError(f"a CAR is answered with {answer.status}: {answer.body[:200].decode(errors='replace')}")


def _archive(ctx: Context, cid: str, kind: str, names: set[str], blocks: Sequence[Block]) -> tuple[Answer | str, bool]:
    """An archive of a directory, and whether it is complete. The text describes a truncated answer."""
    try:
        answer = ctx.read(f"ipfs/{cid}?format={kind}")
    except WebError as error:
        return str(error), False
    if answer.status != 200:
        return answer, False
    if kind == "car":
        return answer, {block.cid for block in blocks} <= read_car(answer.body)
    try:
        with tarfile.open(fileobj=BytesIO(answer.body)) as archive:
            found = {member.name.rpartition("/")[2] for member in archive.getmembers() if member.isfile()}
    except tarfile.TarError:
        return answer, False
    return answer, names <= found


def _shown(answer: Answer | str) -> str:
    if isinstance(answer, str):
        return f"broken off: {answer}"
    kept = {name: answer.headers[name] for name in ("cache-control", "x-cache", "age") if name in answer.headers}
    return f"{answer.status}, {len(answer.body)} bytes, {', '.join(f'{name} {value}' for name, value in kept.items()) or 'no cache headers'}"


# --- trailers, uploads ------------------------------------------------------------------------------------------------


def trailers(ctx: Context) -> Result:
    """A streamed add that fails; its error is in a trailer field."""
    observed, fooled = [], []
    for version in ("1.1", "2"):
        answer = ctx.web.by_curl(f"{ctx.output('api_url')}/add?format=car", version, ctx.api, b"this is no CAR")
        seen = answer.trailers.get("x-stream-error")
        if answer.status != 200:
            observed.append(f"HTTP/{version}: answered with {answer.status}")
            continue
        spoken = f"HTTP/{version}" + (f" (used: {answer.version})" if answer.version != version else "")
        observed.append(f"{spoken}: {'passed on' if seen else 'dropped'}")
        if not seen:
            fooled.append(version)
    # The documented commands must report it.
    answer = ctx.web.by_curl(f"{ctx.output('api_url')}/add?format=car&stream-channels=false", "1.1", ctx.api, b"this is no CAR")
    evidence = [*observed, f"the same add with stream-channels=false is answered with {answer.status}"]
    if answer.status < 400:
        raise ProbeFailedError(f"a failed add looks successful even with stream-channels=false: {answer.status}")
    return Result(evidence, {"trailers": "; ".join(observed)})


_UPLOAD_MIB = 32


def early_answer(ctx: Context) -> Result:
    """An upload with a wrong password, which is answered at once: how much of it is accepted?"""
    sent = 0
    chunk = random_bytes(256 * 1024)

    def body() -> Any:
        nonlocal sent
        for _ in range(_UPLOAD_MIB * 4):
            yield chunk
            sent += len(chunk)
            ctx.clock.sleep(0.05)

    url = f"{ctx.output('api_url')}/add?stream-channels=false"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = ctx.web.request("POST", url, credentials=Credentials("nobody", "wrong"), body=body(), headers=headers)
    except WebError as error:
        said = f"the connection is closed after {sent / 2**20:.1f} of {_UPLOAD_MIB} MiB: {error}"
        return Result([said], {"early-answer": said})
    if answer.status != 401:
        raise ProbeFailedError(f"a wrong password is answered with {answer.status}")
    said = f"{sent / 2**20:.1f} of {_UPLOAD_MIB} MiB were taken before the client had its answer, 401 after {answer.seconds:.1f} s"
    return Result([said], {"early-answer": said})


_PAUSES = (15, 45, 75, 150)


def silent_upload(ctx: Context) -> Result:
    """Uploads that are silent for some time in the middle."""
    passed, failed = 0, ""
    cids = []
    for pause in _PAUSES:
        content = random_bytes(64 * 1024)
        whole, kind = multipart(content)

        def body(whole: bytes = whole, pause: float = pause) -> Any:
            yield whole[:1024]
            ctx.clock.sleep(pause)
            yield whole[1024:]

        try:
            answer = ctx.api_request("POST", "add?cid-version=1&stream-channels=false", body=body(), headers={"Content-Type": kind}, timeout=300)
        except WebError as error:
            failed = f"after {pause} s: {error}"
            break
        if answer.status != 200:
            failed = f"after {pause} s: {answer.status}"
            break
        cids.append(str(answer.objects()[-1]["cid"]))
        passed = pause
    ctx.unpin(cids)
    if not passed:
        raise ProbeFailedError(f"an upload that is silent for {_PAUSES[0]} s fails: {failed}")
    said = f"{passed} s are accepted" + (f"; {failed}" if failed else ", more was not tried")
    return Result([said], {"silent-upload": said})


# --- the stream of reads and adds -------------------------------------------------------------------------------------


@dataclass
class Stream:
    """Reads and adds, one after another, like clients that retry once."""

    ctx: Context
    known: str
    content: bytes
    added: dict[str, str] = field(default_factory=dict)
    """The acknowledged CIDs, with the hash of their content."""
    reads: int = 0
    retried: int = 0
    failed: list[str] = field(default_factory=list)
    slowest: float = 0

    def once(self) -> None:
        """One read and one add."""
        self.reads += 1
        self._try("read", self._read)
        self._try("add", self._add)

    def _try(self, what: str, work: Any) -> None:
        began = time.monotonic()
        try:
            try:
                work()
            except (WebError, ProbeFailedError, ValueError):
                self.retried += 1
                work()
        except (WebError, ProbeFailedError, ValueError) as error:
            self.failed.append(f"{what} at {time.strftime('%H:%M:%S', time.gmtime(self.ctx.clock.now()))}: {error}")
        self.slowest = max(self.slowest, time.monotonic() - began)

    def _read(self) -> None:
        # Bypasses the cache: another query is another key, and kubo ignores it.
        answer = self.ctx.read(f"ipfs/{self.known}?accept={self.reads}")
        if answer.status != 200 or answer.body != self.content:
            raise ProbeFailedError(f"{answer.status}, {len(answer.body)} bytes")

    def _add(self) -> None:
        content = random_bytes(16 * 1024)
        self.added[self.ctx.add(content)] = hashlib.sha256(content).hexdigest()

    def settle(self) -> list[str]:
        """Checks that everything acknowledged is pinned everywhere and can be read. Returns the evidence. Raises ProbeFailedError."""
        lost = []
        for cid, digest in self.added.items():
            try:
                self.ctx.wait_pinned(cid)
                if hashlib.sha256(self.ctx.read(f"ipfs/{cid}").body).hexdigest() != digest:
                    raise ProbeFailedError("the gateway answers something else")
            except (ProbeFailedError, WebError) as error:
                lost.append(f"{cid}: {error}")
        self.ctx.unpin([*self.added, self.known])
        observed = f"{self.reads} reads and {len(self.added)} adds, {self.retried} retried, {len(self.failed)} failed, the slowest took {self.slowest:.1f} s"
        if lost:
            raise ProbeFailedError(f"{len(lost)} of {len(self.added)} acknowledged adds were lost: {'; '.join(lost[:5])}; {observed}")
        if self.failed:
            raise ProbeFailedError(f"{observed}: {'; '.join(self.failed[:5])}")
        return [observed, "every acknowledged add is pinned on every node and can be read"]


def stream(ctx: Context) -> Stream:
    """A stream that reads one file, pinned everywhere, and adds others."""
    content = random_bytes(64 * 1024)
    cid = ctx.add(content)
    ctx.wait_pinned(cid)
    return Stream(ctx, cid, content)


PROBES = (
    Probe("clients", "Adds with every documented client are pinned on every node and can be read.", 3, clients),
    Probe("archives-cut", "The gateway answers a CAR and a TAR that it cannot complete.", 3, archives_cut),
    Probe("trailers", "The documented commands report an add that failed.", 1, trailers, ("trailers",)),
    Probe("early-answer", "What CloudFront does with an upload that is answered early.", 1, early_answer, ("early-answer",)),
    Probe("silent-upload", "How long an upload may be silent.", 6, silent_upload, ("silent-upload",)),
)

LATER = (Probe("archives-whole", "No truncated archive is served for longer than an hour.", 2, archives_whole, needs=("archives-cut",)),)
