"""Pure: the task that writes the pinset to S3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import task
from .images import Registries

OBJECT = "pinset.json"
"""The object's key; its earlier versions are the earlier exports."""

_FOLDER = "/export"


@dataclass(frozen=True, kw_only=True)
class Export:
    """What the task's containers are made from."""

    cluster_image: str
    upload_image: str
    registries: Registries
    hosts: Sequence[str]
    """The nodes' DNS names."""
    bucket: str
    api: task.Secret
    region: str
    log_group: str


def containers(export: Export) -> list[dict[str, Any]]:
    """The task's containers: one asks the first node that answers for all pins, the other one sends them to S3."""
    hosts_option = ",".join(f"/dns4/{host}/tcp/{task.API_PORT}" for host in export.hosts)
    file = f"{_FOLDER}/{OBJECT}"
    logs = task.log_configuration(export.log_group, export.region, "1m")
    shared = {"sourceVolume": "export", "containerPath": _FOLDER}
    pins, upload = export.registries.source(export.cluster_image), export.registries.source(export.upload_image)
    return [
        {
            "name": "pins",
            **pins.properties(),
            "essential": False,
            # The task's own volume belongs to root.
            "user": "0",  # its group would have to be a positive number
            "entryPoint": ["/bin/sh", "-c"],
            "command": [
                f'set -eu; ipfs-cluster-ctl --force-http --enc json --host {hosts_option} pin ls > {file}; echo "$(grep -c "^{{" {file} || true) pins"'
            ],
            "secrets": [{"name": "CLUSTER_CREDENTIALS", "valueFrom": export.api.arn}],
            "mountPoints": [shared],
            "logConfiguration": logs,
        },
        {
            "name": "upload",
            **upload.properties(),
            "essential": True,
            "dependsOn": [{"containerName": "pins", "condition": "SUCCESS"}],
            "command": ["s3", "cp", "--no-progress", file, f"s3://{export.bucket}/{OBJECT}"],
            "mountPoints": [{**shared, "readOnly": True}],
            "logConfiguration": logs,
        },
    ]


def family_of(task_definition_arn: str) -> str:
    """The ARN of a task definition without its revision, by which ECS finds the newest one."""
    return task_definition_arn.rpartition(":")[0]
