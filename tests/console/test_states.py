"""States that are not the usual one: loading, empty, failing, offline, without settings."""

import threading

from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import opened, sign_in
from tests.helpers.console_cluster import Cluster


def test_while_the_list_loads(page: Page, cluster: Cluster) -> None:
    cluster.add(b"0", "text/plain", "a pin")
    go = threading.Event()
    cluster.slow = [("GET /allocations", go)]
    sign_in(page, cluster, at="#/pins")
    expect(page.get_by_text("Loading the pins…")).to_be_visible()
    go.set()
    expect(page.get_by_text("a pin")).to_be_visible()
    # Loaded again, the old list stays until the new one is there.
    again = threading.Event()
    cluster.slow = [("GET /allocations", again)]
    page.get_by_role("button", name="Load again").click()
    expect(page.get_by_text("Loading: 0 so far…")).to_be_visible()
    expect(page.get_by_text("a pin")).to_be_visible()
    again.set()
    expect(page.get_by_text("1 pin", exact=True)).to_be_visible()


def test_a_list_that_fails(page: Page, cluster: Cluster) -> None:
    cluster.add(b"0", "text/plain", "a pin")
    cluster.faults = [("GET /allocations", 500, "datastore is closed")]
    sign_in(page, cluster, at="#/pins")
    expect(page.get_by_role("alert")).to_contain_text("The request failed. The cluster says: datastore is closed")
    cluster.faults = []
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("a pin")).to_be_visible()
    cluster.faults = [("GET /allocations", 502, "")]
    page.get_by_role("button", name="Load again").click()
    expect(page.get_by_role("alert")).to_contain_text("No node answers the load balancer right now (502).")
    expect(page.get_by_text("a pin")).to_be_visible()


def test_a_pin_that_cannot_be_looked_at(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "a pin")
    cluster.faults = [("GET /allocations/.*", 504, "")]
    sign_in(page, cluster, at=f"#/pins/{cid}")
    expect(page.get_by_role("alert")).to_contain_text("No node answers the load balancer right now (504).")
    cluster.faults = []
    expect(page.get_by_role("heading", level=1)).to_have_text("a pin")
    expect(page.get_by_role("alert").filter(has_text="504")).to_have_count(0)


def test_offline(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.get_by_text("The API does not answer. The cluster cannot be reached. Check your connection.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()


def test_without_its_settings_the_console_says_so(page: Page, cluster: Cluster) -> None:
    page.route("**/config.json", lambda route: route.fulfill(status=500))
    page.goto(cluster.console)
    expect(page.get_by_role("heading", name="The console cannot start")).to_be_visible()
    page.unroute("**/config.json")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_without_storage_the_token_is_in_memory(browser: Browser, cluster: Cluster) -> None:
    with opened(browser) as page:
        page.add_init_script("Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('denied', 'SecurityError'); }})")
        sign_in(page, cluster)
        expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
