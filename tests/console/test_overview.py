"""The overview: what is wrong, in words, with a link to the runbook."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.browser import sign_in
from tests.helpers.console_cluster import CLUSTER_IDS, GIB, KUBO_IDS, Cluster
from tests.helpers.waiting import until

GONE = -100.0
"""When a node was killed that nobody has heard of for long."""


def test_all_is_well(page: Page, cluster: Cluster) -> None:
    for index in range(3):
        cluster.add(b"%d" % index, "text/plain", f"pin {index}")
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    expect(page.get_by_text("All 3 nodes answer, see each other and hold their pins.")).to_be_visible()
    tiles = page.locator(".tiles")
    for text in ("3 of 3", "31 %", "of 100 GiB, on the fullest node", "Answers"):
        expect(tiles).to_contain_text(text)
    expect(tiles.get_by_role("definition").nth(2)).to_have_text("3")
    node = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="ipfs-node-b"))
    for text in ("Up", "eu-west-1b", "3 of 3 nodes", "1.1.6", "31 GiB of 100 GiB", "just now"):
        expect(node).to_contain_text(text)
    assert [code.get_attribute("title") for code in node.locator("code").all()] == [CLUSTER_IDS["ipfs-node-b"], KUBO_IDS["ipfs-node-b"]]
    expect(page.get_by_role("region", name="Pins by status")).to_contain_text("Every node holds what it should")
    expect(page.get_by_role("region", name="Alerts")).to_contain_text("No node has missed a sign of life")
    assert page.title() == "Overview · archive-prod"


def test_a_node_that_dies_while_one_looks(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    # The others forget it after two pings, ten seconds later, and the page asks every three seconds: within 15 seconds.
    cluster.killed["ipfs-node-b"] = time.monotonic()
    expect(page.get_by_text("The node ipfs-node-b (eu-west-1b) does not answer.")).to_be_visible()
    node = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="ipfs-node-b"))
    expect(node).to_contain_text("Down")
    del cluster.killed["ipfs-node-b"]
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()


def died(cluster: Cluster) -> None:
    cluster.killed["ipfs-node-b"] = GONE
    heard = time.time_ns() - 7200 * 10**9
    cluster.alerts = [{"name": "ping", "peer": CLUSTER_IDS["ipfs-node-b"], "triggered_at": "2026-11-29T02:00:00Z", "received_at": heard}]


def blind(cluster: Cluster) -> None:
    cluster.blind["ipfs-node-a"] = {"ipfs-node-c"}


def hanging(cluster: Cluster) -> None:
    cluster.kubo_errors["ipfs-node-c"] = "Post http://127.0.0.1:5001/api/v0/id: context deadline exceeded"


def updating(cluster: Cluster) -> None:
    cluster.versions["ipfs-node-a"] = "1.1.7"


def nearly_full(cluster: Cluster) -> None:
    cluster.free["ipfs-node-a"] = 4 * GIB


def full(cluster: Cluster) -> None:
    del cluster.free["ipfs-node-a"]  # kubo has no figure any more


def failing(cluster: Cluster) -> None:
    cluster.states[next(iter(cluster.pins))] = {"ipfs-node-a": {"status": "pin_error", "error": "boom"}}


def lacking(cluster: Cluster) -> None:
    cluster.states[next(iter(cluster.pins))] = {"ipfs-node-a": {"status": "unexpectedly_unpinned"}}


def closed(cluster: Cluster) -> None:
    cluster.gateway_down = True


@pytest.mark.parametrize(
    ("happens", "text", "section"),
    [
        (died, "The node ipfs-node-b (eu-west-1b) does not answer. The others serve, and nothing is lost.", "nodes-down"),
        (blind, "The node ipfs-node-a does not see ipfs-node-c.", "peers-do-not-see-each-other"),
        (hanging, "kubo on the node ipfs-node-c does not answer: Post http://127.0.0.1:5001/api/v0/id: context deadline exceeded", "a-node-that-hangs"),
        (updating, "The nodes run different versions of ipfs-cluster (1.1.6, 1.1.7). During an update that is normal.", "upgrade"),
        (nearly_full, "The node ipfs-node-a has used 96 % of its 100 GiB.", "storage"),
        (full, "The node ipfs-node-a has used 100 % of its 100 GiB.", "storage"),
        (failing, "1 pin failed. The nodes try it again every five minutes.", "pin-errors"),
        (lacking, "1 pin is not on every node that should hold it. The nodes bring it back by themselves.", "what-nodes-mend-by-themselves"),
        (closed, "The gateway does not answer.", "errors"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong(page: Page, cluster: Cluster, happens: Callable[[Cluster], None], text: str, section: str) -> None:
    cluster.add(b"0", "text/plain", "a pin")
    happens(cluster)
    sign_in(page, cluster)
    problem = page.locator(".problems").get_by_role("listitem").filter(has_text=text)
    expect(problem).to_have_count(1)
    assert str(problem.get_by_role("link", name="What to do").get_attribute("href")).endswith(f"#{section}")
    expect(page.get_by_role("heading", name="One thing needs attention")).to_be_visible()


def test_a_dead_node_was_last_seen_when_an_alert_says(page: Page, cluster: Cluster) -> None:
    died(cluster)
    sign_in(page, cluster)
    node = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="ipfs-node-b"))
    expect(node).to_contain_text("2 hours ago")
    expect(page.get_by_role("region", name="Alerts")).to_contain_text("ipfs-node-b was not heard of")


def test_no_node_answers(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    cluster.faults = [("(GET|POST) .*", 503, "")]
    problem = page.locator(".problems").get_by_role("listitem").filter(has_text="The API does not answer. No node answers the load balancer right now (503).")
    expect(problem).to_be_visible()
    assert str(problem.get_by_role("link", name="What to do").get_attribute("href")).endswith("#all-down")
    expect(page.locator(".freshness")).to_contain_text("No answer since")
    cluster.faults = []
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()


def test_a_gateway_with_authentication_is_only_known_to_be_there(page: Page, cluster: Cluster) -> None:
    cluster.config = {"gatewayAuthentication": "basic"}
    sign_in(page, cluster)
    expect(page.locator(".tiles")).to_contain_text("Whether a node does cannot be seen without signing in to the gateway.")


def test_each_look_at_the_gateway_is_for_something_that_no_cache_has(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    until("the gateway is asked", lambda: len(cluster.gateway_asked) == 1)
    page.reload()
    until("the gateway is asked again", lambda: len(cluster.gateway_asked) == 2)
    first, second = cluster.gateway_asked
    assert first != second
