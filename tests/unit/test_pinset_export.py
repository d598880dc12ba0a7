"""The task that writes the pinset to S3."""

from ipfs_cluster.daemons import pinset_export
from ipfs_cluster.daemons.images import Registries
from ipfs_cluster.daemons.pinset_export import Export
from ipfs_cluster.daemons.task import Secret

EXPORT = Export(
    cluster_image="ipfs/ipfs-cluster:v1.1.6",
    upload_image="public.ecr.aws/aws-cli/aws-cli:2.31.30",
    registries=Registries(),
    hosts=["a.example", "b.example"],
    bucket="pins",
    api=Secret("arn:api-credentials", "1"),
    region="eu-west-1",
    log_group="/logs",
)
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/logs",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "ecs",
        "mode": "non-blocking",
        "max-buffer-size": "1m",
    },
}
ASK = "ipfs-cluster-ctl --force-http --enc json --host /dns4/a.example/tcp/9094,/dns4/b.example/tcp/9094 pin ls > /export/pinset.json"


def test_the_whole_definitions() -> None:
    assert pinset_export.containers(EXPORT) == [
        {
            "name": "pins",
            "image": "ipfs/ipfs-cluster:v1.1.6",
            "essential": False,
            "user": "0",
            "entryPoint": ["/bin/sh", "-c"],
            "command": [f'set -eu; {ASK}; echo "$(grep -c "^{{" /export/pinset.json || true) pins"'],
            "secrets": [{"name": "CLUSTER_CREDENTIALS", "valueFrom": "arn:api-credentials"}],
            "mountPoints": [{"sourceVolume": "export", "containerPath": "/export"}],
            "logConfiguration": LOGS,
        },
        {
            "name": "upload",
            "image": "public.ecr.aws/aws-cli/aws-cli:2.31.30",
            "essential": True,
            "dependsOn": [{"containerName": "pins", "condition": "SUCCESS"}],
            "command": ["s3", "cp", "--no-progress", "/export/pinset.json", "s3://pins/pinset.json"],
            "mountPoints": [{"sourceVolume": "export", "containerPath": "/export", "readOnly": True}],
            "logConfiguration": LOGS,
        },
    ]


def test_a_family_has_no_revision() -> None:
    family = "arn:aws:ecs:eu-west-1:123456789012:task-definition/x-pinset-export"
    assert pinset_export.family_of(f"{family}:27") == family
