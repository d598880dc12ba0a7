"""The dashboard's body: which widgets there are, where they stand, and what they show."""

import dataclasses
import re
from typing import Any

import pytest
from ipfs_cluster.monitoring import dashboard

from tests.helpers.watched import watched

ZONES = "abcdefghi"
TWO = watched("a", "b")
LOGS = ["/ipfs/a/ipfs", "/ipfs/b/ipfs"]


def widgets(what: Any = TWO, alarms: int = 20, metrics_log_group: str | None = "/ipfs/metrics") -> list[dict[str, Any]]:
    body = dashboard.body(what, "eu-west-1", [f"arn:{index}" for index in range(alarms)], LOGS, metrics_log_group)
    assert body["start"] == "-PT12H"
    return list(body["widgets"])


def title(widget: dict[str, Any]) -> str:
    return str(widget["properties"].get("title") or widget["properties"]["markdown"])


def shown(*args: Any, **given: Any) -> dict[str, dict[str, Any]]:
    """The widgets' properties by their titles."""
    return {title(widget): widget["properties"] for widget in widgets(*args, **given)}


def test_where_the_widgets_stand() -> None:
    assert [(title(w), w["type"], w["x"], w["y"], w["width"], w["height"]) for w in widgets()] == [
        ("## IPFS cluster c: health", "text", 0, 0, 24, 1),
        ("Alarms", "alarm", 0, 1, 24, 5),
        ("Healthy nodes", "metric", 0, 6, 8, 6),
        ("Peers seen", "metric", 8, 6, 8, 6),
        ("Pins", "metric", 16, 6, 8, 6),
        ("Errors in the logs", "metric", 0, 12, 12, 6),
        ("Keeper and verifier (worst node)", "metric", 12, 12, 12, 6),
        ("## Traffic", "text", 0, 18, 24, 1),
        ("CloudFront: requests", "metric", 0, 19, 8, 6),
        ("CloudFront: bytes out", "metric", 8, 19, 8, 6),
        ("Gateway: cache hit ratio, %", "metric", 16, 19, 8, 6),
        ("Load balancer", "metric", 0, 25, 8, 6),
        ("Kubo's gateway", "metric", 8, 25, 8, 6),
        ("Bitswap", "metric", 16, 25, 8, 6),
        ("## Storage and cost", "text", 0, 31, 24, 1),
        ("File systems: bytes stored", "metric", 0, 32, 8, 6),
        ("File systems: bytes metered", "metric", 8, 32, 8, 6),
        ("CPU, %", "metric", 16, 32, 8, 6),
        ("Memory, %", "metric", 0, 38, 12, 6),
        ("Heap, largest of the nodes", "metric", 12, 38, 12, 6),
        ("## Logs", "text", 0, 44, 24, 1),
        ("Latest errors", "log", 0, 45, 12, 8),
        ("By node", "log", 12, 45, 12, 8),
    ]


@pytest.mark.parametrize("count", [1, 3, 9])
@pytest.mark.parametrize("alarms", [0, 8, 9, 100])
def test_no_two_widgets_overlap_and_each_is_wide_enough_to_read(count: int, alarms: int) -> None:
    placed = widgets(watched(*ZONES[:count]), alarms)
    for index, widget in enumerate(placed):
        assert widget["x"] + widget["width"] <= 24
        assert widget["width"] >= 6
        for other in placed[index + 1 :]:
            apart = widget["x"] + widget["width"] <= other["x"] or other["x"] + other["width"] <= widget["x"]
            assert apart or widget["y"] + widget["height"] <= other["y"], (title(widget), title(other))


@pytest.mark.parametrize("count", [1, 3, 9])
def test_nodes_are_shown_each(count: int) -> None:
    nodes = list(ZONES[:count])
    found = shown(watched(*nodes))
    assert found["Healthy nodes"]["annotations"]["horizontal"] == [{"label": f"{count} nodes", "value": count}]
    assert found["Peers seen"]["annotations"]["horizontal"] == [{"label": f"{count - 1} others", "value": count - 1}]
    for name in ("CPU, %", "Memory, %", "File systems: bytes stored", "File systems: bytes metered"):
        assert [metric[-1]["label"] for metric in found[name]["metrics"]] == nodes


