"""The removal, and what stays."""

from collections.abc import Callable, Mapping

from .. import loose
from ..aws import EDGE_REGION, code
from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..results import Probe, Result
from ..stack import EngineFailedError
from ..state import Loose
from .watching import look_up, outcomes, places

_INSIGHTS = "log group"
"""The kinds that ECS would recreate as long as the cluster exists."""


def destroy(ctx: Context) -> Result:
    """`pulumi destroy`; a second time if it stops half-way."""
    evidence = []
    for noted in [one for one in ctx.state.loose if one.kind not in (_INSIGHTS, "vault to expire")]:
        failed = loose.take_back(ctx, noted)
        evidence.append(f"{noted.kind} {noted.id}, left by a probe: {failed or 'removed'}")
    ctx.note_resources()
    ctx.state.notes["retained"] = ctx.stack.outputs().get("retained")
    _note_service_group(ctx)
    began = ctx.clock.now()
    ctx.state.notes["destroying"] = began
    try:
        ctx.stack.destroy()
    except EngineFailedError as error:
        evidence.append(f"the first `destroy` stopped: {error}")
        ctx.say("`destroy` stopped; trying again")
        ctx.stack.destroy()
    minutes = (ctx.clock.now() - began) / 60
    left = ctx.stack.resources()
    if left:
        raise ProbeFailedError(f"`destroy` succeeded, but the state still holds {', '.join(f'{one.type} {one.name}' for one in left)}")
    ctx.stack.remove()
    ctx.state.stack_removed = True
    ctx.state.pending = []
    ctx.state.save()
    return Result([*evidence, f"`destroy` took {minutes:.0f} minutes"], {"minutes-destroy": f"{minutes:.0f}"})


def _note_service_group(ctx: Context) -> None:
    vpcs = [one["id"] for one in ctx.state.resources if one["type"] == "aws:ec2/vpc:Vpc"]
    if vpcs:
        groups = ctx.aws.every("ec2", "describe_security_groups", "SecurityGroups", Filters=[{"Name": "vpc-id", "Values": vpcs[:1]}])
        ctx.state.notes["vpc"] = vpcs[0]
        ctx.state.notes["service_group"] = [group["GroupId"] for group in groups if group["GroupName"].startswith("CloudFront-VPCOrigins")]


def after_destroy(ctx: Context) -> Result:
    """What CloudTrail recorded of the removal."""
    origins = {one["id"] for one in ctx.state.resources if one["type"] == "aws:cloudfront/vpcOrigin:VpcOrigin"}
    if not origins:
        raise NotApplicableError("the stack had no VPC origin")
    deleted = look_up(ctx, lambda event: (event.get("requestParameters") or {}).get("id") in origins, "DeleteVpcOrigin", 20, EDGE_REGION)
    if not deleted:
        raise NotApplicableError("CloudTrail has no DeleteVpcOrigin within 20 minutes; may these credentials call cloudtrail:LookupEvents?")
    vpc, groups = ctx.state.notes.get("vpc"), ctx.state.notes.get("service_group") or []
    vpcs = look_up(ctx, lambda event: (event.get("requestParameters") or {}).get("vpcId") == vpc, "DeleteVpc", 5)
    there = []
    for group in groups:
        try:
            there += ctx.aws.call("ec2", "describe_security_groups", GroupIds=[group])["SecurityGroups"]
        except Exception as error:
            if code(error) != "InvalidGroup.NotFound":
                raise
    seen = f"it was {'there' if groups else 'NOT there'} before, and is {'still there' if there else 'gone'}; DeleteVpc: {outcomes(vpcs)}"
    answers = {"delete-vpc-origin": outcomes(deleted), "service-security-group": seen}
    if there:
        raise ProbeFailedError(f"CloudFront's security group stays: {', '.join(groups)}; {seen}")
    return Result([f"DeleteVpcOrigin: {outcomes(deleted)}", f"CloudFront's security group: {seen}"], answers)


def leftovers(ctx: Context) -> Result:
    """What still has the cluster's tag, in all Regions used, except what was announced to stay."""
    for noted in [one for one in ctx.state.loose if one.kind == _INSIGHTS]:
        loose.take_back(ctx, noted)
    retained = ctx.state.notes.get("retained")
    named = [str(value) for value in retained.values()] if isinstance(retained, dict) else []
    announced = {value for one in ctx.state.notes.get("ever_kept", []) for value in (one["arn"], _family(one["arn"]), one["id"]) if value} | set(named)
    kept = [one for one in ctx.state.resources if one["kept"] and one["arn"]]
    unnamed = [one["name"] for one in kept if retained is not None and not {one["arn"], _family(one["arn"])} & set(named)]

    def unexpected() -> list[str]:
        noted = {one.id for one in ctx.state.loose}
        return [one for one in [*tagged(ctx), *untagged(ctx)] if not {one, _family(one)} & announced and not any(one.endswith(id_) for id_ in noted)]

    left: list[str] = unexpected()
    deadline = ctx.clock.now() + 15 * 60
    while left and ctx.clock.now() < deadline:  # the tagging service notices a deletion some minutes later
        ctx.clock.sleep(30)
        left = unexpected()
    there = [one for one in tagged(ctx) if one not in left]
    ctx.state.notes["left"] = left
    ctx.state.notes["kept"] = sorted(f"{one['type']} {one['id']}" for one in ctx.state.notes.get("ever_kept", []) if "/taskDefinition:" not in one["type"])
    evidence = [
        f"looked in {', '.join(places(ctx))} for the tag ipfs-cluster={ctx.flat}",
        f"announced to stay: {', '.join([*ctx.state.notes['kept'], *_families(ctx)]) or 'nothing'}; found of it: {', '.join(there) or 'nothing'}",
        *_retire(ctx),
    ]
    stays = [f"{one.kind} {one.id} in {one.region}" for one in ctx.state.loose]
    problems = [
        *([f"left behind, and not announced: {', '.join(left)}"] if left else []),
        *([f"could not be removed: {', '.join(stays)}"] if stays else []),
        *([f"kept, but not named by the output `retained`: {', '.join(unnamed)}"] if unnamed else []),
    ]
    if problems:
        raise ProbeFailedError("; ".join([*problems, *evidence]))
    return Result([*evidence, "nothing else"])


