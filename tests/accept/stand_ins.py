"""What the probes are tried with: a stack, a clock, and all together."""

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accept import settings
from accept.clock import Clock
from accept.context import Context, Tool
from accept.results import Result
from accept.stack import Change, EngineFailedError, Groups, Resource
from accept.state import State
from accept.web import Web
from tests.accept.cloud import Cloud
from tests.accept.daemons import WRITER, Daemons, listening
from tests.helpers.world import ACCOUNT, REGION, World, deploy

NAME = "accept-1124-beef"
FLAT = f"ipfs-cluster-{NAME}-ipfs"


class FastClock(Clock):
    """Time that goes by when somebody waits."""

    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> float:
        return time.time() + self.waited

    def sleep(self, seconds: float) -> None:
        self.waited += seconds


class StandInStack:
    """A stack that changes the world as the program would. What is in ``faults`` goes wrong."""

    name = NAME

    def __init__(self, world: World, daemons: Daemons, clock: FastClock) -> None:
        self.world, self.daemons, self.clock = world, daemons, clock
        self.groups: Groups = {}
        self.faults: set[str] = set()
        self.changes: list[Change] = []
        self.refreshed: list[Change] = []
        self.would: list[Change] = []
        self.ups = 0
        self.beside: Callable[[], None] = lambda: None
        """What happens while an update with running nodes is under way."""
        self.destroys_that_fail = 0
        self.destroyed = False
        self.removed = False
        self.retained: Any = None
        self.recovered = False
        self.interrupted: list[str] = []
        self.retired = 0

    @property
    def nodes(self) -> list[str]:
        zones = [f"{REGION}{letter}" for letter in "abc"]
        return [zones[i] if i < 3 else f"{zones[i - 3]}-2" for i in range(self.groups.get("nodes", {}).get("count", 3))]

    def configure(self, groups: Groups) -> None:
        self.groups = copy.deepcopy(dict(groups))

    def up(self) -> list[Change]:
        self.ups += 1
        self.clock.sleep(240)
        if "up-fails" in self.faults:
            raise EngineFailedError("creating ALB: AccessDenied")
        for name, type_ in (("load-balancer", "aws:lb/loadBalancer:LoadBalancer"), ("vpc", "aws:ec2/vpc:Vpc")):
            self._note(type_, name)
        self._note("aws:cloudwatch/metricAlarm:MetricAlarm", "unhealthy-gateway")
        self._note("aws:cloudwatch/metricAlarm:MetricAlarm", "pin-errors")
        self._note("aws:cloudfront/vpcOrigin:VpcOrigin", "origin")
        self._note("aws:backup/vault:Vault", "backup")
        self._note("aws:iam/role:Role", "ipfs-backup")
        self._note("aws:ecs/cluster:Cluster", "cluster")
        self._note("aws:scheduler/schedule:Schedule", "pinset", id_="default/pinset")
        image = self.groups.get("nodes", {}).get("kuboImage", "ipfs/kubo:v0.43.1")
        wanted = {"groups": {key: value for key, value in self.groups.items() if key != "nodes"}, "image": image}
        failed = ""
        before = self.world.services()
        for node in self.nodes:
            self._note("aws:efs/fileSystem:FileSystem", f"{node}-file-system")
            self._note("aws:iam/role:Role", f"{node}-execution")
            failed = self._node(node, image, wanted, before)
            if failed and "goes-on" not in self.faults:
                break
        for service in [name for name in self.world.services() if name.removeprefix("ipfs-node-") not in self.nodes]:
            with self.world.change() as content:
                del content["services"][service]
        self.daemons.nodes = self.nodes
        if failed and not ("green-the-second-time" in self.faults and self.ups % 2 == 0):
            raise EngineFailedError(failed if "no-words" not in self.faults else "update failed")
        return self.changes

    def _node(self, node: str, image: str, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> str:
        family, service = f"{FLAT}-{node}", f"ipfs-node-{node}"
        with self.world.change() as content:
            revisions = content["revisions"]
            known = {arn: one for arn, one in revisions.items() if one["family"] == family}
            same = next((arn for arn, one in known.items() if one["wanted"] == json.dumps(wanted, sort_keys=True) and one["active"]), "")
            arn = same or f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:{len(known) + 1}"
            images = ["ipfs/kubo:v0.43.1", image, "ipfs/ipfs-cluster:v1.1.6"]
            if not same:
                names = ["configure", "ipfs", "ipfs-cluster"]
                revisions[arn] = {"family": family, "active": True, "images": images, "containers": names, "wanted": json.dumps(wanted, sort_keys=True)}
            running = content["services"].get(service, {}).get("taskDefinition")
        if before and running != arn:
            self.beside()
        if "ignores-settings" in self.faults and running:
            return ""
        with self.world.change() as content:
            failed = deploy(content, service, arn)
            if "retires-what-runs" in self.faults and failed:
                content["revisions"][content["services"][service]["taskDefinition"]]["active"] = False
            if "half-started" in self.faults:
                content["services"][service]["runningCount"] = 0
        return f"node {node}: {failed}" if failed else ""

    def _note(self, type_: str, name: str, id_: str = "") -> None:
        arn = f"arn:aws:{type_.split(':')[1].split('/', maxsplit=1)[0]}:{REGION}:{ACCOUNT}:thing/{name}"
        tags = {"ipfs-cluster": FLAT}
        with self.world.change() as content:
            content.setdefault("resources", {}).setdefault(arn, {"type": type_, "name": name, "id": id_ or name, "tags": tags, "deleted": False})

    def refresh(self) -> list[Change]:
        return self.refreshed

    def preview(self) -> list[Change]:
        return self.would

    def destroy(self) -> None:
        self.clock.sleep(1200)
        if self.destroys_that_fail > 0:
            self.destroys_that_fail -= 1
            raise EngineFailedError("deleting the namespace: ResourceInUse")
        with self.world.change() as content:
            content["services"] = {}
            for one in content.get("resources", {}).values():
                if one["name"] not in content.get("forgotten", []) and one["name"] not in content.get("kept", []):
                    one["deleted"] = True
        self.destroyed = True

    def outputs(self) -> dict[str, Any]:
        if self.destroyed:
            return {}
        return {
            "gateway_url": "https://gateway.example",
            "api_url": "https://api.example",
            "pinning_service_url": "https://api.example/pinning",
            "pinning_service_username": "pinner",
            "pinning_service_password": "pinner-password-1234",
            "api_username": WRITER.partition(":")[0],
            "api_password": WRITER.partition(":")[2],
            "cluster_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/c",
            "gateway_distribution_id": "EGATEWAY",
            "dns_names": {node: f"ipfs-node-{node}.internal" for node in self.nodes},
            "cluster_peer_ids": {node: self._peer_id(node) for node in self.nodes},
            "file_system_ids": {node: f"{node}-file-system" for node in self.nodes},
            "pinset_bucket": "exports",
            **({"retained": self.retained} if self.retained is not None else {}),
        }

    def _peer_id(self, node: str) -> str:
        return f"peer-{node}-{self.ups if 'new-identities' in self.faults else ''}"

    def secrets(self) -> list[str]:
        return [WRITER.partition(":")[2], "pinner-password-1234"]

    def resources(self) -> list[Resource]:
        content = self.world.read()
        policies = [{"transitionToIa": "AFTER_30_DAYS"}, {"transitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]
        if self.destroyed and "state-holds-on" not in self.faults:
            return []
        return [
            Resource(one["type"], one["name"], one["id"], arn, "", one["name"] in content.get("kept", []), {"lifecyclePolicies": policies}, {})
            for arn, one in content.get("resources", {}).items()
        ]

    def pending(self) -> list[str]:
        return self.interrupted

    def recover(self) -> None:
        self.recovered = True
        self.interrupted = []

    def remove(self) -> None:
        self.removed = True


@dataclass
class Trial:
    """Everything that a probe is tried with."""

    ctx: Context
    cloud: Cloud
    stack: StandInStack
    daemons: Daemons
    clock: FastClock
    world: World
    said: list[str]

    def deployed(self) -> "Trial":
        self.ctx.state.notes["deployed"] = self.clock.now() - 60
        self.ctx.up()
        return self


@contextmanager
def trial(folder: Path) -> Iterator[Trial]:
    """A trial with all stand-ins, without faults."""
    world = World(folder / "world.json")
    world.break_image(f"ipfs/kubo:{settings.BAD_TAG}")
    clock = FastClock()
    daemons = Daemons([])
    cloud = Cloud(world, clock.now)
    cloud.exported = lambda: list(daemons.pins)
    cloud.task_script = ended(clock)
    stack = StandInStack(world, daemons, clock)
    state = State(folder / ".accept" / NAME / "state.json", NAME, REGION, ACCOUNT, 10, clock.now())
    said: list[str] = []
    with listening(daemons) as origin:
        web = Web({"https://gateway.example": origin, "https://api.example": origin, "https://alias.example": origin})
        ctx = Context(cloud, stack, web, clock, state, said.append, run_tool=no_tool, find_tool=lambda name: "/usr/bin/curl" if name == "curl" else None)
        ctx.pause_seconds = 0.01
        ctx.check = lambda outputs, say: say("ok    nodes")
        yield Trial(ctx, cloud, stack, daemons, clock, world, said)


def ended(clock: FastClock) -> Callable[[str], tuple[int, str, list[str]]]:
    def script(what: str) -> tuple[int, str, list[str]]:
        return 0, "Essential container in task exited", [f"resolved {clock.now() + 40:.0f}"] if what == "efs-name" else []

    return script


def no_tool(command: Sequence[str], environment: Mapping[str, str]) -> Tool:
    raise AssertionError(f"no program is run: {command}")


def nothing(ctx: Context) -> Result:
    return Result()
