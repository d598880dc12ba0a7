"""The configuration of the metrics' collector."""

import json
import re
from typing import Any

import pytest
from ipfs_cluster.daemons import collector


def cloudwatch() -> dict[str, Any]:
    return dict(json.loads(collector.configuration("c", "eu-west-1", "cloudwatch", namespace="IpfsCluster/c", log_group="/ipfs/metrics")))


def prometheus() -> dict[str, Any]:
    return dict(json.loads(collector.configuration("c", "eu-west-1", "prometheus", endpoint="https://aps.example/api/v1/remote_write")))


def test_the_configuration_for_cloudwatch() -> None:
    found = cloudwatch()
    assert list(found) == ["extensions", "receivers", "processors", "exporters", "service"]
    assert found["extensions"] == {"health_check": {}}
    labels = ["Cluster", "Container", "Node"]
    added_up = [
        {"include": name, "action": "update", "operations": [{"action": "aggregate_labels", "label_set": labels, "aggregation_type": "sum"}]}
        for name in ("libp2p_rcmgr_connections", "ipfs_p2p_peers_total")
    ]
    assert found["processors"] == {"metricstransform": {"transforms": added_up}, "cumulativetodelta": {}, "batch": {}}
    emf = found["exporters"].pop("awsemf")
    assert found["exporters"] == {}
    declarations = emf.pop("metric_declarations")
    assert emf == {
        "region": "eu-west-1",
        "namespace": "IpfsCluster/c",
        "log_group_name": "/ipfs/metrics",
        "log_stream_name": "${env:NODE}",
        "dimension_rollup_option": "NoDimensionRollup",
    }
    assert [declaration["dimensions"] for declaration in declarations] == [[["Cluster"]], [["Cluster", "Container"]]]
    assert declarations[1]["metric_name_selectors"] == ["^go_memstats_heap_alloc_bytes$$"]
    assert found["service"] == {
        "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
        "extensions": ["health_check"],
        "pipelines": {
            "metrics": {"receivers": ["prometheus"], "processors": ["metricstransform", "cumulativetodelta", "batch"], "exporters": ["awsemf"]},
        },
    }


def test_the_configuration_for_prometheus() -> None:
    found = prometheus()
    assert found["extensions"] == {"health_check": {}, "sigv4auth": {"region": "eu-west-1", "service": "aps"}}
    assert list(found["processors"]) == ["metricstransform", "batch"], "it takes histograms as they come"
    assert found["exporters"] == {
        "prometheusremotewrite": {"endpoint": "https://aps.example/api/v1/remote_write", "auth": {"authenticator": "sigv4auth"}},
    }
    assert found["service"]["extensions"] == ["health_check", "sigv4auth"]
    assert found["service"]["pipelines"]["metrics"]["exporters"] == ["prometheusremotewrite"]
    assert found["receivers"] == cloudwatch()["receivers"]


def scrapes() -> dict[str, dict[str, Any]]:
    return {scrape["job_name"]: scrape for scrape in cloudwatch()["receivers"]["prometheus"]["config"]["scrape_configs"]}


@pytest.mark.parametrize(("job", "target", "path"), [("ipfs", "127.0.0.1:5001", "/debug/metrics/prometheus"), ("ipfs-cluster", "127.0.0.1:8888", "/metrics")])
def test_what_is_asked_for_metrics(job: str, target: str, path: str) -> None:
    scrape = dict(scrapes()[job])
    (keep,) = scrape.pop("metric_relabel_configs")
    assert (keep["action"], keep["source_labels"]) == ("keep", ["__name__", "scope"])
    assert scrape == {
        "job_name": job,
        "scrape_interval": "60s",
        "metrics_path": path,
        "static_configs": [{"targets": [target], "labels": {"Cluster": "c", "Container": job, "Node": "${env:NODE}"}}],
    }


@pytest.mark.parametrize(
    ("job", "series", "scope", "kept"),
    [
        ("ipfs", "go_memstats_heap_alloc_bytes", "", True),
        ("ipfs", "go_memstats_heap_idle_bytes", "", False),
        ("ipfs", "ipfs_http_gw_get_duration_seconds_bucket", "", True),
        ("ipfs", "ipfs_http_gw_get_duration_seconds_count", "", True),
        ("ipfs", "ipfs_http_gw_get_duration_seconds_created", "", False),
        ("ipfs", "libp2p_rcmgr_connections", "system", False),
        ("ipfs-cluster", "go_memstats_heap_alloc_bytes", "", True),
        ("ipfs-cluster", "ipfscluster_pins", "", True),
        ("ipfs-cluster", "ipfscluster_pins_pin_error", "", True),
        ("ipfs-cluster", "ipfscluster_pins_other", "", False),
        ("ipfs-cluster", "libp2p_rcmgr_connections", "system", True),
        ("ipfs-cluster", "libp2p_rcmgr_connections", "transient", False),
    ],
)
def test_only_what_is_chosen_is_kept(job: str, series: str, scope: str, kept: bool) -> None:
    (keep,) = scrapes()[job]["metric_relabel_configs"]
    assert (re.fullmatch(keep["regex"], f"{series};{scope}") is not None) is kept


def test_all_that_is_kept_is_declared_and_nothing_else() -> None:
    selectors = [name for declaration in cloudwatch()["exporters"]["awsemf"]["metric_declarations"] for name in declaration["metric_name_selectors"]]
    regexes = [scrape["metric_relabel_configs"][0]["regex"].replace("(_bucket|_count|_sum)", "") for scrape in scrapes().values()]
    kept = {series.partition(";")[0] for regex in regexes for series in regex.split("|")}
    assert sorted(selectors) == sorted(f"^{name}$$" for name in kept)


@pytest.mark.parametrize("made", [cloudwatch, prometheus])
def test_it_fits_into_a_parameter_of_the_standard_tier(made: Any) -> None:
    # With the longest names of cluster and log group that a stack may have there is room for some 300 characters more.
    assert len(json.dumps(made(), separators=(",", ":"))) <= 4096 - 300
