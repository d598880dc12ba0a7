"""Pure: the dashboard's body: health at the top, then traffic, then storage and cost, then logs."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..daemons import collector
from .alarms import Watched
from .log_filters import FILTERS, ORPHANED, UNMENDED

_WIDTH = 24
# More than this side by side are too narrow to read.
_MOST_IN_A_ROW = 4


def body(watched: Watched, region: str, alarm_arns: Sequence[Any], error_log_groups: Sequence[str], metrics_log_group: str | None) -> dict[str, Any]:
    """The body as CloudWatch takes it, but for Outputs; ``metrics_log_group`` is none without a collector for CloudWatch."""
    collected = metrics_log_group is not None
    rows = [
        [_title(f"IPFS cluster {watched.cluster}: health")],
        [_alarms(alarm_arns)],
        _health(watched, region, collected),
        *([[_title("Other Regions")], _regions(watched, region)] if watched.other_regions else []),
        [_title("Traffic")],
        _traffic(watched, region, collected),
        [_title("Storage and cost")],
        _storage(watched, region, collected),
        [_title("Logs")],
        _logs(region, error_log_groups, metrics_log_group),
    ]
    return {"start": "-PT12H", "widgets": _placed(rows)}


def _placed(rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The widgets of each row side by side, as wide as there is room for; a long row becomes several of about the same length."""
    placed: list[dict[str, Any]] = []
    y = 0
    for row in (part for given in rows for part in _broken(given)):
        for index, widget in enumerate(row):
            width = _WIDTH // len(row)
            placed.append({"x": index * width, "y": y, "width": width, **widget})
        y += max(widget["height"] for widget in row)
    return placed


