"""Experiments with the kit's own tasks, services and file system, outside the stack."""

import json
from typing import Any

from .. import oneoff
from ..aws import code
from ..context import Context
from ..errors import ProbeFailedError
from ..results import Probe, Result
from ..settings import BAD_TAG

_SLEEP = "sleep 7200"


def source_arn(ctx: Context) -> Result:
    """A task whose execution role requires aws:SourceArn and aws:SourceAccount."""
    definition = ctx.ecs.definition(ctx.nodes[0])
    given = definition["executionRoleArn"].rpartition("/")[2]
    partition, account = definition["executionRoleArn"].split(":")[1], definition["executionRoleArn"].split(":")[4]
    name = f"accept-{ctx.stack.name}-strict"[:64]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": f"arn:{partition}:ecs:{ctx.aws.region}:{account}:*"},
                },
            }
        ],
    }
    with ctx.loose("role", name, f"aws iam delete-role --role-name {name}  # after its inline policies"):
        role = ctx.aws.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "ipfs-cluster", "Value": ctx.flat}])
        for policy in ctx.aws.every("iam", "list_role_policies", "PolicyNames", RoleName=given):
            document = ctx.aws.call("iam", "get_role_policy", RoleName=given, PolicyName=policy)["PolicyDocument"]
            ctx.aws.call(
                "iam", "put_role_policy", RoleName=name, PolicyName=policy, PolicyDocument=document if isinstance(document, str) else json.dumps(document)
            )
        ctx.clock.sleep(20)  # IAM is eventually consistent
        ended = oneoff.run(ctx, "source-arn", "echo started", execution_role=role["Role"]["Arn"])
    if ended.exit_code == 0:
        return Result(["a task started whose execution role has strict conditions on both"], {"source-arn": "yes, both"})
    if "assume" in ended.reason.lower():
        return Result([ended.reason], {"source-arn": f"no, or not both: {ended.reason}"})
    raise ProbeFailedError(f"the task ended with {ended.exit_code} for another reason: {ended.reason}")


def efs_name(ctx: Context) -> Result:
    """A new file system; a task looks up its name every second while its mount target is created."""
    token = f"accept-{ctx.stack.name}"
    network = oneoff.network(ctx)["awsvpcConfiguration"]
    (subnet,) = ctx.aws.call("ec2", "describe_subnets", SubnetIds=network["subnets"][:1])["Subnets"]
    by_hand = f"aws efs describe-file-systems --region {ctx.aws.region} --creation-token {token}  # delete its mount targets, then it"
    with ctx.loose("file system", token, by_hand):
        system = ctx.aws.call(
            "efs",
            "create_file_system",
            CreationToken=token,
            Encrypted=True,
            AvailabilityZoneName=subnet["AvailabilityZone"],
            Backup=False,
            Tags=[{"Key": "ipfs-cluster", "Value": ctx.flat}, {"Key": "Name", "Value": token}],
        )["FileSystemId"]
        ctx.clock.until("the file system exists", lambda: _state(ctx, "describe_file_systems", "FileSystems", FileSystemId=system), 5, 3)
        host = f"{system}.efs.{ctx.aws.region}.amazonaws.com"
        script = (
            f'i=0; while [ $i -lt 900 ]; do if nslookup {host} >/dev/null 2>&1; then echo "resolved $(date +%s)"; exit 0; fi; i=$((i+1)); sleep 1; done; exit 1'
        )
        family, started = oneoff.family(ctx, "efs-name"), oneoff.started_by(ctx, "efs-name")
        with (
            ctx.loose("task definitions", family, f"aws ecs list-task-definitions --region {ctx.aws.region} --family-prefix {family}  # deregister them"),
            ctx.loose(
                "task", started, f"aws ecs list-tasks --region {ctx.aws.region} --cluster {ctx.ecs.cluster} --started-by {started}", cluster=ctx.ecs.cluster
            ),
        ):
            task = oneoff.start(ctx, "efs-name", oneoff.register(ctx, "efs-name", script))
            ctx.clock.until("the task runs", lambda: _runs(ctx, task), 10, 5)
            ctx.aws.call("efs", "create_mount_target", FileSystemId=system, SubnetId=subnet["SubnetId"], SecurityGroups=network["securityGroups"])
            ctx.clock.until("the mount target is available", lambda: _state(ctx, "describe_mount_targets", "MountTargets", FileSystemId=system), 10, 2)
            available = ctx.clock.now()
            ended = oneoff.wait_stopped(ctx, task, 20)
    observed = [line for line in ended.lines if line.startswith("resolved ")]
    if not observed:
        raise ProbeFailedError(f"the name did not resolve within 15 minutes: exit code {ended.exit_code}, {ended.reason}")
    seconds = float(observed[0].split()[1]) - available
    return Result(["looked up once a second from within the VPC"], {"efs-name": f"{seconds:.0f} s after the mount target was available"})


