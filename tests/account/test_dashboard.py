"""Dashboard and budget, and the switch that leaves all of monitoring out."""

import json
from typing import Any

import pytest

from sandbox import layout
from tests.helpers.alarms import alarms, filters
from tests.helpers.support import ROOT, Deployed, environment, monitored, monitored_small


def dashboard(stack: Deployed) -> list[dict[str, Any]]:
    body = stack.client("cloudwatch").get_dashboard(DashboardName="ipfs-cluster-test-ipfs")["DashboardBody"]
    return list(json.loads(body)["widgets"])


@pytest.mark.parametrize("count", [1, 3, 9])
def test_the_dashboard(count: int) -> None:
    with monitored({"nodes": {"count": count}}) as stack:
        widgets, names = dashboard(stack), list(stack.output("dns_names"))
        assert stack.output("dashboard_url").endswith("region=eu-west-1#dashboards/dashboard/ipfs-cluster-test-ipfs")
        titles = [w["properties"].get("title") or w["properties"]["markdown"] for w in widgets]
        sections = [index for index, title in enumerate(titles) if title.startswith("## ")]
        assert [titles[index] for index in sections] == ["## IPFS cluster ipfs-cluster-test-ipfs: health", "## Traffic", "## Storage and cost", "## Logs"]
        assert titles[1:6] == ["Alarms", "Healthy nodes", "Peers seen", "Pins", "Errors in the logs"]
        for index, widget in enumerate(widgets):
            assert widget["x"] + widget["width"] <= 24
            assert widget["width"] >= 6, "wide enough to read"
            for other in widgets[index + 1 :]:
                apart = widget["x"] + widget["width"] <= other["x"] or other["x"] + other["width"] <= widget["x"]
                assert apart or widget["y"] + widget["height"] <= other["y"], "no two overlap"
        shown = {w["properties"]["title"]: w["properties"] for w in widgets if "title" in w["properties"]}
        assert shown["Healthy nodes"]["annotations"]["horizontal"][0]["value"] == count
        assert [metric[-1]["label"] for metric in shown["CPU, %"]["metrics"]] == names
        assert [metric[-1]["label"] for metric in shown["File systems: bytes stored"]["metrics"]] == names
        assert len(shown["Alarms"]["alarms"]) == len(alarms(stack)) + len(alarms(stack, "us-east-1"))
        assert {metric[-1]["region"] for metric in shown["CloudFront: bytes out"]["metrics"]} == {"us-east-1"}
        assert shown["Latest errors"]["query"].count("SOURCE '") == 3 * count
        assert shown["By node"]["query"].startswith("SOURCE '/ipfs/ipfs-cluster/test/metrics' | filter ispresent(ipfscluster_pins) | stats ")


def test_the_picture_of_the_dashboard_is_of_this_one() -> None:
    assert (ROOT / "docs" / "dashboard.svg").read_text() == layout.svg(layout.default_widgets()), "python -m sandbox.layout > docs/dashboard.svg"


def test_a_dashboard_shows_only_what_there_is() -> None:
    with monitored_small({"edge": {"mode": "none"}, "monitoring": {"metrics": "none"}}) as stack:
        titles = {w["properties"].get("title") for w in dashboard(stack)}
        assert titles >= {"Running nodes", "Errors in the logs", "CPU, %"}
        assert not titles & {"Healthy nodes", "Peers seen", "Pins", "Load balancer", "CloudFront: requests", "By node", "Bitswap"}


def test_a_budget() -> None:
    with monitored_small({"monitoring": {"monthlyBudgetUsd": 120, "alarmEmails": ["a@example.com"]}}) as stack:
        client = stack.client("budgets")
        (budget,) = client.describe_budgets(AccountId="123456789012")["Budgets"]
        assert (budget["BudgetLimit"], budget["TimeUnit"], budget["BudgetType"]) == ({"Amount": "120", "Unit": "USD"}, "MONTHLY", "COST")
        assert budget["CostFilters"] == {"TagKeyValue": ["user:ipfs-cluster$ipfs-cluster-test-ipfs"]}
        told = client.describe_notifications_for_budget(AccountId="123456789012", BudgetName=budget["BudgetName"])["Notifications"]
        assert sorted((n["NotificationType"], n["Threshold"]) for n in told) == [("ACTUAL", 80), ("FORECASTED", 100)]
        given = stack.inputs("aws:budgets/budget:Budget", "ipfs-monitoring-budget")["notifications"]
        assert {address for n in given for address in n["subscriberEmailAddresses"]} == {"a@example.com"}
    with monitored_small() as stack:
        assert not stack.registered("aws:budgets/budget:Budget")


def test_one_switch_leaves_the_logs_and_nothing_else() -> None:
    with monitored_small({"monitoring": {"enabled": False}, "backup": {"pinsetSchedule": "never"}}) as stack:
        assert not alarms(stack)
        assert not alarms(stack, "us-east-1")
        assert not filters(stack)
        assert not stack.client("cloudwatch").list_dashboards()["DashboardEntries"]
        assert not stack.client("sns").list_topics()["Topics"]
        assert list(stack.containers("eu-west-1a")) == ["configure", "ipfs", "ipfs-cluster"]
        assert "CLUSTER_METRICS_ENABLESTATS" not in environment(stack.containers("eu-west-1a")["ipfs-cluster"])
        assert [g["logGroupName"].rpartition("/")[2] for g in stack.client("logs").describe_log_groups()["logGroups"]] == ["configure", "ipfs", "ipfs-cluster"]
        (cluster,) = stack.client("ecs").describe_clusters(clusters=[stack.output("cluster_arn")], include=["SETTINGS"])["clusters"]
        assert cluster["settings"] == [{"name": "containerInsights", "value": "disabled"}]
        assert stack.output("alarm_topic_arn") is stack.output("dashboard_url") is None
