"""For everyone: an accessibility checker, the keyboard alone, narrow windows, both colour schemes, reduced motion."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.helpers.browser import DESKTOP, NARROWEST, PHONE, opened, overflow, sign_in, submit, violations
from tests.helpers.console_cluster import Cluster


def form(page: Page, cluster: Cluster) -> None:
    page.goto(cluster.console)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def overview(page: Page, cluster: Cluster) -> None:
    cluster.killed["ipfs-node-b"] = -100.0
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="need attention")).to_be_visible()
    expect(page.get_by_role("region", name="Pins by status")).to_contain_text("Compared with")


def pins(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster, at="#/pins")
    page.locator(".grid-body .select").nth(1).click()
    expect(page.get_by_role("grid").get_by_text("Failed", exact=True)).to_be_visible()


def no_pins(page: Page, cluster: Cluster) -> None:
    cluster.pins.clear()
    sign_in(page, cluster, at="#/pins")
    expect(page.get_by_role("heading", name="Nothing is pinned yet")).to_be_visible()


def unpin(page: Page, cluster: Cluster) -> None:
    pins(page, cluster)
    page.get_by_role("button", name="Unpin").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def pin(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster, at=f"#/pins/{next(iter(cluster.states))}")
    expect(page.get_by_role("region", name="On the nodes")).to_contain_text("Failed")
    expect(page.get_by_role("region", name="Content").locator("pre")).to_be_visible()


def upload(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster, at="#/upload")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def expired(page: Page, cluster: Cluster) -> None:
    pins(page, cluster)
    cluster.users = {}
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()


VIEWS = [form, overview, pins, no_pins, unpin, pin, upload, expired]


@pytest.fixture
def full(cluster: Cluster) -> Cluster:
    """A cluster with something of everything."""
    for index in range(40):
        cluster.add(b"%d" % index, "text/plain", f"a-name-that-is-long-and-has-no-space-to-break-at-{index:050d}" if index % 2 else f"pin {index}")
    failed = cluster.add(b"failed " * 100, "text/plain", "failed", metadata={"project": "x" * 80}, origins=["/dns4/a.example/tcp/4001/p2p/12D3KooWA"])
    cluster.pins[failed]["timestamp"] = "2026-11-25T00:00:00Z"  # first on the list
    error = {"status": "pin_error", "error": "context deadline exceeded", "attempt_count": 2}
    cluster.states[failed] = {"ipfs-node-a": error, "ipfs-node-b": {"status": "pinning"}}
    return cluster


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_the_checker_finds_nothing(browser: Browser, full: Cluster, view: Callable[[Page, Cluster], None], scheme: str) -> None:
    with opened(browser, color_scheme=scheme, viewport=PHONE if scheme == "dark" else DESKTOP, reduced_motion="reduce") as page:
        view(page, full)
        assert violations(page) == []
        assert overflow(page) == 0
        page.set_viewport_size({"width": NARROWEST["width"], "height": NARROWEST["height"]})
        assert overflow(page) == 0


def test_the_checker_would_find_something(page: Page, full: Cluster) -> None:
    page.goto(full.console)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.evaluate("document.querySelector('label').replaceWith(document.querySelector('input'))")
    assert any(found.startswith("label:") for found in violations(page))


def reach(page: Page, target: Locator, key: str) -> None:
    """Presses a key until something has the focus."""
    for _ in range(12):
        page.keyboard.press(key)
        if target.evaluate("element => element === document.activeElement"):
            return
    expect(target).to_be_focused()


def test_the_keyboard_alone(page: Page, full: Cluster) -> None:
    page.goto(full.console)
    expect(page.get_by_label("User")).to_be_focused()
    page.keyboard.type("me")
    page.keyboard.press("Tab")
    page.keyboard.type("correct-horse")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    expect(heading).to_have_text("Overview")
    # The first link of all skips the rest of the head.
    reach(page, page.get_by_role("link", name="Skip to the content"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("link", name="Pins", exact=True).focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Pins")
    expect(heading).to_be_focused()
    reach(page, page.get_by_role("grid"), "Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    # The bar with what can be done comes after the list.
    reach(page, page.get_by_role("button", name="Unpin"), "Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("To confirm, type")).to_be_focused()
    page.keyboard.type("unpin 2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 pins unpinned.")).to_be_visible()
    assert len(full.pins) == 39


def test_a_dialog_keeps_the_focus(page: Page, full: Cluster) -> None:
    unpin(page, full)
    dialog = page.get_by_role("dialog")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)")
    expect(dialog).to_be_visible()


def test_what_changes_is_read_out(page: Page, full: Cluster) -> None:
    pins(page, full)
    expect(page.get_by_role("status").filter(has_text="1 pin selected")).to_have_count(1)
    page.get_by_role("searchbox").fill("failed")
    expect(page.get_by_role("status").filter(has_text="1 of 41 pins")).to_have_count(1)


def test_reduced_motion(browser: Browser, full: Cluster) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        sign_in(page, full)
        expect(page.locator(".fill").first).to_be_visible()
        assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.fill')).transitionDuration)") < 0.001


def test_text_can_be_twice_as_large(browser: Browser, full: Cluster) -> None:
    with opened(browser, viewport={"width": 640, "height": 512}) as page:  # 1280 by 1024 at 200 %
        sign_in(page, full, at="#/pins")
        expect(page.get_by_role("grid")).to_be_in_viewport()
        assert overflow(page) == 0


def test_the_colours_follow_the_system(browser: Browser, full: Cluster) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        with opened(browser, color_scheme=scheme) as page:
            page.goto(full.console)
            submit(page)
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(244, 246, 248)", "rgb(14, 19, 24)"]
