"""The stand-in for the AWS provider, which also notes what carries a tag: ``python -m tests.accept.provider <world.json>``.

A type named in the world's "undeletable" cannot be deleted as often as it says; one in "forgotten" is said to be deleted, and is not.
"""

import json
import sys
from pathlib import Path
from typing import Any

import grpc

from tests.helpers import provider
from tests.helpers.world import TASK_DEFINITION, World

# What Terraform's provider takes as the ID of these is their name.
_NAMED = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:iam/role:Role", "aws:backup/vault:Vault", "aws:cloudwatch/logGroup:LogGroup")


class NotingProvider(provider.Provider):
    """As the other one, and notes what is there."""

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = super().Create(request, context)
        if not request.preview:
            type_, name = provider._what(request.urn)
            inputs, made = provider._dict(request.properties), provider._dict(answer.properties)
            if type_ == "aws:s3/bucket:Bucket":
                answer.properties.update({"bucket": made["name"]})
            if type_ in _NAMED:
                answer.id = str(made["name"])
            with self._world.change() as content:
                known = content.setdefault("resources", {})
                own = made["arn"] if "arn" not in inputs else answer.id
                known[own] = {"type": type_, "name": name, "id": answer.id, "tags": inputs.get("tags") or {}, "deleted": False}
                if type_ == TASK_DEFINITION:
                    content["revisions"][made["arn"]]["containers"] = [one["name"] for one in json.loads(inputs["containerDefinitions"])]
        return answer

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        type_, _ = provider._what(request.urn)
        state = provider._dict(request.properties)
        with self._world.change() as content:
            undeletable = content.get("undeletable", {})
            fails = undeletable.get(type_, 0) > 0
            if fails:
                undeletable[type_] -= 1
            elif type_ not in content.get("forgotten", []) and not state.get("skipDestroy"):
                for arn in (request.id, state.get("arn")):
                    if content.get("resources", {}).get(arn, {}).get("id") == request.id:
                        content["resources"][arn]["deleted"] = True
        if fails:
            context.abort(grpc.StatusCode.UNKNOWN, f"deleting {type_}: DependencyViolation")
        return super().Delete(request, context)


if __name__ == "__main__":
    provider.serve(NotingProvider(World(Path(sys.argv[1]))))
