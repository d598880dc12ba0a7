"""What happens to nodes: updates, kills, failed updates, more and fewer of them."""

import re
from collections.abc import Sequence

from ipfs_cluster.inputs.monitoring import ResolvedMonitoring

from .. import settings
from ..context import Context
from ..errors import ProbeFailedError
from ..results import Probe, Result
from ..stack import EngineFailedError, Groups
from .data import stream
from .watching import fired_between


def roll(ctx: Context) -> Result:
    """A changed setting replaces the nodes one after another, while clients read and add."""
    before = ctx.ecs.revisions()
    flowing = stream(ctx)
    began = ctx.clock.now()
    groups = settings.changed(ctx.groups, "monitoring", kuboLogLevel="warn")
    minutes = ctx.during(lambda: ctx.up(groups), flowing.once)
    ctx.groups = ctx.state.notes["groups"] = groups
    after = ctx.ecs.revisions()
    same = [node for node in ctx.nodes if before[node] == after[node]]
    if same:
        raise ProbeFailedError(f"`up` succeeded, but {', '.join(same)} still run the previous revision")
    evidence = flowing.settle()
    fired = fired_between(ctx, began, ctx.clock.now())
    each = minutes / len(ctx.nodes)
    evidence += [f"{minutes:.1f} minutes for {len(ctx.nodes)} nodes", f"alarms that fired meanwhile: {', '.join(fired) or 'none'}"]
    if fired:
        raise ProbeFailedError("; ".join([f"alarms fired during an ordinary update: {', '.join(fired)}", *evidence]))
    return Result(evidence, {"minutes-node": f"{each:.1f}"})


def killed(ctx: Context) -> Result:
    """A task is stopped from outside, like a failure, while clients read and add."""
    node = ctx.nodes[-1]
    tasks = ctx.ecs.tasks(node)
    if not tasks:
        raise ProbeFailedError(f"node {node} runs no task")
    flowing = stream(ctx)
    began = ctx.clock.now()
    ctx.aws.call("ecs", "stop_task", cluster=ctx.ecs.cluster, task=tasks[0]["taskArn"], reason="acceptance kit: a task is killed")
    minutes = ctx.during(lambda: ctx.ecs.wait_healthy(node, tasks[0]["taskArn"]), flowing.once)
    evidence = flowing.settle()
    fired = fired_between(ctx, began, ctx.clock.now())
    evidence += [f"node {node} was healthy again after {minutes:.1f} minutes", f"alarms that fired meanwhile: {', '.join(fired) or 'none'}"]
    if unexpected_alarms(fired, node, minutes):
        raise ProbeFailedError("; ".join([f"alarms fired although one node was away for {minutes:.1f} minutes", *evidence]))
    return Result(evidence)


def unexpected_alarms(fired: Sequence[str], node: str, minutes: float) -> list[str]:
    """The alarms that should not have fired while one node was away. After the minutes that the alarms on it allow, they fire correctly."""
    allowed = ResolvedMonitoring().node_alarm_minutes
    # A node that does not answer the load balancer fires after three fifths of the minutes.
    expected = [*(["unhealthy-"] if minutes >= allowed * 3 / 5 else []), *([f"node-down-{node}"] if minutes >= allowed else [])]
    return [alarm for alarm in fired if not any(name in alarm for name in expected)]


