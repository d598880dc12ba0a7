"""What each role can do in effect: all that its containers need, and nothing of another node's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.account import EXEC, NODES, may_mount, policies, task_definition
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, deployed


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployed]:
    with deployed({"swarm": {"mode": "private"}}) as found:
        yield found


def secret_arns(definition: dict[str, Any]) -> set[str]:
    return {secret["valueFrom"] for container in definition["containerDefinitions"] for secret in container.get("secrets", [])}


@pytest.mark.parametrize("node", NODES)
def test_a_node_reads_its_own_secrets_and_no_others(stack: Deployed, node: str) -> None:
    own = task_definition(stack, node)
    execution = policies(stack, own["executionRoleArn"])
    assert len(secret_arns(own)) == 5
    for arn in secret_arns(own):
        assert allowed("ssm:GetParameters", arn, execution)
        assert not allowed("ssm:PutParameter", arn, execution)
    for other in NODES:
        private = {arn for arn in secret_arns(task_definition(stack, other)) if "/nodes/" in arn}
        assert len(private) == 2
        for arn in private:
            assert allowed("ssm:GetParameters", arn, execution) is (other == node)
    assert not allowed("ssm:GetParameters", "arn:aws:ssm:eu-west-1:123456789012:parameter/someone/elses", execution)
    for arn in secret_arns(own):
        assert not allowed("ssm:GetParameters", arn, policies(stack, own["taskRoleArn"])), "the containers themselves read no parameters"


@pytest.mark.parametrize("node", NODES)
def test_a_node_writes_its_own_logs_and_no_others(stack: Deployed, node: str) -> None:
    execution = policies(stack, task_definition(stack, node)["executionRoleArn"])
    for other in NODES:
        for container in ("configure", "ipfs", "ipfs-cluster"):
            stream = f"arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/{other}/{container}:log-stream:ecs/{container}/1"
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                assert allowed(action, stream, execution) is (other == node)
            assert not allowed("logs:DeleteLogStream", stream, execution)


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("other", NODES)
def test_a_node_mounts_its_own_file_system_and_no_others(stack: Deployed, node: str, other: str) -> None:
    for action in ("ClientMount", "ClientWrite"):
        assert may_mount(stack, node, other, action=action) is (node == other)
    assert not may_mount(stack, node, other, action="ClientRootAccess")


def test_not_without_tls_nor_beside_the_access_points_nor_anonymously(stack: Deployed) -> None:
    node = NODES[0]
    assert may_mount(stack, node, node)
    assert not may_mount(stack, node, node, tls="false")
    assert not may_mount(stack, node, node, point="none")
    assert not may_mount(stack, node, node, point="arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-other")
    assert not may_mount(stack, node, node, anonymous=True)


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
        name = task_definition(stack, node)[role].rpartition("/")[2]
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
        on = policies(stack, task_definition(stack, node)["taskRoleArn"])
        assert all(allowed(action, "*", on) for action in EXEC)
        assert f"--service-name ipfs-node-{node} " in stack.output("execute_commands")[node]
