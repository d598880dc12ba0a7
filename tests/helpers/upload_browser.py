"""The console in Chromium, against a stand-in of the cluster's REST API that misbehaves as networks and nodes do."""

import contextlib
import functools
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ipfs_cluster.edge import page as served
from ipfs_cluster_cli.dag import Options, plan
from playwright.sync_api import Browser, Locator, Page, expect

from tests.helpers import rest_api
from tests.helpers.browser import opened
from tests.helpers.upload_scripts import CONSOLE, needs_packages

MIB = 1024 * 1024
GATEWAY = "http://localhost:9"
NODES = [served.Node(name, f"eu-west-1{name[-1]}", peer, f"{peer}K") for name, peer in rest_api.NODES.items()]
CLUSTER = served.Cluster(name="test", replication_min=-1, replication_max=-1, storage_max_gib=100, gateway_authentication="none")

needs_browser = needs_packages
"""Tests are skipped by the fixture of the browser where there is none."""


def cid_of(*paths: Path, hidden: bool = False) -> str:
    """The CID that the command gives."""
    with plan(list(paths), Options(hidden=hidden)) as planned:
        return str(planned.root)


@functools.cache
def built() -> Path:
    """The console, built of its sources."""
    folder = Path(tempfile.mkdtemp(prefix="console-"))
    subprocess.run(["node", "build.mjs", str(folder)], cwd=CONSOLE, check=True)
    return folder


def pages(path: str) -> tuple[bytes, Mapping[str, str]] | None:
    """The console's files, with the headers that they have in a deployment."""
    if not path.startswith(f"{served.PATH}/"):
        return None
    name = path.removeprefix(f"{served.PATH}/") or served.INDEX
    headers = {**served.headers(GATEWAY, subdomain_gateway=False), "Content-Type": served.content_type(name), "Cache-Control": served.cache_control(name)}
    if name == served.CONFIGURATION:
        return json.dumps(served.configuration(CLUSTER, GATEWAY, NODES)).encode(), headers
    return (built() / name).read_bytes(), headers


@dataclass
class Console:
    """The console in a page, and the cluster behind it."""

    page: Page
    cluster: rest_api.Cluster

    def open(self, route: str = "upload") -> None:
        """Signs in, and goes to a page of the console."""
        self.page.goto(f"{self.cluster.url}/console/#/{route}")
        self.page.get_by_label("User").fill("me")
        self.page.get_by_label("Password", exact=True).fill(rest_api.PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()  # before that, a reload would forget the token to come

    def choose(self, *files: Path) -> None:
        """Chooses files, as in the browser's dialog."""
        self.page.set_input_files("#choose-files", [str(file) for file in files])

    def choose_folder(self, folder: Path) -> None:
        self.page.set_input_files("#choose-folder", str(folder))

    def drop(self, *paths: Path, at: str = ".drop") -> None:
        """Drops files and folders from the desktop, as the operating system does."""
        box = self.page.locator(at).bounding_box()
        assert box
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        session = self.page.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": data})

    def start(self) -> None:
        self.page.locator("form button[type=submit]").click()

    @property
    def card(self) -> Locator:
        """The newest upload."""
        return self.page.locator(".job").first

    def becomes(self, text: str, seconds: float = 30) -> None:
        """Waits until the newest upload says something."""
        expect(self.card).to_contain_text(text, timeout=seconds * 1000)

    def pinned_names(self) -> set[str]:
        return {pin["name"] for pin in self.cluster.pins.values()}


@contextlib.contextmanager
def console(browser: Browser) -> Iterator[Console]:
    """A page with nothing in it yet. What the page throws, or its policies refuse, fails the test."""
    with rest_api.cluster() as made, opened(browser) as page:
        made.pages = pages
        yield Console(page, made)