def test_what_the_graphs_show() -> None:
    found = shown()
    assert found["Alarms"]["alarms"] == [f"arn:{index}" for index in range(20)]
    healthy = ["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", "app/lb/1", "TargetGroup", "targetgroup/api/1"]
    assert found["Healthy nodes"]["metrics"][1] == [*healthy, {"label": "api", "stat": "Average"}]
    assert found["Pins"]["metrics"][0] == ["IpfsCluster/c", "ipfscluster_pins", "Cluster", "c", {"label": "pins", "stat": "Maximum"}]
    assert found["CPU, %"]["metrics"][0] == ["AWS/ECS", "CPUUtilization", "ClusterName", "ecs-c", "ServiceName", "ipfs-node-a", {"label": "a"}]
    assert found["CPU, %"]["yAxis"] == {"left": {"min": 0, "max": 100}}
    stored = ["AWS/EFS", "StorageBytes", "FileSystemId", "fs-a", "StorageClass", "Total", {"label": "a", "stat": "Average"}]
    assert found["File systems: bytes stored"]["metrics"][0] == stored
    assert [metric[1] for metric in found["Errors in the logs"]["metrics"]] == [
        "PinErrors",
        "CrdtErrors",
        "LostPeers",
        "FailedLogins",
        "LockWaits",
        "OutOfMemory",
        "MigrationFailures",
    ]
    assert [metric[1] for metric in found["Keeper and verifier (worst node)"]["metrics"]] == ["PinsDiffering", "PinsOrphaned", "Unmended"]


def test_cloudfronts_metrics_are_in_us_east_1() -> None:
    found = shown()
    for name in ("CloudFront: requests", "CloudFront: bytes out"):
        assert found[name]["region"] == "us-east-1"
        assert {metric[-1]["region"] for metric in found[name]["metrics"]} == {"us-east-1"}
    ratio, readers, nodes = found["Gateway: cache hit ratio, %"]["metrics"]
    assert ratio == [{"expression": "100 * (1 - FILL(nodes, 0) / readers)", "label": "answered by CloudFront", "id": "hits"}]
    assert (readers[-1]["id"], readers[-1]["region"], nodes[-1]["id"], nodes[-1]["region"]) == ("readers", "us-east-1", "nodes", "eu-west-1")


def test_the_logs_are_asked_by_their_groups() -> None:
    found = shown()
    assert found["Latest errors"]["query"].startswith("SOURCE '/ipfs/a/ipfs' | SOURCE '/ipfs/b/ipfs' | fields @timestamp, ")
    before, _, columns = found["By node"]["query"].partition(" | stats ")
    assert before == "SOURCE '/ipfs/metrics' | filter ispresent(ipfscluster_pins)"
    assert re.findall(r"latest\((\w+)\) as (\w+)", columns) == [
        ("ipfscluster_pins", "pins"),
        ("ipfscluster_pins_pin_queued", "waiting"),
        ("ipfscluster_pins_pin_error", "failed"),
        ("libp2p_rcmgr_connections", "peers"),
        ("ipfscluster_informer_disk", "free_bytes"),
    ]
    assert columns.endswith(" by Node | sort Node")


def test_only_what_there_is_is_shown() -> None:
    bare = dataclasses.replace(TWO, load_balancer=None, target_groups={}, distributions={})
    titles = [title(widget) for widget in widgets(bare, metrics_log_group=None)]
    assert titles == [
        "## IPFS cluster c: health",
        "Alarms",
        "Running nodes",
        "Errors in the logs",
        "Keeper and verifier (worst node)",
        "## Traffic",
        "## Storage and cost",
        "File systems: bytes stored",
        "File systems: bytes metered",
        "CPU, %",
        "Memory, %",
        "## Logs",
        "Latest errors",
    ]


def test_other_regions_have_a_row_of_their_own() -> None:
    several = dataclasses.replace(TWO, other_regions=True)
    titles = [title(widget) for widget in widgets(several)]
    before = [title(widget) for widget in widgets()]
    row = ["## Other Regions", "Not seen (worst node)", "Behind: age of a pin that another Region lacks, s", "Bytes sent to other Regions"]
    place = before.index("## Traffic")
    assert titles == [*before[:place], *row, *before[place:]]
    spread = shown(dataclasses.replace(several, copies_in_each=True))
    assert spread["Pins that miss a Region"]["metrics"] == [["IpfsCluster/c", "PinsOneSided", {"label": "pins"}]]
    assert (spread["Bytes sent to other Regions"]["stat"], spread["Not seen (worst node)"]["stat"]) == ("Sum", "Maximum")
    assert [metric[1] for metric in spread["Not seen (worst node)"]["metrics"]] == ["RegionNodesUnseen", "RegionsApart", "NodesCutOff"]
