"""Dashboard and budget, and the switch that leaves all of monitoring out."""

import json
import re
from typing import Any

from sandbox import layout
from tests.helpers.alarms import alarms, filters
from tests.helpers.support import ROOT, Deployed, environment, monitored, monitored_small


def dashboard(stack: Deployed) -> list[dict[str, Any]]:
    body = stack.client("cloudwatch").get_dashboard(DashboardName="ipfs-cluster-test-ipfs")["DashboardBody"]
    return list(json.loads(body)["widgets"])


def test_the_dashboard_is_of_what_there_is() -> None:
    """Its layout and what its graphs show: tests/unit/test_dashboard.py."""
    with monitored({"nodes": {"count": 2}}) as stack:
        shown = {w["properties"].get("title") or w["properties"]["markdown"]: w["properties"] for w in dashboard(stack)}
        names = list(stack.output("dns_names"))
        assert stack.output("dashboard_url").endswith("region=eu-west-1#dashboards/dashboard/ipfs-cluster-test-ipfs")
        assert "## IPFS cluster ipfs-cluster-test-ipfs: health" in shown
        assert [metric[-1]["label"] for metric in shown["CPU, %"]["metrics"]] == names
        assert [metric[-1]["label"] for metric in shown["File systems: bytes stored"]["metrics"]] == names
        arns = {alarm["AlarmArn"] for region in ("eu-west-1", "us-east-1") for alarm in alarms(stack, region).values()}
        assert arns == set(shown["Alarms"]["alarms"])
        logs = [f"SOURCE '/ipfs/ipfs-cluster/test/{node}/{container}'" for node in names for container in ("configure", "ipfs", "ipfs-cluster")]
        assert re.findall(r"SOURCE '[^']*'", shown["Latest errors"]["query"]) == logs
        assert re.findall(r"SOURCE '[^']*'", shown["By node"]["query"]) == ["SOURCE '/ipfs/ipfs-cluster/test/metrics'"]


def test_the_picture_of_the_dashboard_is_of_this_one() -> None:
    assert (ROOT / "docs" / "dashboard.svg").read_text() == layout.svg(layout.default_widgets()), "python -m sandbox.layout > docs/dashboard.svg"


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
