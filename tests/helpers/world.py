"""The AWS account of the stand-in provider: what it holds, in a file, and what it answers to those who ask or create."""

import copy
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
SERVICE, TASK_DEFINITION, PARAMETER = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition", "aws:ssm/parameter:Parameter"
_FILE_SYSTEM, _ACCESS_POINT = "aws:efs/fileSystem:FileSystem", "aws:efs/accessPoint:AccessPoint"

_EMPTY: Mapping[str, Any] = {
    "bad_images": [],
    "services": {},
    "revisions": {},
    "parameters": {},
    "file_systems": {},
    "access_points": {},
    "done": [],
    "lost": [],
}


class World:
    """What the account holds, in a file that the tests read and write too."""

    def __init__(self, file: Path, region: str = REGION) -> None:
        self.file, self.region = file, region

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The content, written back afterwards. One process and thread at a time."""
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = {**copy.deepcopy(dict(_EMPTY)), **(json.loads(self.file.read_text()) if self.file.exists() else {})}
            content["region"] = self.region
            yield content
            self.file.write_text(json.dumps(content, indent=1))

    def read(self) -> dict[str, Any]:
        """The content as it is."""
        with self.change() as content:
            return content

    def services(self) -> dict[str, dict[str, Any]]:
        """By name: the task definition, how many tasks run, and the events, newest first."""
        return dict(self.read()["services"])

    def revisions(self) -> dict[str, dict[str, Any]]:
        """Task definitions by ARN: whether they are active, and their images."""
        return dict(self.read()["revisions"])

    def done(self) -> list[list[str]]:
        """Operation, type and name of all that was done."""
        return list(self.read()["done"])

    def break_image(self, image: str) -> None:
        """From now on no task with the image starts."""
        with self.change() as content:
            content["bad_images"].append(image)

    def mend_images(self) -> None:
        """From now on all images are good."""
        with self.change() as content:
            content["bad_images"] = []

    def lose(self, *regions: str) -> None:
        """From now on these Regions, and no others, do not answer."""
        with self.change() as content:
            content["lost"] = list(regions)

    def adopt(self, state: Mapping[str, Any]) -> None:
        """From now on the account holds what an exported state lists, and its nodes run."""
        with self.change() as content:
            for resource in state["deployment"]["resources"]:
                if resource["type"].startswith("aws:"):
                    name, outputs = resource["urn"].rpartition("::")[2], resource["outputs"]
                    content["done"].append(["create", resource["type"], name])
                    _note(content, resource["type"], name, resource["id"], outputs)
                    if resource["type"] == SERVICE:
                        deploy(content, outputs["name"], outputs["taskDefinition"])

    def redeploy(self, service: str) -> None:
        """As ``aws ecs update-service --force-new-deployment`` does."""
        with self.change() as content:
            deploy(content, service, content["services"][service]["taskDefinition"])


def deploy(content: dict[str, Any], name: str, definition: str) -> str:
    """What ECS does with a deployment of a service. Gives the error that the provider would report, or nothing."""
    service = content["services"].setdefault(name, {"taskDefinition": definition, "runningCount": 0, "events": []})
    before, ran = service["taskDefinition"], service["runningCount"]
    bad = [image for image in content["revisions"][definition]["images"] if image in content["bad_images"]]
    if not bad:
        service.update(taskDefinition=definition, runningCount=1)
        service["events"].insert(0, f"(service {name}) has reached a steady state.")
        return ""
    reason = f"CannotPullContainerError: failed to resolve ref {bad[0]}: not found"
    service["events"].insert(0, f"(service {name}) (deployment ecs-svc/1) deployment failed: tasks failed to start.")
    if ran and before != definition:
        service["events"].insert(0, f"(service {name}) has reached a steady state.")  # with the revision that it went back to
    else:
        service.update(taskDefinition=definition, runningCount=0)
    return f"waiting for ECS Service ({name}) update: unexpected state 'ROLLBACK_SUCCESSFUL', wanted target 'SUCCESSFUL'. last error: {reason}"


def look_up(world: World, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a look-up. One that is not listed here is an error."""
    content = world.read()
    region = world.region
    zones = [f"{region}{letter}" for letter in "abc"]
    numbers = (1, 2, 3) if region == REGION else (1, 2, 4)  # in some Regions the third has no Fargate or no One Zone file systems
    short = "".join(part[:1] if part.isalpha() and len(part) > 2 else part for part in region.split("-"))  # euw1
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "getAccessPoints": lambda: {**args, "ids": content["access_points"].get(args["fileSystemId"], [])},
        "getAvailabilityZones": lambda: {"names": zones, "zoneIds": [f"{short}-az{n}" for n in numbers], "groupNames": [region]},
        "getCallerIdentity": lambda: {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT},
        "getManagedPrefixList": lambda: {"id": "pl-1", **args},
        "getPartition": lambda: {"partition": "aws", "dnsSuffix": "amazonaws.com"},
        "getRegion": lambda: {"name": region, "region": region},
        "getResources": lambda: {"resourceTagMappingLists": [{"resourceArn": arn, "tags": tags} for arn, tags in content["file_systems"].items()]},
        "getService": lambda: _service(content["services"][args["serviceName"]], args),
        "getZone": lambda: {**args, "id": args["zoneId"], "name": "example.com", "privateZone": False},
    }
    name = token.rpartition(":")[2]
    if name not in answers:
        raise NotImplementedError(f"the stand-in does not know {token}")
    return {"id": region, **answers[name]()}


