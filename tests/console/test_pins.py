"""The list of pins: search, filter, order, selection, and what is done to many."""

import base64
import hashlib
import threading

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.helpers import console_pins
from tests.helpers.browser import opened, sign_in
from tests.helpers.console_cluster import CLUSTER_IDS, Cluster

COUNT = 100_000


def names(page: Page) -> list[str]:
    """What the rows are called, as far as they are in the page."""
    return page.locator(".grid-body .cell.name a").all_inner_texts()


def rows(page: Page) -> Locator:
    return page.locator(".grid-body [role=row]")


def shows(page: Page, *expected: str) -> None:
    expect(page.locator(".grid-body .cell.name a")).to_have_text(list(expected))


@pytest.fixture
def listed(page: Page, cluster: Cluster) -> Page:
    """A list of some pins, newest first."""
    cluster.add(b"0", "text/plain", "Zebra 2", timestamp="2026-11-01T00:00:00Z", metadata={"project": "savanna"})
    cluster.add(b"1", "text/plain", "apple", timestamp="2026-11-02T00:00:00Z", expire_at="2027-03-01T00:00:00Z")
    cluster.add(b"2", "text/plain", "mango", timestamp="2026-11-03T00:00:00Z", expire_at="2027-01-01T00:00:00Z")
    cluster.add(b"3", "text/plain", "", timestamp="2026-11-04T00:00:00Z")
    failed, missing = list(cluster.pins)[1:3]
    cluster.states = {
        failed: {"ipfs-node-b": {"status": "pin_error", "error": "context deadline exceeded"}},
        missing: {"ipfs-node-c": {"status": "unexpectedly_unpinned", "error": "the item is in the state but not pinned"}},
    }
    sign_in(page, cluster, at="#/pins")
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("grid").get_by_text("Failed")).to_be_visible()
    return page


def test_order(listed: Page) -> None:
    shows(listed, "No name", "mango", "apple", "Zebra 2")
    for column, direction, expected in [
        ("Pinned", "ascending", ["Zebra 2", "apple", "mango", "No name"]),
        ("Name and CID", "ascending", ["apple", "mango", "Zebra 2", "No name"]),
        ("Name and CID", "descending", ["Zebra 2", "mango", "apple", "No name"]),
        ("Expires", "ascending", ["mango", "apple", "No name", "Zebra 2"]),
        ("Expires", "descending", ["apple", "mango", "No name", "Zebra 2"]),
        ("Status", "ascending", ["apple", "mango", "No name", "Zebra 2"]),
    ]:
        listed.get_by_role("columnheader", name=column).get_by_role("button").click()
        shows(listed, *expected)
        expect(listed.get_by_role("columnheader", name=column)).to_have_attribute("aria-sort", direction)


def test_filter_by_status(listed: Page) -> None:
    status = listed.get_by_role("combobox", name="Status")
    status.select_option("Failed")
    shows(listed, "apple")
    status.select_option("Missing on a node")
    shows(listed, "mango")
    status.select_option("Pinned")
    shows(listed, "No name", "Zebra 2")
    expect(listed.get_by_text("2 of 4 pins")).to_be_visible()
    status.select_option("Waiting")
    expect(listed.get_by_role("heading", name="No pin matches")).to_be_visible()
    listed.get_by_role("button", name="Show all pins").click()
    expect(rows(listed)).to_have_count(4)


def test_a_link_of_the_overview_filters(listed: Page) -> None:
    listed.get_by_role("link", name="Overview").click()
    listed.get_by_role("region", name="Pins by status").get_by_role("link", name="Failed").click()
    shows(listed, "apple")
    expect(listed.get_by_role("combobox", name="Status")).to_have_value("failed")


def test_search(listed: Page, cluster: Cluster) -> None:
    search = listed.get_by_role("searchbox")
    zebra = ["Zebra 2"]
    for text, expected in [("ZEBRA", zebra), ("savanna", zebra), ("project=sav zeb", zebra), ("an", ["mango", *zebra]), ("zebra mango", [])]:
        search.fill(text)
        expect(rows(listed)).to_have_count(len(expected))
        assert names(listed) == expected
    cid = next(iter(cluster.pins))
    search.fill(cid[-9:])
    shows(listed, "Zebra 2")


def other_spellings(content: bytes) -> list[str]:
    """The CID of a block in other versions and bases (the codec does not change what the hash is of)."""
    digest = hashlib.sha256(content).digest()
    raw, dag = b"\x01\x55\x12\x20" + digest, b"\x01\x70\x12\x20" + digest
    return [
        _base58(b"\x12\x20" + digest),
        "z" + _base58(raw),
        "f" + raw.hex(),
        "F" + dag.hex().upper(),
        "u" + base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "m" + base64.b64encode(dag).decode().rstrip("="),
        "B" + base64.b32encode(raw).decode().rstrip("="),
        "v" + base64.b32hexencode(raw).decode().lower().rstrip("="),
    ]