def _state(ctx: Context, operation: str, key: str, **given: Any) -> bool:
    found = ctx.aws.call("efs", operation, **given)[key]
    return bool(found) and all(one["LifeCycleState"] == "available" for one in found)


def _runs(ctx: Context, task: str) -> bool:
    (found,) = ctx.aws.call("ecs", "describe_tasks", cluster=ctx.ecs.cluster, tasks=[task])["tasks"]
    if found["lastStatus"] == "STOPPED":
        raise ProbeFailedError(f"the task stopped: {found.get('stoppedReason')}")
    return bool(found["lastStatus"] == "RUNNING")


def breaker(ctx: Context) -> Result:
    """The kit's own service: a first deployment that fails, and a rollback to a deregistered revision."""
    family, name = oneoff.family(ctx, "breaker"), f"accept-breaker-{ctx.stack.name}"
    bad = f"public.ecr.aws/docker/library/busybox:{BAD_TAG}"
    evidence: list[str] = []
    with ctx.loose("task definitions", family, f"aws ecs list-task-definitions --region {ctx.aws.region} --family-prefix {family}  # deregister them"):
        never = oneoff.register(ctx, "breaker", _SLEEP, image=bad)
        with _service(ctx, name):
            _create(ctx, name, never)
            status, why = _outcome(ctx, name, 45)
            first = f"{status}: {why}"
            evidence.append(f"first deployment with an image that does not exist: {first}")
        good = oneoff.register(ctx, "breaker", _SLEEP)
        again = f"{name}-2"
        with _service(ctx, again):
            _create(ctx, again, good)
            status, why = _outcome(ctx, again, 20)
            if status != "COMPLETED":
                raise ProbeFailedError(f"a service with a good image does not become steady: {status}: {why}")
            ctx.aws.call("ecs", "deregister_task_definition", taskDefinition=good)
            ctx.aws.call("ecs", "update_service", cluster=ctx.ecs.cluster, service=again, taskDefinition=oneoff.register(ctx, "breaker", _SLEEP, image=bad))
            rolled = ctx.clock.until("ECS has rolled back, or given up", lambda: _rolled_back(ctx, again, good), 45)
            evidence.append(f"rollback to a deregistered revision: {rolled}")
    return Result(evidence, {"first-breaker": first, "inactive-rollback": rolled})


def _service(ctx: Context, name: str) -> Any:
    by_hand = f"aws ecs delete-service --region {ctx.aws.region} --cluster {ctx.ecs.cluster} --service {name} --force"
    return ctx.loose("service", name, by_hand, cluster=ctx.ecs.cluster)


def _create(ctx: Context, name: str, revision: str) -> None:
    ctx.aws.call(
        "ecs",
        "create_service",
        cluster=ctx.ecs.cluster,
        serviceName=name,
        taskDefinition=revision,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration=oneoff.network(ctx),
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "minimumHealthyPercent": 0, "maximumPercent": 100},
        tags=oneoff.tags(ctx, "breaker"),
    )


def _described(ctx: Context, name: str) -> dict[str, Any]:
    return dict(ctx.aws.call("ecs", "describe_services", cluster=ctx.ecs.cluster, services=[name])["services"][0])


def _outcome(ctx: Context, name: str, minutes: float) -> tuple[str, str]:
    """The status of a service's finished deployment, and the reason."""

    def look() -> tuple[str, str] | None:
        for deployment in _described(ctx, name)["deployments"]:
            if deployment.get("rolloutState") in ("COMPLETED", "FAILED"):
                return deployment["rolloutState"], deployment.get("rolloutStateReason", "")
        return None

    state, why = ctx.clock.until(f"the deployment of service {name} is over", look, minutes)
    try:
        observed = ctx.aws.call("ecs", "list_service_deployments", cluster=ctx.ecs.cluster, service=name)["serviceDeployments"]
    except Exception as error:
        if not code(error):
            raise
        observed = []
    return state, "; ".join(filter(None, [why, *(f"service deployment {one['status']}" for one in observed[:1])]))


def _rolled_back(ctx: Context, name: str, good: str) -> str:
    service = _described(ctx, name)
    primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
    if primary["taskDefinition"] == good and primary.get("rolloutState") == "COMPLETED":
        return f"yes: {service['runningCount']} task runs, {primary.get('rolloutStateReason', '')}".strip()
    if primary.get("rolloutState") == "FAILED":
        return f"no: {primary.get('rolloutStateReason', '')}; {service['runningCount']} tasks run"
    return ""


PROBES = (
    Probe("efs-name", "How long a new file system's name takes to resolve.", 8, efs_name, ("efs-name",)),
    Probe("source-arn", "Which source ECS names when it assumes an execution role.", 4, source_arn, ("source-arn",)),
    Probe("breaker", "How the circuit breaker ends deployments.", 45, breaker, ("first-breaker", "inactive-rollback")),
)
