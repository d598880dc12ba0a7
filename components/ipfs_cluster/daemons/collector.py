"""Pure: the collector next to the daemons: which of their metrics it reads, and where it sends them."""

import json
from dataclasses import dataclass
from typing import Any

from . import kubo

CONTAINER = "metrics"
"""The collector's container in the task."""

MEMORY_MIB = 128
"""What it may use, taken from what the daemons share."""

CLUSTER_METRICS_PORT = 8888
"""Where ipfs-cluster shows its metrics, within its task."""

INTERVAL_SECONDS = 60
"""How often it looks. CloudWatch keeps a value a minute, whatever is sent."""

DIMENSION = "Cluster"
"""The dimension of all metrics. The nodes' values come together in it: a minimum is that of the worst node, a sum that of all. So ten
nodes cost no more than one; which node it is, the records in the log group say."""


@dataclass(frozen=True)
class Chosen:
    """A metric as a daemon shows it, of those that are worth their price."""

    name: str
    container: str
    """The daemon: ipfs or ipfs-cluster."""
    kind: str
    """gauge, counter or histogram."""
    meaning: str
    by_container: bool = False
    """Whether both daemons show it, so that it needs the container as a dimension."""
    scope: str = ""
    """Only the series with this label."""


CHOSEN = (
    Chosen("ipfscluster_pins", "ipfs-cluster", "gauge", "Pins in the pinset"),
    Chosen("ipfscluster_pins_pin_queued", "ipfs-cluster", "gauge", "Pins that wait to be pinned on a node"),
    Chosen("ipfscluster_pins_pinning", "ipfs-cluster", "gauge", "Pins that are being pinned on a node"),
    Chosen("ipfscluster_pins_pin_error", "ipfs-cluster", "gauge", "Pins that failed on a node"),
    Chosen("ipfscluster_informer_disk", "ipfs-cluster", "gauge", "Bytes of kubo's StorageMax that are free on a node"),
    Chosen("libp2p_rcmgr_connections", "ipfs-cluster", "gauge", "Connections of a node's ipfs-cluster, one to each peer that it sees", scope="system"),
    Chosen("ipfs_p2p_peers_total", "ipfs", "gauge", "Peers that a node's kubo is connected to"),
    Chosen("ipfs_bitswap_recv_all_blocks_bytes", "ipfs", "histogram", "Bytes of blocks received"),
    Chosen("ipfs_bitswap_sent_all_blocks_bytes", "ipfs", "histogram", "Bytes of blocks sent"),
    Chosen("ipfs_http_gw_responses_total", "ipfs", "counter", "Answers of the gateway"),
    Chosen("ipfs_http_gw_get_duration_seconds", "ipfs", "histogram", "Seconds that a successful answer of the gateway took"),
    Chosen("go_memstats_heap_alloc_bytes", "ipfs", "gauge", "Bytes of a daemon's heap", by_container=True),
    Chosen("go_memstats_heap_alloc_bytes", "ipfs-cluster", "gauge", "Bytes of a daemon's heap", by_container=True),
)
"""What is collected, by the names that kubo 0.43 and ipfs-cluster 1.1.6 have."""


# Gauges of several series a node, whose sum is meant: connections by direction, peers by transport.
_SPLIT_GAUGES = ("libp2p_rcmgr_connections", "ipfs_p2p_peers_total")


def shown_metrics() -> dict[str, str]:
    """The settings with which ipfs-cluster shows its metrics."""
    # Without authentication, and with the profiler on the same port: only for the task.
    endpoint = f"/ip4/127.0.0.1/tcp/{CLUSTER_METRICS_PORT}"
    return {"CLUSTER_METRICS_ENABLESTATS": "true", "CLUSTER_METRICS_PROMETHEUSENDPOINT": endpoint}


def configuration(cluster: str, region: str, destination: str, *, namespace: str = "", log_group: str = "", endpoint: str = "") -> str:
    """The collector's configuration, JSON being YAML too; ``NODE`` is taken from its environment.

    ``cluster`` is the value of the dimension. ``destination`` is cloudwatch, which needs ``namespace`` and ``log_group``, or prometheus,
    which needs the ``endpoint`` of a remote write.
    """
    if destination == "cloudwatch":
        exporters: dict[str, Any] = {"awsemf": _cloudwatch(region, namespace, log_group)}
        extensions: dict[str, Any] = {}
    else:
        exporters = {"prometheusremotewrite": {"endpoint": endpoint, "auth": {"authenticator": "sigv4auth"}}}
        extensions = {"sigv4auth": {"region": region, "service": "aps"}}
    extensions = {"health_check": {}, **extensions}
    processors: dict[str, Any] = {
        "metricstransform": {"transforms": [_added_up(name) for name in _SPLIT_GAUGES]},
        # The exporter for CloudWatch sends histograms as they are: what came up since the start, at every look.
        **({"cumulativetodelta": {}} if destination == "cloudwatch" else {}),
        "batch": {},
    }
    return json.dumps(
        {
            "extensions": extensions,
            "receivers": {"prometheus": {"config": {"scrape_configs": [_scrape(container, cluster) for container in ("ipfs", "ipfs-cluster")]}}},
            "processors": processors,
            "exporters": exporters,
            "service": {
                "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
                "extensions": list(extensions),
                "pipelines": {"metrics": {"receivers": ["prometheus"], "processors": list(processors), "exporters": list(exporters)}},
            },
        },
        separators=(",", ":"),
    )


def _scrape(container: str, cluster: str) -> dict[str, Any]:
    port, path = (kubo.API_PORT, "/debug/metrics/prometheus") if container == "ipfs" else (CLUSTER_METRICS_PORT, "/metrics")
    chosen = [metric for metric in CHOSEN if metric.container == container]
    series = [f"{metric.name}{'(_bucket|_count|_sum)' if metric.kind == 'histogram' else ''};{metric.scope or '.*'}" for metric in chosen]
    labels = {DIMENSION: cluster, "Container": container, "Node": "${env:NODE}"}
    return {
        "job_name": container,
        "scrape_interval": f"{INTERVAL_SECONDS}s",
        "metrics_path": path,
        "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": labels}],
        "metric_relabel_configs": [{"source_labels": ["__name__", "scope"], "regex": "|".join(series), "action": "keep"}],
    }


def _added_up(name: str) -> dict[str, Any]:
    labels = [DIMENSION, "Container", "Node"]
    return {"include": name, "action": "update", "operations": [{"action": "aggregate_labels", "label_set": labels, "aggregation_type": "sum"}]}


def _cloudwatch(region: str, namespace: str, log_group: str) -> dict[str, Any]:
    """Embedded metric format: one record of a log becomes a metric. What is not declared is not sent."""

    def selectors(by_container: bool) -> list[str]:
        # A dollar twice, as the collector replaces variables.
        return [f"^{name}$$" for name in dict.fromkeys(metric.name for metric in CHOSEN if metric.by_container == by_container)]

    return {
        "region": region,
        "namespace": namespace,
        "log_group_name": log_group,
        "log_stream_name": "${env:NODE}",
        # Each dimension on its own and none at all would be metrics too, and paid for.
        "dimension_rollup_option": "NoDimensionRollup",
        "metric_declarations": [
            {"dimensions": [[DIMENSION]], "metric_name_selectors": selectors(False)},
            {"dimensions": [[DIMENSION, "Container"]], "metric_name_selectors": selectors(True)},
        ],
    }
