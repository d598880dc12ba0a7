"""Blocks in S3 on this machine: the user's own S3 service (for example MinIO) in place of AWS's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .compose import Node

EXAMPLE = '{"endpoint": "http://172.17.0.1:9000", "environment": {"AWS_ACCESS_KEY_ID": "…", "AWS_SECRET_ACCESS_KEY": "…"}}'


class BlocksError(Exception):
    """The S3 service is not named, or a request to it failed. The text is for the user."""


@dataclass(frozen=True)
class Service:
    """An S3 service that this machine and its containers reach at the same address."""

    endpoint: str
    environment: Mapping[str, str]
    """The variables in which kubo finds its credentials, with the names of AWS's SDKs."""

    def make(self, buckets: Sequence[str], region: str) -> None:
        """Creates the buckets that do not exist. Raises BlocksError."""
        client = self._client(region)
        try:
            there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
            for bucket in buckets:
                if bucket not in there:
                    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        except (BotoCoreError, ClientError) as error:
            raise BlocksError(f"the S3 service at {self.endpoint} cannot be used: {error}") from None

    def _client(self, region: str) -> Any:
        keys = [self.environment.get(name, "sandbox") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
        once = Config(connect_timeout=5, retries={"total_max_attempts": 1})
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=region, aws_access_key_id=keys[0], aws_secret_access_key=keys[1], config=once)


def read(file: Path) -> Service | None:
    """The service that a file names, if there is one. Raises BlocksError."""
    if not file.exists():
        return None
    try:
        given = json.loads(file.read_text())
        return Service(given["endpoint"], given.get("environment", {}))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BlocksError(f"{file} cannot be read ({error!r}); it should be like {EXAMPLE}") from None


def bucket(node: Node) -> str | None:
    """The bucket with a node's blocks, if they are in one."""
    spec = _spec(node)
    return str(spec["bucket"]) if spec else None


def redirected(node: Node, service: Service) -> Node:
    """The node with its blocks in the service's bucket of the same name."""

    def environment(variable: Mapping[str, str]) -> dict[str, str]:
        if variable["name"] != "KUBO_CONFIG":
            return dict(variable)
        settings = json.loads(variable["value"])
        settings["Datastore"]["Spec"]["mounts"][0]["child"]["regionEndpoint"] = service.endpoint
        return {**variable, "value": json.dumps(settings, separators=(",", ":"))}

    def container(given: Mapping[str, Any]) -> Mapping[str, Any]:
        if given["name"] not in ("configure", "ipfs"):
            return given
        credentials = [{"name": name, "value": value} for name, value in service.environment.items()]
        return {**given, "environment": [*map(environment, given["environment"]), *credentials]}

    return replace(node, containers=[container(given) for given in node.containers]) if _spec(node) else node


def _spec(node: Node) -> Mapping[str, Any] | None:
    for variable in node.containers[0].get("environment", []):
        if variable["name"] == "KUBO_CONFIG":
            spec = json.loads(variable["value"])["Datastore"].get("Spec")
            return dict(spec["mounts"][0]["child"]) if spec else None
    return None
