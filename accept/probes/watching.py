"""What CloudWatch and CloudTrail show."""

import datetime
import json
from collections.abc import Callable
from typing import Any

from .. import oneoff
from ..aws import EDGE_REGION
from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..results import Probe, Result

_MIB = 1024 * 1024
_IDLE_MINUTES = 20


def when(seconds: float) -> datetime.datetime:
    """An instant in boto3's type."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def places(ctx: Context) -> list[str]:
    """The Regions that the stack is in."""
    return list(dict.fromkeys([ctx.aws.region, EDGE_REGION]))


def alarms(ctx: Context) -> dict[tuple[str, str], dict[str, Any]]:
    """The stack's alarms by Region and name, from the state."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for place in places(ctx):
        names = {one["id"] for one in ctx.state.resources if one["type"].startswith("aws:cloudwatch/") and one["type"].endswith("Alarm")}
        for kind in ("MetricAlarms", "CompositeAlarms"):
            known = ctx.aws.every("cloudwatch", "describe_alarms", kind, at=place, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            found |= {(place, one["AlarmName"]): one for one in known if one["AlarmName"] in names}
    return found


def fired_between(ctx: Context, begin: float, end: float) -> list[str]:
    """The alarms that went to ALARM within a time, each with the time."""
    found = []
    names = {one["id"] for one in ctx.state.resources if one["type"].startswith("aws:cloudwatch/") and one["type"].endswith("Alarm")}
    for place in places(ctx):
        items = ctx.aws.every(
            "cloudwatch",
            "describe_alarm_history",
            "AlarmHistoryItems",
            at=place,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            HistoryItemType="StateUpdate",
            StartDate=when(begin),
            EndDate=when(end),
        )
        for item in items:
            if item["AlarmName"] in names and "to ALARM" in item["HistorySummary"]:
                found.append(f"{item['AlarmName']} at {item['Timestamp']:%H:%M:%S}")
    return sorted(found)


def monitoring(ctx: Context) -> Result:
    """Alarms and dashboard through the API."""
    expected = [one for one in ctx.state.resources if one["type"].startswith("aws:cloudwatch/") and one["type"].endswith("Alarm")]
    if not expected:
        raise ProbeFailedError("the stack has no alarms")
    known = alarms(ctx)
    missing = sorted({one["id"] for one in expected} - {name for _, name in known})
    fired = sorted(name for (_, name), one in known.items() if one["StateValue"] == "ALARM")
    silent = sorted(name for (_, name), one in known.items() if one["StateValue"] == "INSUFFICIENT_DATA")
    unheard = sorted(name for (_, name), one in known.items() if not one.get("AlarmActions") and "compos" not in name)
    body = json.loads(ctx.aws.call("cloudwatch", "get_dashboard", DashboardName=ctx.flat)["DashboardBody"])
    history = fired_between(ctx, ctx.state.notes.get("deployed", ctx.state.began), ctx.clock.now())
    evidence = [
        f"{len(known)} alarms, {len(body['widgets'])} widgets on the dashboard",
        f"in ALARM now: {', '.join(fired) or 'none'}",
        f"without data: {', '.join(silent) or 'none'}",
        f"without recipients: {', '.join(unheard) or 'none'}",
        f"fired since the deployment: {', '.join(history) or 'none'}",
    ]
    if missing or fired or not body["widgets"]:
        raise ProbeFailedError("; ".join([*([f"CloudWatch does not have {', '.join(missing)}"] if missing else []), *evidence]))
    return Result(evidence)


def metric(ctx: Context, namespace: str, name: str, dimensions: dict[str, str], minutes: float, statistic: str) -> list[float]:
    """The values of a metric in the last minutes, oldest first."""
    now = ctx.clock.now()
    points = ctx.aws.call(
        "cloudwatch",
        "get_metric_statistics",
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=when(now - minutes * 60),
        EndTime=when(now),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return [float(point[statistic]) for point in sorted(points, key=lambda point: point["Timestamp"])]


def of_task(ctx: Context, node: str) -> dict[str, str]:
    """The dimensions of a node's metrics in ECS."""
    return {"ClusterName": ctx.ecs.cluster.rpartition("/")[2], "ServiceName": ctx.ecs.service_name(node)}


def idle(ctx: Context) -> Result:
    """Nobody uses the cluster for some minutes: what does it cost?"""
    ctx.clock.sleep(_IDLE_MINUTES * 60)
    metered, sent = [], []
    for node in ctx.nodes:
        system = {"FileSystemId": ctx.output("file_system_ids")[node]}
        metered.append(sum(metric(ctx, "AWS/EFS", "MeteredIOBytes", system, _IDLE_MINUTES, "Sum")))
        # Bytes a second, once a minute.
        sent.append(60 * sum(metric(ctx, "ECS/ContainerInsights", "NetworkTxBytes", of_task(ctx, node), _IDLE_MINUTES, "Average")))
    if not any(metered) and not any(sent):
        raise ProbeFailedError("CloudWatch has neither MeteredIOBytes of the file systems nor NetworkTxBytes of the services")
    month = 30 * 24 * 60 / _IDLE_MINUTES / 1024**3
    observed = [f"{node}: metered I/O {io * month:.2f} GiB, sent {out * month:.2f} GiB" for node, io, out in zip(ctx.nodes, metered, sent, strict=True)]
    return Result([f"in {_IDLE_MINUTES} minutes without use; a month of such"], {"idle": "a month, " + "; ".join(observed)})


def memory(ctx: Context) -> Result:
    """The memory metrics after files were written and read, and the state of the collectors."""
    node = ctx.nodes[0]
    before = metric(ctx, "AWS/ECS", "MemoryUtilization", of_task(ctx, node), 15, "Maximum")
    cids = [ctx.add(oneoff.random_bytes(32 * _MIB)) for _ in range(8)]
    try:
        for cid in cids:
            ctx.read(f"ipfs/{cid}")
        ctx.clock.sleep(300)  # metrics come a few minutes late
        after = metric(ctx, "AWS/ECS", "MemoryUtilization", of_task(ctx, node), 5, "Maximum")
    finally:
        ctx.unpin(cids)
    if not after:
        raise ProbeFailedError(f"CloudWatch has no MemoryUtilization of node {node}")
    first, last = max(before, default=0.0), max(after)
    observed = f"{first:.0f} percent before and {last:.0f} percent after 256 MiB were written and read"
    verdict = "it does not count page cache" if last - first < 10 else "it may count page cache, or the daemons grew"
    stopped = _collectors_that_stopped(ctx)
    records = _records(ctx)
    empty = [record for record in records if any(isinstance(value, dict) and value.get("Count") == 0 for value in record.values())]
    answers = {
        "page-cache": f"{observed}: {verdict}",
        "collector-memory": f"no: {'; '.join(stopped)}" if stopped else f"yes: it ran in every task, and sent {len(records)} records in 15 minutes",
        "empty-histograms": f"{len(empty)} of {len(records)} records hold one; {_histogram(ctx)}",
    }
    if not records:
        raise ProbeFailedError("the collectors sent no records in the last 15 minutes; " + "; ".join(answers.values()))
    if stopped:
        raise ProbeFailedError(f"collectors stopped: {'; '.join(stopped)}")
    return Result([f"{len(records)} records of the collectors in 15 minutes"], answers)


def _collectors_that_stopped(ctx: Context) -> list[str]:
    found = []
    for node in ctx.nodes:
        for task in [*ctx.ecs.tasks(node), *ctx.ecs.tasks(node, "STOPPED")]:
            for container in task["containers"]:
                if container["name"] == "metrics" and container["lastStatus"] == "STOPPED" and (container.get("reason") or container.get("exitCode") == 137):
                    found.append(f"{node}: exit code {container.get('exitCode')} {container.get('reason', '')}".strip())
    return found


def _records(ctx: Context) -> list[dict[str, Any]]:
    events = ctx.aws.every("logs", "filter_log_events", "events", logGroupName=f"{ctx.path}/metrics", startTime=int((ctx.clock.now() - 900) * 1000), limit=1000)
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def _histogram(ctx: Context) -> str:
    name = "ipfs_bitswap_sent_all_blocks_bytes"
    counted = metric(ctx, f"IpfsCluster/{ctx.flat}", name, {"Cluster": ctx.flat}, 60, "SampleCount")
    return f"CloudWatch has {len(counted)} minutes of {name} with {sum(counted):.0f} samples"


def trail_events(ctx: Context, name: str, since: float, at: str = "") -> list[dict[str, Any]]:
    """CloudTrail's events of an operation since then, oldest first."""
    found = ctx.aws.every(
        "cloudtrail",
        "lookup_events",
        "Events",
        at=at,
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
        StartTime=when(since),
        EndTime=when(ctx.clock.now()),
    )
    return sorted((json.loads(event["CloudTrailEvent"]) for event in found), key=lambda event: str(event["eventTime"]))


def look_up(ctx: Context, ours: Callable[[dict[str, Any]], bool], name: str, minutes: float, at: str = "") -> list[dict[str, Any]]:
    """The stack's own events of an operation. CloudTrail has them some minutes late."""
    since = ctx.state.notes.get("deployed", ctx.state.began) - 60

    def look() -> list[dict[str, Any]]:
        return [event for event in trail_events(ctx, name, since, at) if ours(event)]

    try:
        return ctx.clock.until(f"{name} in CloudTrail", look, minutes, 30)
    except ProbeFailedError:
        return []


def outcomes(events: list[dict[str, Any]]) -> str:
    """How often an operation succeeded, and with which errors it failed."""
    failed: dict[str, int] = {}
    for event in events:
        if event.get("errorCode"):
            failed[event["errorCode"]] = failed.get(event["errorCode"], 0) + 1
    good = len(events) - sum(failed.values())
    return ", ".join([f"{good} succeeded", *(f"{count} {error}" for error, count in sorted(failed.items()))])


def trail(ctx: Context) -> Result:
    """What CloudTrail recorded of the deployment."""
    systems = set(ctx.output("file_system_ids").values())
    policies = look_up(ctx, lambda event: (event.get("requestParameters") or {}).get("fileSystemId") in systems, "PutBackupPolicy", 15)
    if not policies:
        raise NotApplicableError(
            "CloudTrail has no PutBackupPolicy of the stack's file systems within 15 minutes; may these credentials call cloudtrail:LookupEvents?"
        )
    roles = {one["id"] for one in ctx.state.resources if one["type"] == "aws:iam/role:Role" and one["name"].endswith("-execution")}
    taken = look_up(ctx, lambda event: str((event.get("requestParameters") or {}).get("roleArn", "")).rpartition("/")[2] in roles, "AssumeRole", 2)
    by = sorted({str(event.get("userIdentity", {}).get("invokedBy")) for event in taken})
    context = sorted({key for event in taken for key in (event.get("requestParameters") or {}) if "source" in key.lower()})
    evidence = [
        f"PutBackupPolicy: {outcomes(policies)}",
        f"AssumeRole of execution roles: {outcomes(taken)}, by {', '.join(by) or 'nobody'}; source fields in the event: {', '.join(context) or 'none'}",
    ]
    refused = any(event.get("errorCode") for event in policies)
    return Result(evidence, {"backup-policy": f"{'not always' if refused else 'yes'}: {outcomes(policies)}"})


PROBES = (
    Probe("idle", "What an idle public node costs.", _IDLE_MINUTES + 1, idle, ("idle",)),
    Probe("memory", "The collectors send their metrics within their memory limit.", 8, memory, ("page-cache", "collector-memory", "empty-histograms")),
    Probe("monitoring", "All alarms and the dashboard exist, and no alarm fires.", 1, monitoring),
    Probe("trail", "CloudTrail shows what the deployment called.", 10, trail, ("backup-policy",)),
)