def _broken(row: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    if not row:
        return []
    lines = -(-len(row) // _MOST_IN_A_ROW)
    length = -(-len(row) // lines)
    return [row[start : start + length] for start in range(0, len(row), length)]


def _title(text: str) -> dict[str, Any]:
    return {"type": "text", "height": 1, "properties": {"markdown": f"## {text}"}}


def _alarms(arns: Sequence[Any]) -> dict[str, Any]:
    # Some eight fit into a line.
    return {"type": "alarm", "height": 2 + -(-len(arns) // 8), "properties": {"title": "Alarms", "alarms": list(arns)}}


def _graph(title: str, region: str, metrics: Sequence[Sequence[Any]], **more: Any) -> dict[str, Any]:
    return {"type": "metric", "height": 6, "properties": {"title": title, "region": region, "view": "timeSeries", "metrics": list(metrics), **more}}


def _series(namespace: str, metric: str, dimensions: Mapping[str, Any], **options: Any) -> list[Any]:
    named = [part for pair in dimensions.items() for part in pair]
    return [namespace, metric, *named, *([options] if options else [])]


def _own(watched: Watched, metric: str, label: str, stat: str) -> list[Any]:
    return _series(watched.namespace, metric, {collector.DIMENSION: watched.cluster}, label=label, stat=stat)


def _zero_based(**more: Any) -> dict[str, Any]:
    return {"period": 60, "yAxis": {"left": {"min": 0}}, **more}


def _health(watched: Watched, region: str, collected: bool) -> list[dict[str, Any]]:
    count = len(watched.services)
    widgets = []
    wanted = {"horizontal": [{"label": f"{count} nodes", "value": count}]}
    if watched.load_balancer is not None:
        healthy = [
            _series("AWS/ApplicationELB", "HealthyHostCount", {"LoadBalancer": watched.load_balancer, "TargetGroup": group}, label=role, stat="Average")
            for role, group in watched.target_groups.items()
        ]
        widgets.append(_graph("Healthy nodes", region, healthy, annotations=wanted, **_zero_based()))
    else:
        running = [
            _series("AWS/ECS", "CPUUtilization", {"ClusterName": watched.ecs_cluster, "ServiceName": service}, label=node, stat="SampleCount")
            for node, service in watched.services.items()
        ]
        widgets.append(_graph("Running nodes", region, running, stacked=True, annotations=wanted, **_zero_based()))
    if collected:
        peers = [_own(watched, "libp2p_rcmgr_connections", "the fewest that a node sees", "Minimum")]
        others = {"horizontal": [{"label": f"{count - 1} others", "value": count - 1}]}
        widgets.append(_graph("Peers seen", region, peers, annotations=others, **_zero_based()))
        pins = [
            _own(watched, "ipfscluster_pins", "pins", "Maximum"),
            _own(watched, "ipfscluster_pins_pin_queued", "queued (worst node)", "Maximum"),
            _own(watched, "ipfscluster_pins_pinning", "pinning (worst node)", "Maximum"),
            _own(watched, "ipfscluster_pins_pin_error", "failed (worst node)", "Maximum"),
        ]
        widgets.append(_graph("Pins", region, pins, **_zero_based()))
    counted = [_series(watched.namespace, wanted.metric, {}, label=wanted.meaning) for wanted in FILTERS]
    widgets.append(_graph("Errors in the logs", region, counted, **_zero_based(stat="Sum", period=300)))
    measured = [
        _series(watched.namespace, metric, {}, label=label)
        for metric, label in (("PinsDiffering", "pins that differ"), (ORPHANED, "orphaned pins"), (UNMENDED, "not mended"))
    ]
    widgets.append(_graph("Keeper and verifier (worst node)", region, measured, **_zero_based(stat="Maximum", period=3600)))
    return widgets


def _regions(watched: Watched, region: str) -> list[dict[str, Any]]:
    def of(*metrics: tuple[str, str]) -> list[list[Any]]:
        return [_series(watched.namespace, metric, {}, label=label) for metric, label in metrics]

    seen = of(("RegionNodesUnseen", "nodes not seen"), ("RegionsApart", "whole Regions"), ("NodesCutOff", "running, but no answer"))
    worst = _zero_based(stat="Maximum")
    widgets = [
        _graph("Not seen (worst node)", region, seen, **worst),
        _graph("Behind: age of a pin that another Region lacks, s", region, of(("RegionLag", "seconds")), **worst),
        _graph("Bytes sent to other Regions", region, of(("RegionBytesSent", "bytes")), **_zero_based(stat="Sum", period=300)),
    ]
    if watched.copies_in_each:
        widgets.append(_graph("Pins that miss a Region", region, of(("PinsOneSided", "pins")), **worst))
    return widgets


def _traffic(watched: Watched, region: str, collected: bool) -> list[dict[str, Any]]:
    widgets = []
    if watched.distributions:
        ids = watched.distributions

        def of(metric: str, role: str, **options: Any) -> list[Any]:
            return _series("AWS/CloudFront", metric, {"DistributionId": ids[role], "Region": "Global"}, region="us-east-1", **options)

        requests = [of("Requests", role, label=role) for role in ids] + [
            of("5xxErrorRate", role, label=f"{role}, % 5xx", stat="Average", yAxis="right") for role in ids
        ]
        widgets.append(_graph("CloudFront: requests", "us-east-1", requests, stat="Sum", period=300))
        widgets.append(_graph("CloudFront: bytes out", "us-east-1", [of("BytesDownloaded", role, label=role) for role in ids], stat="Sum", period=300))
        if watched.load_balancer is not None:
            group = {"LoadBalancer": watched.load_balancer, "TargetGroup": watched.target_groups["gateway"]}
            ratio = [
                # By what still reaches the load balancer: CloudFront's own figure is paid for.
                [{"expression": "100 * (1 - FILL(nodes, 0) / readers)", "label": "answered by CloudFront", "id": "hits"}],
                of("Requests", "gateway", id="readers", visible=False),
                _series("AWS/ApplicationELB", "RequestCount", group, id="nodes", visible=False, region=region),
            ]
            widgets.append(_graph("Gateway: cache hit ratio, %", region, ratio, stat="Sum", period=300, yAxis={"left": {"min": 0, "max": 100}}))
    if watched.load_balancer is not None:
        balancer = {"LoadBalancer": watched.load_balancer}
        answers = [
            _series("AWS/ApplicationELB", "RequestCount", balancer, label="requests"),
            _series("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, label="5xx of nodes"),
            _series("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, label="5xx of its own"),
            _series("AWS/ApplicationELB", "TargetResponseTime", balancer, label="seconds, 95 %", stat="p95", yAxis="right"),
        ]
        widgets.append(_graph("Load balancer", region, answers, stat="Sum", period=300))
    if collected:
        gateway = [
            _own(watched, "ipfs_http_gw_responses_total", "answers", "Sum"),
            _own(watched, "ipfs_http_gw_get_duration_seconds", "seconds, mean", "Average"),
        ]
        gateway[1][-1]["yAxis"] = "right"
        widgets.append(_graph("Kubo's gateway", region, gateway, period=300))
        blocks = [
            _own(watched, "ipfs_bitswap_recv_all_blocks_bytes", "bytes received", "Sum"),
            _own(watched, "ipfs_bitswap_sent_all_blocks_bytes", "bytes sent", "Sum"),
            _own(watched, "ipfs_p2p_peers_total", "peers (mean of the nodes)", "Average"),
        ]
        blocks[2][-1]["yAxis"] = "right"
        widgets.append(_graph("Bitswap", region, blocks, period=300))
    return widgets


def _storage(watched: Watched, region: str, collected: bool) -> list[dict[str, Any]]:
    widgets = []
    stored = [
        _series("AWS/EFS", "StorageBytes", {"FileSystemId": id_, "StorageClass": "Total"}, label=name, stat="Average")
        for name, id_ in watched.file_systems.items()
    ]
    widgets.append(_graph("File systems: bytes stored", region, stored, **_zero_based(period=900)))
    throughput = [_series("AWS/EFS", "MeteredIOBytes", {"FileSystemId": id_}, label=name) for name, id_ in watched.file_systems.items()]
    widgets.append(_graph("File systems: bytes metered", region, throughput, stat="Sum", period=300))
    for title, metric in (("CPU, %", "CPUUtilization"), ("Memory, %", "MemoryUtilization")):
        used = [
            _series("AWS/ECS", metric, {"ClusterName": watched.ecs_cluster, "ServiceName": service}, label=node) for node, service in watched.services.items()
        ]
        widgets.append(_graph(title, region, used, stat="Maximum", period=300, yAxis={"left": {"min": 0, "max": 100}}))
    if collected:
        heap = [
            _series(
                watched.namespace,
                "go_memstats_heap_alloc_bytes",
                {collector.DIMENSION: watched.cluster, "Container": container},
                label=container,
                stat="Maximum",
            )
            for container in ("ipfs", "ipfs-cluster")
        ]
        widgets.append(_graph("Heap, largest of the nodes", region, heap, **_zero_based()))
    return widgets


def _logs(region: str, error_log_groups: Sequence[str], metrics_log_group: str | None) -> list[dict[str, Any]]:
    def table(title: str, sources: Sequence[str], query: str) -> dict[str, Any]:
        text = " | ".join([*(f"SOURCE '{source}'" for source in sources), query])
        return {"type": "log", "height": 8, "properties": {"title": title, "region": region, "view": "table", "query": text}}

    widgets = [
        table(
            "Latest errors",
            error_log_groups,
            "fields @timestamp, @log, logger, msg, @message"
            ' | filter level = "error" or @message like /(?i)(error|fatal|does not|could not|belongs to|was (made|created) with)/'
            " | sort @timestamp desc | limit 50",
        )
    ]
    if metrics_log_group is not None:
        columns = {
            "ipfscluster_pins": "pins",
            "ipfscluster_pins_pin_queued": "waiting",
            "ipfscluster_pins_pin_error": "failed",
            "libp2p_rcmgr_connections": "peers",
            "ipfscluster_informer_disk": "free_bytes",
        }
        fields = ", ".join(f"latest({metric}) as {column}" for metric, column in columns.items())
        # Kubo's records have none of these fields, and one of them is often the latest.
        query = f"filter ispresent(ipfscluster_pins) | stats {fields} by Node | sort Node"
        widgets.append(table("By node", [metrics_log_group], query))
    return widgets
