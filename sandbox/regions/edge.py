"""The edge of a cluster over several Regions, pure: what its distributions and functions are, from what the simulated account was given.

A process in Node.js serves it (edge.mjs, edge_process.py): it runs the functions for each request, and asks the Region that they choose.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..account import Made
from ..console import ORIGIN as CONSOLE
from ..console import Site

OUT = "out"
"""The key of the key value store that has the Regions that are taken out, with commas."""

_DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
_FUNCTION = "aws:cloudfront/function:Function"


@dataclass(frozen=True)
class Edge:
    """The distributions of all Regions."""

    doors: Mapping[str, Mapping[str, Any]]
    """By role, gateway or api: domain, origins, behaviors."""
    runs_everything: bool
    """Whether no function of Lambda@Edge is left out."""


@dataclass(frozen=True)
class State:
    """What may change while the edge runs."""

    location: str
    """The Region of the edge location that clients come to."""
    out: Sequence[str] = field(default_factory=list)
    """The Regions that are taken out."""

    def text(self) -> str:
        """As JSON, for the process."""
        return json.dumps({"location": self.location, "keys": {OUT: ",".join(self.out)} if self.out else {}})

    @classmethod
    def read(cls, text: str) -> "State":
        """From JSON."""
        given = json.loads(text)
        return cls(given["location"], [region for region in given["keys"].get(OUT, "").split(",") if region])


def read(made: Iterable[Made], site: Site | None) -> Edge | None:
    """The edge of the stack that joins the Regions, if it has one. ``made`` is what was created in its account, ``site`` is its console."""
    resources = list(made)
    functions = {one.outputs["arn"]: str(one.inputs["code"]) for one in resources if one.type == _FUNCTION}
    found = [one for one in resources if one.type == _DISTRIBUTION]
    if not found:
        return None
    doors = {one.name.rpartition("-")[2]: _door(one, functions, site) for one in found}
    lambdas = [one for one in found for behavior in _behaviors(one) if behavior.get("lambdaFunctionAssociations")]
    return Edge(doors, not lambdas)


def _behaviors(distribution: Made) -> list[Mapping[str, Any]]:
    return [*distribution.inputs.get("orderedCacheBehaviors", []), {**distribution.inputs["defaultCacheBehavior"], "pathPattern": "*"}]


def _door(distribution: Made, functions: Mapping[str, str], site: Site | None) -> dict[str, Any]:
    groups = {group["originId"]: group for group in distribution.inputs.get("originGroups", [])}

    def behavior(given: Mapping[str, Any]) -> dict[str, Any]:
        by_event = {one["eventType"]: functions[one["functionArn"]] for one in given.get("functionAssociations", [])}
        group = groups.get(given["targetOriginId"])
        return {
            "path": given["pathPattern"],
            "methods": given["allowedMethods"],
            "code": by_event.get("viewer-request"),
            "responds": "viewer-response" in by_event,
            "ids": [one["originId"] for one in group["members"]] if group else [given["targetOriginId"]],
            "statuses": group["failoverCriteria"]["statusCodes"] if group else [],
        }

    def origin(given: Mapping[str, Any]) -> dict[str, Any]:
        if given["originId"] == CONSOLE and site is not None:
            return _files(site)
        role, _, region = given["originId"].partition("-")
        return {"role": role, "region": region, "headers": {one["name"]: one["value"] for one in given.get("customHeaders", [])}}

    return {
        "domain": distribution.outputs["domainName"],
        "behaviors": [behavior(given) for given in _behaviors(distribution)],
        "origins": {given["originId"]: origin(given) for given in distribution.inputs["origins"]},
    }


def _files(site: Site) -> dict[str, Any]:
    """An origin that is a bucket: its files, and the headers of all answers."""

    def told(content: bytes, content_type: str, cache_control: str) -> dict[str, Any]:
        headers = {**site.headers, "content-type": content_type, "cache-control": cache_control}
        return {"headers": headers, "content": base64.b64encode(content).decode()}

    return {"files": {file.path: told(file.content, file.content_type, file.cache_control) for file in site.files}, "headers": {}}


def settings(edge: Edge, ports: Mapping[str, int], of_regions: Mapping[str, Mapping[str, int]]) -> str:
    """The process's settings. ``ports`` are the edge's own by role, ``of_regions`` those of the Regions' load balancers, by Region and role."""

    def reached(origin: Mapping[str, Any]) -> dict[str, Any]:
        return {**origin, "port": of_regions[origin["region"]][origin["role"]]} if "region" in origin else dict(origin)

    doors = [{**door, "port": ports[role], "origins": {name: reached(origin) for name, origin in door["origins"].items()}} for role, door in edge.doors.items()]
    return json.dumps({"doors": doors})
