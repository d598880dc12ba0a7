"""What an account holds after a deployment: services, task definitions, and what each role may do."""

import json
from typing import Any

from sandbox.account import Account
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed

NODES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
"""The nodes of a deployment by default: one in each zone, and called like it."""

EXEC = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
"""The actions that ECS Exec needs."""


def services(stack: Deployed) -> dict[str, Any]:
    """The ECS services by name."""
    ecs = stack.client("ecs")
    cluster = stack.output("cluster_arn")
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    found = ecs.describe_services(cluster=cluster, services=arns, include=["TAGS"])["services"]
    return {service["serviceName"]: service for service in found}


def task_definition(stack: Deployed, node: str) -> dict[str, Any]:
    """The task definition that a node's service runs."""
    ecs = stack.client("ecs")
    (service,) = ecs.describe_services(cluster=stack.output("cluster_arn"), services=[f"ipfs-node-{node}"])["services"]
    return dict(ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"])


def policies(stack: Deployed, role_arn: str) -> list[dict[str, Any]]:
    """The policies of a role."""
    iam = stack.client("iam")
    role = role_arn.rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [], "all that a role may do is seen here"
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]


def may_mount(
    stack: Deployed, role_of: str, file_system_of: str, *, tls: str = "true", point: str | None = None, action: str = "ClientMount", anonymous: bool = False
) -> bool:
    """Whether the task of one node may mount the file system of another node (or its own), through an access point of that file system."""
    role = task_definition(stack, role_of)["taskRoleArn"]
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


def file_systems(stack: Deployed) -> list[dict[str, Any]]:
    """All file systems of the account."""
    return list(stack.client("efs").describe_file_systems()["FileSystems"])


def existing_file_system(account: Account, **more: Any) -> dict[str, Any]:
    """Makes a file system that is none of a stack's; gives an entry of storage.existing that names it."""
    system = account.client("efs").create_file_system(CreationToken="old", AvailabilityZoneName="eu-west-1a", Encrypted=True)["FileSystemId"]
    return {"fileSystemId": system, **more}
