"""A stand-in for pulumi-resource-aws, for the real engine: ``python -m tests.helpers.provider <world.json> <Region>``.

It makes up IDs, keeps what it made in the world's file, and fails as the bridged provider does. An update or create of an ECS service whose tasks
do not start ends in an error, with the new inputs kept in the state and the resource marked as not initialized (terraform-plugin-sdk keeps the
proposed configuration on an error; pulumi-terraform-bridge reports it as ErrorResourceInitFailed). ECS went back to the revision that ran
before, or runs nothing if there was none. An update that changes nothing does nothing, and does not wait.
"""

import json
import sys
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.rpc import UNKNOWN

from tests.helpers.differences import diff
from tests.helpers.world import PARAMETER, SERVICE, World, created, deleted, deploy, look_up


def _struct(value: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(value), struct_pb2.Struct())


def _dict(value: struct_pb2.Struct) -> dict[str, Any]:
    return dict(json_format.MessageToDict(value))


def _what(urn: str) -> tuple[str, str]:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1], urn.rsplit("::", maxsplit=1)[-1]


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
        # An explicit provider's own Region; otherwise the stack's.
        self._world = World(self._world.file, request.variables.get("aws:config:region", self._world.region))
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
        type_, _ = _what(request.urn)
        return diff(type_, _dict(request.olds), _dict(request.old_inputs), _dict(request.news))

    def _reach(self, context: Any, properties: Mapping[str, Any]) -> None:
        """Ends the call if the Region that it goes to, a resource's own one or the provider's, does not answer."""
        region = properties.get("region") or self._world.region
        if region in self._world.read()["lost"]:
            context.abort(grpc.StatusCode.UNKNOWN, f"dial tcp: lookup ec2.{region}.amazonaws.com: no such host")

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        type_, name = _what(request.urn)
        inputs = _dict(request.properties)
        self._reach(context, inputs)
        with self._world.change() as content:
            content["done"].append(["create", type_, name])
            if type_ == PARAMETER and inputs["name"] in content["parameters"] and not inputs.get("overwrite"):
                context.abort(grpc.StatusCode.UNKNOWN, f"creating SSM Parameter ({inputs['name']}): ParameterAlreadyExists: The parameter already exists.")
            id_, outputs = created(content, type_, name, inputs)
            failed = deploy(content, inputs["name"], inputs["taskDefinition"]) if type_ == SERVICE else ""
        if failed:
            _not_initialized(context, id_, outputs, inputs, failed)
        return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        type_, name = _what(request.urn)
        before, inputs = _dict(request.olds), _dict(request.news)
        self._reach(context, inputs)
        outputs = {**before, **inputs}
        if type_ == PARAMETER and before["value"] != inputs["value"]:
            outputs["version"] = UNKNOWN if request.preview else before["version"] + 1
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
        self._reach(context, state)
        with self._world.change() as content:
            content["done"].append(["delete", type_, name])
            deleted(content, type_, request.id, state)
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
        self._reach(context, {})
        answer = look_up(self._world, request.tok, _dict(request.args))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})  # type: ignore[arg-type]


def _not_initialized(context: Any, id_: str, outputs: dict[str, Any], inputs: dict[str, Any], reason: str) -> None:
    """Ends the call with the error that stands for a resource that is there but not as it should be."""
    failed = provider_pb2.ErrorResourceInitFailed(id=id_, properties=_struct(outputs), inputs=_struct(inputs), reasons=[reason])
    detail = any_pb2.Any()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)


def serve(provider: "Provider") -> None:
    """Serves until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", 400 * 1024 * 1024)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(Provider(World(Path(sys.argv[1]), sys.argv[2])))
