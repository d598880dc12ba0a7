"""The whole container definitions that ECS gets, of two deployments. Generated values are taken from the deployment.

tests/unit/test_task.py has the settings of each kind of node. These tests show that the configuration reaches them.
"""

import json
from typing import Any

from ipfs_cluster.daemons.kubo import BOOTSTRAP_PEERS
from ipfs_cluster.spelling import camel_case

from tests.helpers import containers as expected
from tests.helpers.account import NODES
from tests.helpers.containers import Containers, Generated
from tests.helpers.support import Deployed, deployed, inputs_of
from tests.helpers.tasks import readable

PARAMETERS = "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/test"
SHARED = ("api-credentials", "cluster-secret", "collector-configuration", "pinning-service-credentials", "swarm-key")


def containers(stack: Deployed, node: str) -> Containers:
    inputs = stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{node}-task")
    return expected.with_parsed_config(readable(json.loads(inputs["containerDefinitions"])))


def generated(stack: Deployed, node: str) -> Generated:
    names = {**{f"{daemon}-private-key": f"nodes/{node}/{daemon}-private-key" for daemon in ("kubo", "cluster")}, **{secret: secret for secret in SHARED}}
    versions = {inputs["name"]: "1" for inputs in (inputs_of(r) for r in stack.registered("aws:ssm/parameter:Parameter"))}
    return Generated(
        node=node,
        zone=node,
        dns_names={name: f"ipfs-node-{name}.ipfs.test.ipfs-cluster.internal" for name in stack.output("dns_names")},
        kubo_peer_ids=stack.output("kubo_peer_ids"),
        cluster_peer_ids=stack.output("cluster_peer_ids"),
        secrets={secret: f"{PARAMETERS}/{name}" for secret, name in names.items()},
        versions={secret: versions.get(f"/ipfs/ipfs-cluster/test/{name}", "") for secret, name in names.items()},
        log_groups={container: f"/ipfs/ipfs-cluster/test/{node}/{container}" for container in ("configure", "ipfs", "ipfs-cluster", "metrics")},
        spelling=camel_case,
    )


def assert_equal(found: Containers, wanted: Containers) -> None:
    assert list(found) == list(wanted)
    for name, definition in wanted.items():
        assert found[name] == definition, name


def test_without_any_configuration() -> None:
    with deployed({"monitoring": {}}) as stack:
        assert list(stack.output("dns_names")) == NODES
        for node in NODES:
            values = generated(stack, node)
            assert_equal(containers(stack, node), expected.monitored(expected.public(values, BOOTSTRAP_PEERS), values))


def test_a_private_swarm_with_blocks_in_s3_and_the_pinning_service() -> None:
    groups: dict[str, Any] = {
        "nodes": {"count": 2, "kuboImage": "example.com/kubo-s3:v0.43.1"},
        "swarm": {"mode": "private"},
        "storage": {"datastore": "s3"},
        "api": {"pinningService": True},
    }
    with deployed(groups) as stack:
        for node in NODES[:2]:
            values, bucket = generated(stack, node), stack.output("block_buckets")[node]
            wanted = expected.in_private_swarm(expected.public(values, BOOTSTRAP_PEERS), values)
            wanted = expected.with_blocks_in_s3(wanted, bucket, "example.com/kubo-s3:v0.43.1")
            assert_equal(containers(stack, node), expected.with_pinning_service(wanted, values))


def test_the_task_around_the_containers() -> None:
    with deployed({"nodes": {"count": 1}}) as stack:
        inputs = stack.inputs("aws:ecs/taskDefinition:TaskDefinition", "ipfs-eu-west-1a-task")
        del inputs["containerDefinitions"]
        (points,) = [{volume["name"]: volume["efsVolumeConfiguration"] for volume in inputs.pop("volumes")}]
        system = stack.output("file_system_ids")["eu-west-1a"]
        found = stack.client("efs").describe_access_points(FileSystemId=system)["AccessPoints"]
        paths = {point["RootDirectory"]["Path"]: point["AccessPointId"] for point in found}
        assert points == {
            volume: {
                "fileSystemId": system,
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": paths[f"/{volume}"], "iam": "ENABLED"},
            }
            for volume in ("ipfs", "ipfs-cluster")
        }
        roles = {kind: inputs.pop(f"{kind}RoleArn").rpartition("/")[2] for kind in ("task", "execution")}
        assert all(name.startswith(f"ipfs-eu-west-1a-{kind}-") for kind, name in roles.items())
        del inputs["tags"]
        assert inputs == {
            "family": "ipfs-cluster-test-ipfs-eu-west-1a",
            "cpu": "512",
            "memory": "2048",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
            "skipDestroy": True,
        }
