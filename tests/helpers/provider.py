"""A stand-in for pulumi-resource-aws, for the real engine: ``python -m tests.helpers.provider <world.json>``.

It makes up IDs, keeps what it made in the world's file, and fails as the bridged provider does. An update or create of an ECS service whose tasks
do not start ends in an error, with the new inputs kept in the state and the resource marked as not initialized (terraform-plugin-sdk keeps the
proposed configuration on an error; pulumi-terraform-bridge reports it as ErrorResourceInitFailed). ECS went back to the revision that ran
before, or runs nothing if there was none. An update that changes nothing does nothing, and does not wait.
"""

import fcntl
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

ACCOUNT, REGION = "123456789012", "eu-west-1"
SERVICE, TASK_DEFINITION, PARAMETER = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition", "aws:ssm/parameter:Parameter"

# Inputs that replace a resource when they change; all of a task definition's do, but for those below.
_CREATE_ONLY = {"name", "family", "availabilityZoneName", "creationToken", "cidrBlock", "vpcId", "targetType"}
_IN_PLACE = {"tags", "skipDestroy", "trackLatest"}


class World:
    """What the account holds, in a file that the tests read and write too."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The content, written back afterwards. One process and thread at a time."""
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            empty: dict[str, Any] = {"bad_images": [], "services": {}, "revisions": {}, "parameters": {}, "done": []}
            content = json.loads(self.file.read_text()) if self.file.exists() else empty
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


def _struct(value: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(value), struct_pb2.Struct())


def _dict(value: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(value))


def _what(urn: str) -> tuple[str, str]:
    return urn.split("::")[2].split("$")[-1], urn.split("::")[-1]


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider that the engine talks to."""

    def __init__(self, world: World) -> None:
        self._world = world

    # --- the plugin itself --------------------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False, accept_resources=True, accept_outputs=True)

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=True, acceptOutputs=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="7.51.1")

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": "7.51.1"}))

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    # --- resources ----------------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Like the bridge, which plans from the state (the outputs), not from the inputs of the last run."""
        type_, _ = _what(request.urn)
        state, before, wanted = _dict(request.olds), _dict(request.old_inputs), _dict(request.news)
        changed = [key for key in sorted({*before, *wanted}) if key != "__defaults" and state.get(key) != wanted.get(key)]
        replaces = [key for key in changed if (key not in _IN_PLACE if type_ == TASK_DEFINITION else key in _CREATE_ONLY)]
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed, replaces=replaces)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        type_, name = _what(request.urn)
        inputs = _dict(request.properties)
        with self._world.change() as content:
            content["done"].append(["create", type_, name])
            if type_ == PARAMETER and inputs["name"] in content["parameters"] and not inputs.get("overwrite"):
                context.abort(grpc.StatusCode.UNKNOWN, f"creating SSM Parameter ({inputs['name']}): ParameterAlreadyExists: The parameter already exists.")
            id_, outputs = _made(content, type_, name, inputs)
            failed = deploy(content, inputs["name"], inputs["taskDefinition"]) if type_ == SERVICE else ""
        if failed:
            _not_initialized(context, id_, outputs, inputs, failed)
        return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        type_, name = _what(request.urn)
        before, inputs = _dict(request.olds), _dict(request.news)
        outputs = {**before, **inputs}
        failed = ""
        if not request.preview:
            with self._world.change() as content:
                content["done"].append(["update", type_, name])
                if type_ == SERVICE and any(before.get(key) != value for key, value in inputs.items()):
                    failed = deploy(content, inputs["name"], inputs["taskDefinition"])
        if failed:
            _not_initialized(context, request.id, outputs, inputs, failed)
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        type_, name = _what(request.urn)
        state = _dict(request.properties)
        with self._world.change() as content:
            content["done"].append(["delete", type_, name])
            if type_ == TASK_DEFINITION and not state.get("skipDestroy"):
                content["revisions"][state["arn"]]["active"] = False
            if type_ == SERVICE:
                content["services"].pop(state["name"], None)
            if type_ == PARAMETER:
                content["parameters"].pop(state["name"], None)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        type_, _ = _what(request.urn)
        state = _dict(request.properties)
        if type_ == SERVICE:
            service = self._world.services().get(state["name"])
            if service is None:
                return provider_pb2.ReadResponse()
            state["taskDefinition"] = service["taskDefinition"]
        return provider_pb2.ReadResponse(id=request.id, inputs=request.inputs, properties=_struct(state))

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = self._look_up(request.tok, _dict(request.args))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})  # type: ignore[arg-type]

    def _look_up(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        zones = [f"{REGION}{letter}" for letter in "abc"]
        answers: dict[str, dict[str, Any]] = {
            "getAvailabilityZones": {"names": zones, "zoneIds": ["euw1-az1", "euw1-az2", "euw1-az3"], "groupNames": [REGION]},
            "getRegion": {"name": REGION, "region": REGION},
            "getCallerIdentity": {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT},
            "getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
            "getResources": {"resourceTagMappingLists": []},
            "getManagedPrefixList": {"id": "pl-1", **args},
        }
        name = token.rpartition(":")[2]
        if name == "getService":
            service = self._world.services()[args["serviceName"]]
            events = [{"id": str(index), "createdAt": "2026-01-01T00:00:00Z", "message": text} for index, text in enumerate(service["events"])]
            return {"id": "1", **args, **service, "desiredCount": 1, "pendingCount": 0, "events": events, "deployments": []}
        if name not in answers:
            raise NotImplementedError(f"the stand-in does not know {token}")
        return {"id": REGION, **answers[name]}


def _made(content: dict[str, Any], type_: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """ID and outputs of a new resource."""
    kind = type_.rpartition(":")[2]
    low = kind[0].lower() + kind[1:]
    id_ = f"{low}-{hashlib.sha256((type_ + name + str(len(content['done']))).encode()).hexdigest()[:12]}"
    named = str(inputs.get("name") or id_)
    arn = f"arn:aws:{type_.split(':')[1].split('/')[0]}:{REGION}:{ACCOUNT}:{low}/{named}"
    outputs = {"name": named, "arn": arn, **inputs}  # an ARN that is an input is another resource's
    if kind == "TaskDefinition":
        revision = 1 + sum(known["family"] == inputs["family"] for known in content["revisions"].values())
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{inputs['family']}:{revision}"
        images = [container["image"] for container in json.loads(inputs["containerDefinitions"])]
        content["revisions"][arn] = {"family": inputs["family"], "active": True, "images": images}
        outputs |= {"arn": arn, "revision": revision}
    elif kind == "LoadBalancer":
        outputs |= {"dnsName": f"{named}.elb.amazonaws.com", "zoneId": "Z1", "arnSuffix": f"app/{named}/1"}
    elif kind == "TargetGroup":
        outputs["arnSuffix"] = f"targetgroup/{named}/1"
    elif kind == "Distribution":
        outputs |= {"domainName": f"{id_}.cloudfront.net", "hostedZoneId": "Z2FDTNDATAQYW2"}
    elif kind == "Parameter":
        outputs["version"] = 1
        content["parameters"][inputs["name"]] = name
    return id_, outputs


def _not_initialized(context: Any, id_: str, outputs: dict[str, Any], inputs: dict[str, Any], reason: str) -> None:
    """Ends the call with the error that stands for a resource that is there but not as it should be."""
    failed = provider_pb2.ErrorResourceInitFailed(id=id_, properties=_struct(outputs), inputs=_struct(inputs), reasons=[reason])
    detail = any_pb2.Any()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)


def main(world: Path) -> None:
    """Serves until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(World(world)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
