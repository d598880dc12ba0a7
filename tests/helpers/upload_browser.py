"""The console in Chromium, against a stand-in of the cluster's REST API that misbehaves as networks and nodes do."""

import contextlib
import functools
import json
import mimetypes
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import Options, plan

from tests.helpers import rest_api
from tests.helpers.upload_scripts import CONSOLE, needs_packages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
try:
    from playwright import sync_api
    from playwright.sync_api import expect
except ImportError:
    sync_api = expect = None  # type: ignore[assignment]

MIB = 1024 * 1024


def cid_of(*paths: Path, hidden: bool = False) -> str:
    """The CID that the command gives."""
    with plan(list(paths), Options(hidden=hidden)) as planned:
        return str(planned.root)


NODES = [{"name": name, "zone": f"eu-west-1{name[-1]}", "clusterPeerId": peer, "kuboPeerId": f"{peer}K"} for name, peer in rest_api.NODES.items()]
CONFIGURATION = {
    "name": "test",
    "gateway": "http://localhost:9",
    "gatewayAuthentication": None,
    "nodes": NODES,
    "replication": {"min": -1, "max": -1},
    "storageMaxGib": 100,
    "docs": "runbook.html",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' http://localhost:9; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types console",
    "X-Content-Type-Options": "nosniff",
}

needs_browser = [
    needs_packages,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(sync_api is None, reason="Playwright is not installed"),
]


@functools.cache
def built() -> Path:
    """The console, built of its sources."""
    folder = Path(tempfile.mkdtemp(prefix="console-"))
    subprocess.run(["node", "build.mjs", str(folder)], cwd=CONSOLE, check=True)
    return folder


def pages(path: str) -> tuple[bytes, Mapping[str, str]] | None:
    """The console's files below /console/."""
    if not path.startswith("/console/"):
        return None
    name = path.removeprefix("/console/") or "index.html"
    if name == "config.json":
        return json.dumps(CONFIGURATION).encode(), {**HEADERS, "Content-Type": "application/json"}
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "application/octet-stream"
    return (built() / name).read_bytes(), {**HEADERS, "Content-Type": kind}


@contextlib.contextmanager
def chromium() -> Iterator["sync_api.Browser"]:
    """A browser, for as many pages as one likes."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Console:
    """The console in a page, and the cluster behind it."""

    page: "sync_api.Page"
    cluster: rest_api.Cluster
    errors: list[str]

    def open(self, route: str = "upload") -> None:
        """Signs in, and goes to a page of the console."""
        self.page.goto(f"{self.cluster.url}/console/#/{route}")
        self.page.get_by_label("User").fill("me")
        self.page.get_by_label("Password", exact=True).fill(rest_api.PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def choose(self, *files: Path) -> None:
        """Chooses files, as in the browser's dialog."""
        self.page.set_input_files("#choose-files", [str(file) for file in files])

    def choose_folder(self, folder: Path) -> None:
        self.page.set_input_files("#choose-folder", str(folder))

    def drop(self, *paths: Path) -> None:
        """Drops files and folders from the desktop, as the operating system does."""
        box = self.page.locator(".drop").bounding_box()
        assert box
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        session = self.page.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": data})

    def start(self) -> None:
        self.page.locator("form button[type=submit]").click()

    @property
    def card(self) -> "sync_api.Locator":
        """The newest upload."""
        return self.page.locator(".job").first

    def becomes(self, text: str, seconds: float = 30) -> None:
        """Waits until the newest upload says something."""
        expect(self.card).to_contain_text(text, timeout=seconds * 1000)

    def pinned_names(self) -> set[str]:
        return {pin["name"] for pin in self.cluster.pins.values()}


@contextlib.contextmanager
def console(browser: "sync_api.Browser") -> Iterator[Console]:
    """A page with nothing in it yet. What the page throws, or its policies refuse, fails the test."""
    with rest_api.cluster() as made:
        made.pages = pages
        context = browser.new_context()
        page = context.new_page()
        shown = Console(page, made, [])
        page.on("pageerror", lambda error: shown.errors.append(str(error)))
        page.on("console", lambda said: shown.errors.append(said.text) if "Content Security Policy" in said.text else None)
        try:
            yield shown
        finally:
            context.close()
        assert not shown.errors
