"""The context of the probes."""

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ipfs_cluster.check import check

from . import loose, settings
from .aws import Aws
from .clock import Clock
from .ecs import Ecs
from .errors import ProbeFailedError
from .stack import Groups, Resource, Stack
from .state import Loose, State
from .web import Answer, Credentials, Web, WebError, multipart

T = TypeVar("T")

PROJECT, COMPONENT = "ipfs-cluster", "ipfs"
"""The project's and the component's names in Pulumi.yaml and __main__.py."""


@dataclass
class Tool:
    """The result of a program on the user's machine."""

    code: int
    output: str


RunTool = Callable[[Sequence[str], Mapping[str, str]], Tool]


def run_tool(command: Sequence[str], environment: Mapping[str, str]) -> Tool:
    """Runs a program. Secrets are in its environment only."""
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )
    return Tool(done.returncode, done.stdout)


@dataclass
class Context:
    """The context of the probes."""

    aws: Aws
    stack: Stack
    web: Web
    clock: Clock
    state: State
    say: Callable[[str], None]
    run_tool: RunTool = run_tool
    find_tool: Callable[[str], str | None] = shutil.which
    check: Callable[[Mapping[str, Any], Callable[[str], None]], None] = check
    groups: dict[str, Any] = field(default_factory=lambda: dict(settings.groups()))
    pause_seconds: float = 1
    """Between the calls that run in parallel with an update."""
    _outputs: dict[str, Any] | None = None

    # --- the stack ----------------------------------------------------------------------------------------------------

    @property
    def flat(self) -> str:
        """The value of the cluster's tag."""
        return f"{PROJECT}-{self.stack.name}-{COMPONENT}"

    @property
    def path(self) -> str:
        """The prefix of SSM parameters and log groups."""
        return f"/{COMPONENT}/{PROJECT}/{self.stack.name}"

    @property
    def ecs(self) -> Ecs:
        """The nodes' services."""
        return Ecs(self.aws, self.clock, self.output("cluster_arn"), self.nodes)

    @property
    def nodes(self) -> list[str]:
        """The nodes' names, in the order in which they are updated."""
        return list(self.output("dns_names"))

    def output(self, name: str) -> Any:
        """An output of the stack. Raises ProbeFailedError if there is none."""
        found = self.all_outputs().get(name)
        if found is None:
            raise ProbeFailedError(f"the stack has no output {name}")
        return found

    def has_output(self, name: str) -> bool:
        """Whether the stack has an output."""
        return self.all_outputs().get(name) is not None

    def all_outputs(self) -> dict[str, Any]:
        """All outputs of the stack."""
        if self._outputs is None:
            self._outputs = self.stack.outputs()
        return self._outputs

    def forget_outputs(self) -> None:
        """Outputs are read again at their next use, as after an update."""
        self._outputs = None

    def up(self, groups: Groups | None = None) -> float:
        """Deploys the kit's configuration, or another one. Returns the minutes that it took. Raises EngineFailedError."""
        began = self.clock.now()
        self.stack.configure(self.groups if groups is None else groups)
        try:
            self.stack.up()
        finally:
            self.forget_outputs()
            self.note_resources()
        return (self.clock.now() - began) / 60

    def note_resources(self, found: Sequence[Resource] | None = None) -> None:
        """Records the stack's resources in the run's state, so that the removal knows them when the stack is gone."""
        self.state.resources = [
            {"type": r.type, "name": r.name, "id": r.id, "arn": r.arn, "region": r.region, "kept": r.kept}
            for r in (self.stack.resources() if found is None else found)
        ]
        # The stack's state no longer has what a removed node leaves in the account.
        kept = self.state.notes.setdefault("ever_kept", [])
        kept += [one for one in self.state.resources if one["kept"] and one not in kept]
        self.state.save()

    def find(self, type_: str, name: str = "") -> str:
        """The ID of a resource in the stack by its type and what its name ends with. Raises ProbeFailedError."""
        for one in self.state.resources:
            if one["type"] == type_ and one["name"].endswith(name):
                return str(one["id"])
        raise ProbeFailedError(f"the stack has no {type_} {name}".strip())

    @contextlib.contextmanager
    def loose(self, kind: str, id_: str, command: str, **details: Any) -> Iterator[Loose]:
        """Something outside the stack: it is recorded before it is created, and undone afterwards in any case."""
        noted = self.state.add_loose(Loose(kind, id_, details.pop("at", self.aws.region), details, command))
        try:
            yield noted
        finally:
            loose.take_back(self, noted)

    # --- clients ------------------------------------------------------------------------------------------------------

    @property
    def api(self) -> Credentials:
        """The REST API's credentials."""
        return Credentials(self.output("api_username"), self.output("api_password"))

    def api_request(self, method: str, path: str, **given: Any) -> Answer:
        """A request to the REST API."""
        return self.web.request(method, f"{self.output('api_url')}/{path}", credentials=self.api, **given)

    def add(self, content: bytes, options: str = "") -> str:
        """Adds a file without streaming; gives the CID. Raises WebError, ProbeFailedError."""
        body, kind = multipart(content)
        answer = self.api_request("POST", f"add?cid-version=1&stream-channels=false{options}", body=body, headers={"Content-Type": kind}, timeout=300)
        found = answer.objects() if answer.status == 200 else []
        if not found or "cid" not in found[-1]:
            raise ProbeFailedError(f"an add is answered with {answer.status}: {answer.body[:200].decode(errors='replace')}")
        return str(found[-1]["cid"])

    def read(self, path: str, **headers: str) -> Answer:
        """The gateway's answer for a path."""
        return self.web.request("GET", f"{self.output('gateway_url')}/{path}", headers=headers, timeout=180)

    def unpin(self, cids: Sequence[str]) -> None:
        """Unpins what a probe added. Errors do not matter: the stack is destroyed at the end."""
        for cid in cids:
            with contextlib.suppress(WebError):
                self.api_request("DELETE", f"pins/{cid}")

    def wait_pinned(self, cid: str, minutes: float = 5) -> int:
        """Waits until all nodes have pinned a CID; gives the number of nodes. Raises ProbeFailedError."""
        last: dict[str, str] = {}

        def look() -> int:
            with contextlib.suppress(WebError, ValueError, IndexError):
                found = self.api_request("GET", f"pins/{cid}").objects()[0]["peer_map"]
                last.clear()
                last.update({one.get("peername", peer): one["status"] for peer, one in found.items()})
            return len(last) if len(last) >= len(self.nodes) and set(last.values()) == {"pinned"} else 0

        try:
            return self.clock.until(f"{cid} pinned on every node", look, minutes, 2)
        except ProbeFailedError as error:
            raise ProbeFailedError(f"{error}; seen: {', '.join(f'{node} {status}' for node, status in last.items()) or 'nothing'}") from None

    # --- work in parallel ----------------------------------------------------------------------------------------------

    def during(self, work: Callable[[], T], each: Callable[[], None]) -> T:
        """Runs ``work`` and gives its result. Calls ``each`` once before, every `pause_seconds` meanwhile, and once after."""
        over = threading.Event()

        def beside() -> None:
            while not over.is_set():
                each()
                over.wait(self.pause_seconds)

        each()
        thread = threading.Thread(target=beside, daemon=True)
        thread.start()
        try:
            return work()
        finally:
            over.set()
            thread.join()
            each()