def _service(service: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    events = [{"id": str(index), "createdAt": "2026-01-01T00:00:00Z", "message": text} for index, text in enumerate(service["events"])]
    return {"id": "1", **args, **service, "desiredCount": 1, "pendingCount": 0, "events": events, "deployments": []}


def created(content: dict[str, Any], type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """ID and outputs of a new resource."""
    kind = type_.rpartition(":")[2]
    low, region = kind[0].lower() + kind[1:], content["region"]
    id_ = f"{_ID_BEGINS.get(kind, low)}-{hashlib.sha256((type_ + name + str(len(content['done']))).encode()).hexdigest()[:12]}"
    named = str(inputs.get("name") or id_)
    arn = f"arn:aws:{type_.split(':')[1].split('/', maxsplit=1)[0]}:{region}:{ACCOUNT}:{low}/{named}"
    outputs = {"name": named, "arn": arn, **inputs}  # an ARN that is an input is another resource's
    if type_ == TASK_DEFINITION:
        revision = 1 + sum(known["family"] == inputs["family"] for known in content["revisions"].values())
        outputs |= {"arn": f"arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{inputs['family']}:{revision}", "revision": revision}
    elif kind in _MADE_UP:
        outputs |= _MADE_UP[kind](id_, named, inputs)
    _note(content, type_, name, id_, outputs)
    return id_, outputs


_ID_BEGINS = {"RouteTable": "rtb", "SecurityGroup": "sg"}
"""What AWS begins an ID with, where it is not the kind of resource."""

_MADE_UP: Mapping[str, Callable[[str, str, dict[str, Any]], dict[str, Any]]] = {
    "Bucket": lambda id_, named, inputs: {
        "bucket": inputs.get("bucket", named),
        "region": REGION,
        "bucketRegionalDomainName": f"{inputs.get('bucket', named)}.s3.{REGION}.amazonaws.com",
    },
    "Certificate": lambda id_, named, inputs: {
        "domainValidationOptions": [_proof(host) for host in (inputs["domainName"], *inputs.get("subjectAlternativeNames", []))]
    },
    "Distribution": lambda id_, named, inputs: {"domainName": f"{id_}.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"},
    "LoadBalancer": lambda id_, named, inputs: {"dnsName": f"{named}.elb.amazonaws.com", "zoneId": "Z1", "arnSuffix": f"app/{named}/1"},
    "Parameter": lambda id_, named, inputs: {"version": 1},
    "PrivateDnsNamespace": lambda id_, named, inputs: {"hostedZone": "Z" + id_.rpartition("-")[2].upper()},
    "Record": lambda id_, named, inputs: {"fqdn": inputs["name"]},
    "TargetGroup": lambda id_, named, inputs: {"arnSuffix": f"targetgroup/{named}/1"},
}
"""What AWS makes up besides name and ARN, by kind of resource: from the ID, the name and the inputs."""


def _proof(host: str) -> dict[str, str]:
    """How ACM wants a name to be proven. A wildcard has the record of the name below which it is."""
    name = f"_proof.{host.removeprefix('*.')}."
    return {"domainName": host, "resourceRecordName": name, "resourceRecordType": "CNAME", "resourceRecordValue": f"{name}acm-validations.aws."}


def _note(content: dict[str, Any], type_: str, name: str, id_: str, outputs: Mapping[str, Any]) -> None:
    """Keeps what the account is asked about later."""
    if type_ == TASK_DEFINITION:
        images = [container["image"] for container in json.loads(outputs["containerDefinitions"])]
        content["revisions"][outputs["arn"]] = {"family": outputs["family"], "active": True, "images": images}
    elif type_ == PARAMETER:
        content["parameters"][outputs["name"]] = name
    elif type_ == _FILE_SYSTEM:
        content["file_systems"][outputs["arn"]] = outputs.get("tags", {})
    elif type_ == _ACCESS_POINT:
        content["access_points"].setdefault(outputs["fileSystemId"], []).append(id_)


def deleted(content: dict[str, Any], type_: str, id_: str, state: Mapping[str, Any]) -> None:
    """What the account no longer holds after a deletion."""
    if type_ == TASK_DEFINITION and not state.get("skipDestroy"):
        content["revisions"][state["arn"]]["active"] = False
    elif type_ == SERVICE:
        content["services"].pop(state["name"], None)
    elif type_ == PARAMETER:
        content["parameters"].pop(state["name"], None)
    elif type_ == _FILE_SYSTEM:
        content["file_systems"].pop(state["arn"], None)
    elif type_ == _ACCESS_POINT:
        content["access_points"][state["fileSystemId"]].remove(id_)