def _family(arn: str) -> str:
    """The ARN of a task definition's family; any other ARN unchanged."""
    return arn.rpartition(":")[0] if ":task-definition/" in arn and arn.count(":") == 6 else arn


def _families(ctx: Context) -> list[str]:
    """The task definition families whose revisions stay."""
    return sorted({_family(one["arn"]) for one in ctx.state.notes.get("ever_kept", []) if one["type"] == "aws:ecs/taskDefinition:TaskDefinition"})


def _retire(ctx: Context) -> list[str]:
    """Deregisters the revisions that stay by design: nobody needs those of a test stack."""
    found = []
    for arn in _families(ctx):
        family = arn.rpartition("/")[2]
        command = f"aws ecs list-task-definitions --region {ctx.aws.region} --family-prefix {family}  # deregister them"
        failed = loose.take_back(ctx, ctx.state.add_loose(Loose("task definitions", family, ctx.aws.region, {}, command)))
        found.append(f"the revisions of {family}, which stay by design, were {failed or 'deregistered'}")
    return found


def tagged(ctx: Context) -> list[str]:
    """The ARNs that have the cluster's tag and still exist."""
    found: dict[str, None] = {}
    for place in places(ctx):
        answer = ctx.aws.every(
            "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", at=place, TagFilters=[{"Key": "ipfs-cluster", "Values": [ctx.flat]}]
        )
        found |= dict.fromkeys(one["ResourceARN"] for one in answer)
    return [arn for arn in found if not _is_gone(ctx, arn)]


def _is_gone(ctx: Context, arn: str) -> bool:
    """Whether it is deleted: ECS still lists deleted resources."""
    service, kind = arn.split(":")[2], arn.split(":", 5)[5].partition("/")[0]
    look = _SHADOWS.get((service, kind))
    return look is not None and look(ctx, arn)


def _inactive_service(ctx: Context, arn: str) -> bool:
    cluster = arn.split("/")[1]
    try:
        found = ctx.aws.call("ecs", "describe_services", cluster=cluster, services=[arn])["services"]
    except Exception as error:
        if code(error) != "ClusterNotFoundException":
            raise
        return True
    return all(one["status"] == "INACTIVE" for one in found)


def _inactive_cluster(ctx: Context, arn: str) -> bool:
    return all(one["status"] == "INACTIVE" for one in ctx.aws.call("ecs", "describe_clusters", clusters=[arn])["clusters"])


def _inactive_revision(ctx: Context, arn: str) -> bool:
    try:
        return bool(ctx.aws.call("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"]["status"] != "ACTIVE")
    except Exception as error:
        if code(error) != "ClientException":
            raise
        return True


def _stopped_task(ctx: Context, arn: str) -> bool:
    try:
        return all(one["lastStatus"] == "STOPPED" for one in ctx.aws.call("ecs", "describe_tasks", cluster=arn.split("/")[1], tasks=[arn])["tasks"])
    except Exception as error:
        if code(error) != "ClusterNotFoundException":
            raise
        return True


_SHADOWS: Mapping[tuple[str, str], Callable[[Context, str], bool]] = {
    ("ecs", "cluster"): _inactive_cluster,
    ("ecs", "service"): _inactive_service,
    ("ecs", "task"): _stopped_task,
    ("ecs", "task-definition"): _inactive_revision,
}


def untagged(ctx: Context) -> list[str]:
    """What the tagging service does not list: roles, and log groups that AWS's services create."""
    found = []
    for one in ctx.state.resources:
        if one["type"] == "aws:iam/role:Role":
            try:
                found.append(ctx.aws.call("iam", "get_role", RoleName=one["id"])["Role"]["Arn"])
            except Exception as error:
                if code(error) != "NoSuchEntity":
                    raise
    cluster = next((one["arn"].rpartition("/")[2] for one in ctx.state.resources if one["type"] == "aws:ecs/cluster:Cluster"), "")
    for prefix in (f"{ctx.path}/", *([f"/aws/ecs/containerinsights/{cluster}/"] if cluster else [])):
        found += [group["logGroupName"] for group in ctx.aws.every("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)]
    return found


PROBES = (
    Probe("destroy", "`destroy` removes the stack.", 35, destroy, ("minutes-destroy",), needs=(), removal=True),
    Probe(
        "after-destroy",
        "CloudFront leaves nothing behind in the VPC.",
        10,
        after_destroy,
        ("delete-vpc-origin", "service-security-group"),
        needs=("deploy", "destroy"),
        removal=True,
    ),
    Probe("leftovers", "Nothing is left except what was announced.", 5, leftovers, needs=(), removal=True),
)
