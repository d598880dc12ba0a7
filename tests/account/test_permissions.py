"""What each role can do in effect: all that its containers need, and nothing of another node's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, deployed

NODES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
EXEC = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployed]:
    with deployed({"swarm": {"mode": "private"}}) as found:
        yield found


def task(stack: Deployed, node: str) -> dict[str, Any]:
    ecs = stack.client("ecs")
    return dict(ecs.describe_task_definition(taskDefinition=f"ipfs-cluster-test-ipfs-{node}")["taskDefinition"])


def policies(stack: Deployed, role_arn: str) -> list[dict[str, Any]]:
    iam = stack.client("iam")
    role = role_arn.rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [], "all that a role may do is seen here"
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]


def secret_arns(definition: dict[str, Any]) -> set[str]:
    return {secret["valueFrom"] for container in definition["containerDefinitions"] for secret in container.get("secrets", [])}


@pytest.mark.parametrize("node", NODES)
def test_a_node_reads_its_own_secrets_and_no_others(stack: Deployed, node: str) -> None:
    own = task(stack, node)
    execution = policies(stack, own["executionRoleArn"])
    assert len(secret_arns(own)) == 5
    for arn in secret_arns(own):
        assert allowed("ssm:GetParameters", arn, execution)
        assert not allowed("ssm:PutParameter", arn, execution)
    for other in NODES:
        private = {arn for arn in secret_arns(task(stack, other)) if "/nodes/" in arn}
        assert len(private) == 2
        for arn in private:
            assert allowed("ssm:GetParameters", arn, execution) is (other == node)
    assert not allowed("ssm:GetParameters", "arn:aws:ssm:eu-west-1:123456789012:parameter/someone/elses", execution)
    for arn in secret_arns(own):
        assert not allowed("ssm:GetParameters", arn, policies(stack, own["taskRoleArn"])), "the containers themselves read no parameters"


@pytest.mark.parametrize("node", NODES)
def test_a_node_writes_its_own_logs_and_no_others(stack: Deployed, node: str) -> None:
    execution = policies(stack, task(stack, node)["executionRoleArn"])
    for other in NODES:
        for container in ("configure", "ipfs", "ipfs-cluster"):
            stream = f"arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/{other}/{container}:log-stream:ecs/{container}/1"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                assert allowed(action, stream, execution) is (other == node)
            assert not allowed("logs:DeleteLogStream", stream, execution)


def mount(
    stack: Deployed, role_of: str, file_system_of: str, *, tls: str = "true", point: str | None = None, action: str = "ClientMount", anonymous: bool = False
) -> bool:
    """Whether the task of one node may mount the file system of another (or of its own), through one of that one's access points."""
    role = task(stack, role_of)["taskRoleArn"]
    system = stack.output("file_system_ids")[file_system_of]
    efs = stack.client("efs")
    arn = efs.describe_file_systems(FileSystemId=system)["FileSystems"][0]["FileSystemArn"]
    policy = json.loads(efs.describe_file_system_policy(FileSystemId=system)["Policy"])
    points = [p["AccessPointArn"] for p in efs.describe_access_points(FileSystemId=system)["AccessPoints"]]
    keys = {"aws__SecureTransport": tls}
    if point != "none":
        keys["elasticfilesystem__AccessPointArn"] = point or points[0]
    identity = [] if anonymous else policies(stack, role)
    return allowed(f"elasticfilesystem:{action}", arn, identity, policy, "" if anonymous else role, **keys)


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("other", NODES)
def test_a_node_mounts_its_own_file_system_and_no_others(stack: Deployed, node: str, other: str) -> None:
    for action in ("ClientMount", "ClientWrite"):
        assert mount(stack, node, other, action=action) is (node == other)
    assert not mount(stack, node, other, action="ClientRootAccess")


def test_not_without_tls_nor_beside_the_access_points_nor_anonymously(stack: Deployed) -> None:
    node = NODES[0]
    assert mount(stack, node, node)
    assert not mount(stack, node, node, tls="false")
    assert not mount(stack, node, node, point="none")
    assert not mount(stack, node, node, point="arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-other")
    assert not mount(stack, node, node, anonymous=True)


def test_an_administrator_comes_in_through_the_access_points_only(stack: Deployed) -> None:
    """EFS admits what either policy allows; the Denys hold for those whose own policy allows everything."""
    system = stack.output("file_system_ids")[NODES[0]]
    efs = stack.client("efs")
    arn = efs.describe_file_systems(FileSystemId=system)["FileSystems"][0]["FileSystemArn"]
    policy = json.loads(efs.describe_file_system_policy(FileSystemId=system)["Policy"])
    everything = [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}]
    admin = "arn:aws:iam::123456789012:role/admin"
    assert not allowed("elasticfilesystem:ClientMount", arn, everything, policy, admin, aws__SecureTransport="true")
    assert not allowed("elasticfilesystem:ClientRootAccess", arn, everything, policy, admin, aws__SecureTransport="true")


@pytest.mark.parametrize(("role", "if_exists"), [("executionRoleArn", "IfExists"), ("taskRoleArn", "")])
def test_only_ecs_tasks_of_the_account_take_a_role(stack: Deployed, role: str, if_exists: str) -> None:
    """AWS documents that ECS says for whom it takes a task role; of execution roles it says nothing."""
    for node in NODES:
        name = task(stack, node)[role].rpartition("/")[2]
        trust = stack.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        assert trust["Statement"] == [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    f"StringEquals{if_exists}": {"aws:SourceAccount": "123456789012"},
                    f"ArnLike{if_exists}": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"},
                },
            }
        ]


def test_exec_where_it_is_on(stack: Deployed) -> None:
    for node in NODES:
        on = policies(stack, task(stack, node)["taskRoleArn"])
        assert all(allowed(action, "*", on) for action in EXEC)
        assert f"--service-name ipfs-node-{node} " in stack.output("execute_commands")[node]
