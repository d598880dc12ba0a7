"""An account for the kit: what it asks is held against botocore's models, and answered from what the stand-in provider's world holds."""

import datetime
import functools
from collections.abc import Callable
from typing import Any, cast

import boto3
import botocore.exceptions
from botocore.validate import ParamValidator

from tests.helpers.world import REGION, World, deploy

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
OLD, NEW = "OLD", "NEW"


@functools.cache
def _model(service: str) -> Any:
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    client: Any = session.client(service, region_name=REGION)  # type: ignore[call-overload]
    return client


def error(code: str, operation: str = "Any") -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"{code} it is"}}, operation)


class Base:
    """The account. Faults are injected by ``broken``: an answer, or an error, in place of an operation's own."""

    region = REGION

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self.world, self._now = world, now
        self.broken: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.places: list[tuple[str, str]] = []
        """Operations, and the Region in which they were asked."""
        self.rang: list[tuple[str, float]] = []
        """Alarms, and when they went to ALARM."""
        self.trail: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.task_script: Callable[[str], tuple[int, str, list[str]]] = lambda what: (0, "Essential container in task exited", [])
        """How a task of the kit's ends: exit code, reason, lines."""
        self.exports: list[str] = []
        self.revisions: dict[str, dict[str, Any]] = {}
        self.own_services: dict[str, dict[str, Any]] = {}
        self.roles: dict[str, dict[str, str]] = {}
        self.file_systems: dict[str, dict[str, Any]] = {}
        self.mount_targets: dict[str, str] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.vaults: dict[str, list[str]] = {}
        self.distributions: dict[str, dict[str, Any]] = {}
        self.log_groups: set[str] = set()
        self.subnets = ["subnet-0000000000a", "subnet-0000000000b", "subnet-0000000000c"]
        self.subnet_zone = f"{REGION}a"
        self.killed: set[str] = set()
        self.memory = [20.0, 22.0]
        self.records = [{"Cluster": "x", "ipfs_bitswap_sent_all_blocks_bytes": {"Max": 0, "Min": 0, "Count": 0, "Sum": 0}}]
        self.container_restart_policy: dict[str, Any] = {}
        self.alarm_states: dict[str, str] = {}

    # --- the interface ------------------------------------------------------------------------------------------------

    def call(self, service: str, operation: str, /, *, at: str = "", **parameters: Any) -> dict[str, Any]:
        self.asked.append((f"{service}.{operation}", parameters))
        self.places.append((f"{service}.{operation}", at or self.region))
        model = _model(service).meta.service_model.operation_model(_model(service).meta.method_to_api_mapping[operation])
        if model.input_shape is not None:
            found = ParamValidator().validate(parameters, model.input_shape)
            assert not found.has_errors(), f"{service}.{operation}: {found.generate_report()}"
        else:
            assert not parameters
        broken = self.broken.get(f"{service}.{operation}")
        handler = getattr(self, f"{service.replace('-', '_')}_{operation}")
        if isinstance(broken, BaseException):
            raise broken
        answer = cast("dict[str, Any]", broken(parameters, lambda: handler(parameters)) if callable(broken) else handler(parameters))
        if model.output_shape is not None and not isinstance(answer, Loose):
            known = {key: value for key, value in answer.items() if key != "Body"}
            unknown = set(known) - set(model.output_shape.members)
            assert not unknown, f"{service}.{operation} answers no {unknown}"
            found = ParamValidator().validate(known, model.output_shape)
            assert not found.has_errors(), f"{service}.{operation} answers {found.generate_report()}"
        return answer

    def every(self, service: str, operation: str, key: str, /, *, at: str = "", **parameters: Any) -> list[Any]:
        return list(self.call(service, operation, at=at, **parameters).get(key, []))

    def session_ends(self) -> tuple[datetime.datetime | None, bool]:
        return None, False

    def is_temporary(self) -> bool:
        return False

    def times(self, operation: str) -> int:
        return sum(1 for name, _ in self.asked if name == operation)

    def _when(self, seconds: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)

    def resourcegroupstaggingapi_get_resources(self, p: Any) -> dict[str, Any]:
        (wanted,) = p["TagFilters"]
        found = [
            arn for arn, one in self.world.read().get("resources", {}).items() if one["tags"].get(wanted["Key"]) in wanted["Values"] and not one["deleted"]
        ]
        return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in found]}

    def _ids(self, type_: str, deleted: bool = False) -> list[str]:
        return [one["id"] for one in self.world.read().get("resources", {}).values() if one["type"] == type_ and (deleted or not one["deleted"])]

    def _exists(self, type_: str, id_: str) -> bool:
        return id_ in self._ids(type_)

    def deploy(self, service: str, definition: str) -> str:
        with self.world.change() as content:
            return deploy(content, service, definition)


class Loose(dict[str, Any]):
    """An answer that says less than AWS's does."""
