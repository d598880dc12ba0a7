"""The console of a cluster that only follows another one: it shows all, of one node after another, and offers nothing that would be refused."""

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.browser import PHONE, sign_in
from tests.helpers.console_cluster import Cluster

NOTHING_TO_CLICK = ("Unpin…", "Unpin", "Recover", "Upload or pin", "Pin it", "Upload")


@pytest.fixture
def cluster(cluster: Cluster) -> Cluster:
    cluster.follows = True
    for index in range(3):
        cluster.add(b"%d" % index, "text/plain", f"pin {index}")
    return cluster


def test_all_is_well(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_text("This cluster only follows another one")).to_be_visible()
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    expect(page.get_by_text("see each other")).to_have_count(0)
    expect(page.locator(".tiles")).to_contain_text("3 of 3")
    expect(page.locator(".tiles")).not_to_contain_text("Storage")
    node = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="ipfs-node-b"))
    for text in ("Up", "eu-west-1b", "1.1.6", "Answers"):
        expect(node).to_contain_text(text)
    expect(node).not_to_contain_text("Sees")
    expect(page.get_by_role("region", name="Pins by status")).to_contain_text("The node that was asked holds what it should")


def test_what_is_wrong_with_one_node(page: Page, cluster: Cluster) -> None:
    cluster.kubo_errors["ipfs-node-c"] = "context deadline exceeded"
    cluster.versions["ipfs-node-a"] = "1.1.7"
    (cid, *_) = cluster.pins
    cluster.states[cid] = {"ipfs-node-b": {"status": "pin_error", "error": "boom"}}
    sign_in(page, cluster)
    for text in ("kubo on the node ipfs-node-c does not answer", "run different versions of ipfs-cluster (1.1.6, 1.1.7)", "1 pin failed."):
        expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_text("does not see")).to_have_count(0)


def test_a_pin_is_what_all_nodes_say_one_after_another(page: Page, cluster: Cluster) -> None:
    (cid, *_) = cluster.pins
    cluster.states[cid] = {"ipfs-node-b": {"status": "pin_error", "error": "boom"}}
    sign_in(page, cluster, at=f"#/pins/{cid}")
    expect(page.get_by_text("Pinned on 2 of 3 nodes")).to_be_visible()
    expect(page.get_by_role("region", name="On the nodes")).not_to_contain_text("Unknown")


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_nothing_is_offered_that_would_be_refused(page: Page, cluster: Cluster, viewport: dict[str, int] | None) -> None:
    if viewport:
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
    (cid, *_) = cluster.pins
    sign_in(page, cluster, at="#/pins")
    for at in ("#/pins", f"#/pins/{cid}", "#/pins/bafkqaaa", "#/"):
        page.goto(cluster.console + at)
        expect(page.locator("main").get_by_role("heading").first).to_be_visible()
        for name in NOTHING_TO_CLICK:
            for role in ("button", "link"):
                expect(page.get_by_role(role, name=name, exact=True)).to_have_count(0)
    page.goto(f"{cluster.console}#/pins")
    grid = page.get_by_role("grid")
    expect(grid.get_by_role("row")).to_have_count(4)
    expect(grid.get_by_role("columnheader", name="Selected")).to_have_count(0)
    grid.focus()
    for key in (" ", "Control+a", "Shift+ArrowDown"):
        grid.press(key)
    expect(grid.locator("[aria-selected]")).to_have_count(0)
    expect(page.locator(".selection")).to_have_count(0)
    page.goto(f"{cluster.console}#/upload?cid={cid}")
    expect(page.get_by_text("Add, pin and unpin there.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    assert {request.method for request in cluster.asked} == {"GET", "POST"}
    assert [request.path for request in cluster.asked if request.method == "POST"] == ["/token"]


def test_an_empty_one_says_where_to_pin(page: Page, cluster: Cluster) -> None:
    cluster.pins.clear()
    sign_in(page, cluster, at="#/pins")
    expect(page.get_by_role("heading", name="Nothing is pinned yet")).to_be_visible()
    expect(page.get_by_text("Add, pin and unpin there.")).to_be_visible()
