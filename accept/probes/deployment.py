"""The deployment: does it come up, and does it stay as it is?"""

import json
from typing import Any

from ..context import Context
from ..errors import ProbeFailedError
from ..results import Probe, Result
from ..state import Loose
from .watching import fired_between


def deploy(ctx: Context) -> Result:
    """The first `up`."""
    began = ctx.clock.now()
    ctx.state.notes["deployed"] = began
    minutes = ctx.up()
    # Container Insights creates a log group by itself; noted changes are undone when the cluster is gone.
    insights = f"/aws/ecs/containerinsights/{ctx.ecs.cluster.rpartition('/')[2]}/performance"
    ctx.state.add_loose(Loose("log group", insights, ctx.aws.region, {}, f"aws logs delete-log-group --region {ctx.aws.region} --log-group-name {insights}"))
    services = ctx.ecs.services()
    not_running = [node for node, service in services.items() if service["runningCount"] < 1]
    if not_running:
        raise ProbeFailedError(f"`up` succeeded, but no task runs of {', '.join(not_running)}")
    fired = fired_between(ctx, began, ctx.clock.now())
    said = ", ".join(fired) or "none"
    evidence = [f"{len(ctx.state.resources)} resources, {len(services)} nodes", f"`up` took {minutes:.0f} minutes", f"alarms that fired meanwhile: {said}"]
    if fired:
        raise ProbeFailedError(f"alarms fired during the first deployment: {said}")
    return Result(evidence, {"minutes-up": f"{minutes:.0f}", "first-up-alarms": said})


def second_up(ctx: Context) -> Result:
    """A second `up`, a refresh, and a preview after them."""
    result = Result()
    changed = [str(change) for change in ctx.stack.up()]
    result.evidence.append(f"second `up`: {'; '.join(changed) or 'no changes'}")
    refreshed = [str(change) for change in ctx.stack.refresh()]
    result.evidence.append(f"refresh: {'; '.join(refreshed) or 'no differences'}")
    after = [str(change) for change in ctx.stack.preview()]
    result.evidence.append(f"`up` after the refresh would: {'; '.join(after) or 'change nothing'}")
    filled = _filled_in(ctx)
    lifecycle = _lifecycle(ctx)
    result.answers = {
        "second-up": f"second up: {len(changed)} changes; refresh: {len(refreshed)} differences; up after it: {len(after)} changes",
        "restart-policy": f"ECS added {', '.join(filled)}" if filled else "no: ECS returns what was registered",
        "lifecycle-order": lifecycle,
    }
    if changed or after:
        raise ProbeFailedError("; ".join(result.evidence))
    return result


def _filled_in(ctx: Context) -> list[str]:
    """Keys of restartPolicy that ECS added to what the program registered."""
    asked: dict[str, dict[str, Any]] = {}
    for one in ctx.stack.resources():
        if one.type == "aws:ecs/taskDefinition:TaskDefinition" and isinstance(one.inputs.get("containerDefinitions"), str):
            asked[one.inputs["family"]] = {
                container["name"]: container.get("restartPolicy", {}) for container in json.loads(one.inputs["containerDefinitions"])
            }
    found: set[str] = set()
    for node in ctx.nodes:
        definition = ctx.ecs.definition(node)
        for container in definition["containerDefinitions"]:
            known = asked.get(definition["family"], {}).get(container["name"], {})
            found |= {f"{container['name']}.restartPolicy.{key}" for key, value in container.get("restartPolicy", {}).items() if known.get(key) != value}
    return sorted(found)


def _lifecycle(ctx: Context) -> str:
    """The order of a file system's policies as EFS returns them, compared with the registered order."""
    system = next(one for one in ctx.stack.resources() if one.type == "aws:efs/fileSystem:FileSystem")
    asked = [next(key for key, value in policy.items() if value) for policy in system.inputs.get("lifecyclePolicies", [])]
    got = [next(iter(policy)) for policy in ctx.aws.call("efs", "describe_lifecycle_configuration", FileSystemId=system.id)["LifecyclePolicies"]]
    same = [key.lower() for key in asked] == [key.lower() for key in got]
    return f"{'as given' if same else 'another one'}: given {', '.join(asked)}; returned {', '.join(got)}"


def check(ctx: Context) -> Result:
    """`python -m ipfs_cluster.check`."""
    lines: list[str] = []
    outputs = {**ctx.all_outputs(), "api_url": ctx.web.located(ctx.output("api_url")), "gateway_url": ctx.web.located(ctx.output("gateway_url"))}
    ctx.check(outputs, lines.append)
    return Result(lines)


PROBES = (
    Probe("deploy", "The program comes up in an empty account, and no alarm fires meanwhile.", 25, deploy, ("minutes-up", "first-up-alarms"), needs=()),
    Probe("second-up", "A second `up` and a refresh change nothing.", 6, second_up, ("second-up", "restart-policy", "lifecycle-order")),
    Probe("check", "`python -m ipfs_cluster.check` passes: add, pin, read, unpin.", 2, check),
)
