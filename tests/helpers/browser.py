"""Chromium, driven by Playwright, as people use the console."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.helpers.console_cluster import PASSWORD, USER, Cluster
from tests.helpers.support import ROOT

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable") if (path := shutil.which(name))), None)
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 60_000
"""How long a test waits for what has to come: machines with much to do are slow."""

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 320, "height": 640}


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: chromium or google-chrome must be on PATH")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, as in many containers.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


class Watched:
    """What went wrong in a page: an uncaught error, or something that the content security policy refused."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if re.search(r"Content Security Policy|Trusted Type|TrustedHTML|Refused to", message.text):
            self.found.append(message.text)


@contextlib.contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Page]:
    """A new page in a profile of its own. Nothing may go wrong in it."""
    context = browser.new_context(**{"viewport": DESKTOP, **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    watched = Watched(page)
    try:
        yield page
        assert watched.found == []
    finally:
        context.close()


def sign_in(page: Page, cluster: Cluster, user: str = USER, password: str = PASSWORD, at: str = "") -> None:
    """Opens the console, at a hash, and signs in."""
    page.goto(cluster.console + at)
    submit(page, user, password)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def submit(page: Page, user: str = USER, password: str = PASSWORD) -> None:
    """Fills in the form."""
    page.get_by_label("User").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def prompts(page: Page) -> list[dict[str, Any]]:
    """Answers the browser's questions for a password with nothing. Gives the list that gets them."""
    asked: list[dict[str, Any]] = []
    devtools = page.context.new_cdp_session(page)

    def refuse(event: dict[str, Any]) -> None:
        asked.append(event)
        devtools.send("Fetch.continueWithAuth", {"requestId": event["requestId"], "authChallengeResponse": {"response": "CancelAuth"}})

    def go_on(event: dict[str, Any]) -> None:
        devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    devtools.on("Fetch.authRequired", refuse)
    devtools.on("Fetch.requestPaused", go_on)
    devtools.send("Fetch.enable", {"handleAuthRequests": True})
    return asked


def violations(page: Page) -> list[str]:
    """What the accessibility checker finds serious or worse. The page's policy allows no script from outside: the driver runs it."""
    if not Path(AXE).exists():
        pytest.skip("axe-core is not there: run npm ci in console/")
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
    return [f"{found['id']}: {node['target']} {node['failureSummary']}" for found in result["violations"] for node in found["nodes"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