def failed_update(ctx: Context) -> Result:
    """An image that does not exist: `up` fails, fails again the next time, and leaves the other nodes alone; the right image repairs it."""
    before = ctx.ecs.revisions()
    first, others = ctx.nodes[0], ctx.nodes[1:]
    bad = settings.changed(ctx.groups, "nodes", kuboImage=_badly_tagged(ctx))
    evidence = []
    try:
        for attempt in ("first", "second"):
            began = ctx.clock.now()
            words = _fails(ctx, bad)
            if not words:
                raise ProbeFailedError(f"the {attempt} `up` with an image that does not exist succeeded")
            evidence.append(f"the {attempt} `up` failed after {(ctx.clock.now() - began) / 60:.1f} minutes: {' / '.join(words.splitlines()[:4])}")
            touched = [node for node in others if ctx.ecs.revisions()[node] != before[node]]
            if touched:
                raise ProbeFailedError(f"the {attempt} failed `up` touched {', '.join(touched)} too")
            if first not in words:
                raise ProbeFailedError(f"the {attempt} `up` does not say which node failed ({first}): {words}")
            running = ctx.ecs.revisions()[first]
            status = ctx.ecs.definition(first)["status"]
            if status != "ACTIVE":
                raise ProbeFailedError(f"after the {attempt} failed `up` node {first} runs {running.rpartition('/')[2]}, which is {status}")
    finally:
        minutes = ctx.up()
    asked = ctx.ecs.services()
    wrong = [node for node, service in asked.items() if service["runningCount"] < 1]
    images = {one["image"] for node in ctx.nodes for one in ctx.ecs.definition(node)["containerDefinitions"]}
    if wrong or any(settings.BAD_TAG in image for image in images):
        raise ProbeFailedError(
            f"`up` with the right image succeeded, but there are problems: without a task {', '.join(wrong) or 'none'}, images {', '.join(sorted(images))}"
        )
    return Result([*evidence, f"the right image repaired it in {minutes:.1f} minutes", f"{', '.join(others)} never ran the bad one"])


def _badly_tagged(ctx: Context) -> str:
    """The image of kubo that the nodes run, with a tag that it does not have."""
    image = next(one["image"] for one in ctx.ecs.definition(ctx.nodes[0])["containerDefinitions"] if one["name"] == "ipfs")
    return re.sub(r"(@sha256:.*|:[^:/]+)?$", "", image, count=1) + f":{settings.BAD_TAG}"


def _fails(ctx: Context, groups: Groups) -> str:
    """The message of a failed `up`, or an empty string."""
    try:
        ctx.up(groups)
    except EngineFailedError as error:
        return str(error) or "(nothing)"
    return ""


def scale(ctx: Context) -> Result:
    """One more node, then the previous number."""
    count = len(ctx.nodes)
    identities, systems, before = (dict(ctx.output(name)) for name in ("cluster_peer_ids", "file_system_ids", "dns_names"))
    content = b"there before the fourth node" + ctx.stack.name.encode()
    cid = ctx.add(content)
    ctx.wait_pinned(cid)
    began = ctx.clock.now()
    evidence = []
    try:
        more = ctx.up(settings.changed(ctx.groups, "nodes", count=count + 1))
        added = [node for node in ctx.nodes if node not in before]
        if len(added) != 1:
            raise ProbeFailedError(f"{count + 1} nodes were requested; the stack has {', '.join(ctx.nodes)}")
        evidence.append(f"{count} → {count + 1} nodes in {more:.1f} minutes: {added[0]} is new")
        ctx.ecs.wait_healthy(added[0])
        ctx.wait_pinned(cid, 15)
        evidence.append("the new node holds what was pinned before it was added")
        for what, known, output in (("peer ID", identities, "cluster_peer_ids"), ("file system", systems, "file_system_ids")):
            changed = [node for node, value in known.items() if ctx.output(output).get(node) != value]
            if changed:
                raise ProbeFailedError(f"another {what} for {', '.join(changed)}")
    finally:
        fewer = ctx.up()
    if ctx.output("dns_names") != before:
        raise ProbeFailedError(f"{count} nodes were requested again; the stack has {', '.join(ctx.nodes)}")
    answer = ctx.read(f"ipfs/{cid}")
    ctx.unpin([cid])
    if answer.body != content:
        raise ProbeFailedError(f"earlier pins cannot be read any more: {answer.status}")
    fired = fired_between(ctx, began, ctx.clock.now())
    evidence += [f"{count + 1} → {count} nodes in {fewer:.1f} minutes", f"alarms that fired meanwhile: {', '.join(fired) or 'none'}"]
    if fired:
        raise ProbeFailedError("; ".join([f"alarms fired while the number of nodes changed: {', '.join(fired)}", *evidence]))
    return Result(evidence)


PROBES = (
    Probe("roll", "A changed setting replaces the nodes one after another; nothing is lost, no alarm fires.", 20, roll, ("minutes-node",)),
    Probe("killed-task", "A killed task comes back; nothing is lost, and only documented alarms fire.", 8, killed),
    Probe("failed-update", "A failed update fails, stays failed, touches no other node, and can be repaired.", 45, failed_update),
    Probe("scale", "3 → 4 → 3 nodes: the existing data stays, the new node holds everything.", 45, scale),
)