def _base58(data: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def test_search_by_a_cid_in_any_version_and_base(listed: Page, cluster: Cluster) -> None:
    search = listed.get_by_role("searchbox")
    cid = next(iter(cluster.pins))
    for text in [
        *other_spellings(b"0"),
        f"ipfs://{cid}",
        f"https://gateway.example.com/ipfs/{cid}/index.html?x=1",
        f"/ipfs/{cid}",
        f"https://{cid}.ipfs.example.com/",
    ]:
        search.fill("nothing of it")
        expect(rows(listed)).to_have_count(0)
        search.fill(f" {text} ")
        shows(listed, "Zebra 2")


def test_keys(listed: Page) -> None:
    grid = listed.get_by_role("grid", name="Pins")
    grid.focus()
    expect(grid).to_have_attribute("aria-activedescendant", "row-0")
    listed.keyboard.press("ArrowDown")
    expect(grid).to_have_attribute("aria-activedescendant", "row-1")
    listed.keyboard.press("Space")
    expect(listed.locator("#row-1")).to_have_attribute("aria-selected", "true")
    listed.keyboard.press("Shift+End")
    expect(listed.get_by_text("3 pins selected").last).to_be_visible()
    listed.keyboard.press("Home")
    expect(grid).to_have_attribute("aria-activedescendant", "row-0")
    listed.keyboard.press("Control+a")
    expect(listed.get_by_text("4 pins selected").last).to_be_visible()
    listed.keyboard.press("Escape")
    expect(listed.locator("[aria-selected=true]")).to_have_count(0)
    listed.keyboard.press("PageDown")
    expect(grid).to_have_attribute("aria-activedescendant", "row-3")
    listed.keyboard.press("Enter")
    expect(listed.get_by_role("heading", level=1)).to_have_text("Zebra 2")
    expect(listed.get_by_role("heading", level=1)).to_be_focused()
    listed.go_back()
    expect(listed.get_by_role("heading", level=1)).to_have_text("Pins")


def test_unpin_several(listed: Page, cluster: Cluster) -> None:
    listed.locator(".grid-body .select").nth(1).click()
    listed.locator(".grid-body .select").nth(3).click(modifiers=["Shift"])
    listed.get_by_role("button", name="Unpin").click()
    confirm = listed.get_by_role("button", name="Unpin 3 pins")
    expect(confirm).to_be_disabled()
    listed.get_by_label("To confirm, type").fill("unpin 4")
    expect(confirm).to_be_disabled()
    listed.get_by_label("To confirm, type").fill("unpin 3")
    confirm.click()
    expect(listed.get_by_text("3 pins unpinned.")).to_be_visible()
    shows(listed, "No name")
    assert [pin["name"] for pin in cluster.pins.values()] == [""]
    assert len(cluster.requests("DELETE /pins/.*")) == 3
    expect(listed.locator(".selection")).to_have_count(0)


def test_escape_unpins_nothing(listed: Page, cluster: Cluster) -> None:
    listed.locator(".grid-body .select").nth(1).click()
    listed.get_by_role("button", name="Unpin").click()
    expect(listed.get_by_label("To confirm, type")).to_be_focused()
    listed.keyboard.press("Escape")
    expect(listed.get_by_role("dialog")).to_have_count(0)
    expect(listed.get_by_role("button", name="Unpin")).to_be_focused()
    assert len(cluster.pins) == 4


def test_what_failed_is_named_and_tried_again(listed: Page, cluster: Cluster) -> None:
    bad = list(cluster.pins)[1]
    cluster.faults = [(f"DELETE /pins/{bad}", 500, "consensus is not ready")]
    listed.get_by_role("grid").focus()
    listed.keyboard.press("Control+a")
    listed.get_by_role("button", name="Unpin").click()
    listed.get_by_label("To confirm, type").fill("unpin 4")
    listed.keyboard.press("Enter")
    dialog = listed.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("apple: The request failed. The cluster says: consensus is not ready")
    shows(listed, "apple")
    cluster.faults = []
    dialog.get_by_role("button", name="Try it again").click()
    expect(listed.get_by_role("heading", name="Nothing is pinned yet")).to_be_visible()
    assert cluster.pins == {}


def test_unpinning_stops_when_asked(listed: Page, cluster: Cluster) -> None:
    go = threading.Event()
    cluster.slow = [("DELETE /pins/.*", go)]
    for index in range(20):
        cluster.add(b"more %d" % index, "text/plain", f"more {index:02d}")
    listed.get_by_role("button", name="Load again").click()
    expect(listed.get_by_role("grid")).to_have_attribute("aria-rowcount", "25")
    listed.get_by_role("grid").focus()
    listed.keyboard.press("Control+a")
    listed.get_by_role("button", name="Unpin").click()
    listed.get_by_label("To confirm, type").fill("unpin 24")
    listed.keyboard.press("Enter")
    listed.get_by_role("button", name="Stop").click()
    go.set()
    expect(listed.get_by_text("4 pins unpinned.")).to_be_visible()
    assert len(cluster.pins) == 20
    expect(listed.get_by_text("20 pins selected").last).to_be_visible()


def test_recover_several(listed: Page, cluster: Cluster) -> None:
    listed.get_by_role("grid").focus()
    listed.keyboard.press("Control+a")
    listed.get_by_role("button", name="Recover").click()
    expect(listed.get_by_text("The nodes try 4 pins again.")).to_be_visible()
    assert len(cluster.requests("POST /pins/.*/recover")) == 4
    expect(listed.get_by_role("grid").get_by_text("Failed")).to_have_count(0)


def test_a_node_that_is_down_counts(page: Page, cluster: Cluster) -> None:
    cluster.add(b"0", "text/plain", "everywhere")
    two = [CLUSTER_IDS["ipfs-node-a"], CLUSTER_IDS["ipfs-node-b"]]
    cluster.add(b"1", "text/plain", "on two", replication_factor_min=1, replication_factor_max=2, allocations=two)
    cluster.killed = {"ipfs-node-c": -100.0}
    sign_in(page, cluster, at="#/pins")
    everywhere = rows(page).filter(has_text="everywhere")
    expect(everywhere).to_contain_text("2 of 3")
    expect(everywhere).to_contain_text("Not on all its nodes")
    expect(rows(page).filter(has_text="on two")).to_contain_text("2 of 2")


def test_a_hostile_name_is_a_text(page: Page, cluster: Cluster) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    cid = cluster.add(b"0", "text/plain", hostile, metadata={hostile: hostile})
    cluster.states[cid] = {"ipfs-node-a": {"status": "pin_error", "error": hostile}}
    sign_in(page, cluster, at="#/pins")
    shows(page, hostile)
    page.locator(".cell.name a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
    expect(page.get_by_role("definition").filter(has_text="<img").last).to_have_text(hostile)
    expect(page.locator("img")).to_have_count(0)
    page.get_by_role("button", name="Unpin…").click()
    page.get_by_label("To confirm, type").fill(hostile)
    page.get_by_role("dialog").get_by_role("button", name="Unpin").click()
    expect(page.get_by_text("1 pin unpinned.")).to_be_visible()
    assert "owned" not in page.title()


def test_a_hundred_thousand(browser: Browser, cluster: Cluster) -> None:
    cluster.lines = console_pins.many(COUNT)
    cluster.half = threading.Event()
    with opened(browser) as page:
        sign_in(page, cluster, at="#/pins")
        grid = page.get_by_role("grid", name="Pins")
        # The list grows while it comes.
        expect(page.get_by_text("so far…")).to_be_visible()
        cluster.half.set()
        expect(page.get_by_text("100,000 pins")).to_be_visible()
        expect(grid).to_have_attribute("aria-rowcount", str(COUNT + 1))
        assert rows(page).count() < 60
        grid.focus()
        page.keyboard.press("End")
        expect(page.locator(f"#row-{COUNT - 1}")).to_be_in_viewport()
        page.get_by_role("searchbox").fill("dataset-098765")
        expect(rows(page)).to_have_count(1)
        expect(page.get_by_text("1 of 100,000 pins")).to_be_visible()
        page.get_by_role("searchbox").fill("project=p42")
        expect(grid).to_have_attribute("aria-rowcount", str(sum(1 for index in range(0, COUNT, 3) if index % 97 == 42) + 1))
        page.get_by_role("searchbox").fill("")
        page.get_by_role("columnheader", name="Name and CID").get_by_role("button").click()
        expect(page.locator("#row-0")).to_contain_text("dataset-000000.tar")


def test_an_order_can_be_chosen_on_a_phone(browser: Browser, cluster: Cluster) -> None:
    cluster.add(b"0", "text/plain", "b")
    cluster.add(b"1", "text/plain", "a")
    with opened(browser, viewport={"width": 360, "height": 640}) as page:
        sign_in(page, cluster, at="#/pins")
        page.get_by_role("combobox", name="Order").select_option("Name, A to Z")
        shows(page, "a", "b")
