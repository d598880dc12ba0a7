"""The screenshots and figures in docs/console.md: `python -m tools.console_screenshots`. It needs Chromium, and npm ci in console/."""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.helpers.console_cluster import Cluster

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "console"
COLOURS = 128
VIEWS = {"desktop": ("light", 1100, 700), "phone": ("dark", 360, 700), "desktop-dark": ("dark", 1100, 700), "phone-light": ("light", 360, 700)}
MANY = 100_000
SLOW_4G: dict[str, Any] = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
"""As Chromium's developer tools have it."""


def save(picture: bytes, name: str) -> None:
    """Writes a PNG with few colours."""
    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{name}.png", optimize=True)


def fill(cluster: "Cluster") -> str:
    """Gives the cluster something to show; gives the CID of a pin with a failure."""
    from tests.helpers.console_cluster import CLUSTER_IDS

    cluster.lines = b""
    names = ["atlas/tiles-z12.car", "site/2026-11-28", "podcast/ep-041.mp3", "papers/neurips-2026.zip", "photos/lisbon", "genome/hg38.fa.gz"]
    for number, name in enumerate(names * 5):
        stamp = f"2026-11-{28 - number // 3:02d}T0{number % 9}:15:00Z"
        cluster.add(f"{name}{number}".encode(), "application/octet-stream", name.replace("41", str(number)), timestamp=stamp, metadata={"team": "maps"})
    waiting = cluster.add(b"waiting", "application/octet-stream", "backup/2026-11-29.tar.zst", timestamp="2026-11-29T02:00:00Z")
    cluster.states[waiting] = {"ipfs-node-c": {"status": "pinning"}, "ipfs-node-b": {"status": "pin_queued"}}
    text = b"# Field notes\n\nDay 1. The tide was out until noon, so we mapped the northern flat first.\n" * 20
    failed = cluster.add(
        text,
        "text/markdown",
        "expedition/notes.md",
        timestamp="2026-11-29T02:10:00Z",
        metadata={"team": "maps", "owner": "ada"},
        expire_at="2027-03-01T00:00:00Z",
        origins=[f"/dns4/laptop.example.org/tcp/4001/p2p/{CLUSTER_IDS['ipfs-node-a']}"],
    )
    cluster.states[failed] = {"ipfs-node-b": {"status": "pin_error", "error": "context deadline exceeded", "attempt_count": 3}}
    return failed


def _sign_in(page: "Page", cluster: "Cluster", at: str = "") -> None:
    from tests.helpers import browser

    browser.sign_in(page, cluster, at=at)


def quiet(page: "Page") -> None:
    """Waits until nothing is asked any more, or for a moment where something stays open; and until what has come is drawn."""
    from playwright.sync_api import TimeoutError as TooLate

    with contextlib.suppress(TooLate):
        page.wait_for_load_state("networkidle", timeout=2_000)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _signing_in(page: "Page", cluster: "Cluster", failed: str) -> None:
    page.goto(cluster.console)
    page.get_by_label("User").fill("ada")


def _refused(page: "Page", cluster: "Cluster", failed: str) -> None:
    page.goto(cluster.console)
    page.get_by_label("User").fill("ada")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()


def _fine(page: "Page", cluster: "Cluster", failed: str) -> None:
    cluster.states.clear()
    _sign_in(page, cluster)
    page.get_by_text("Every node holds what it should").wait_for()


def _wrong(page: "Page", cluster: "Cluster", failed: str) -> None:
    from tests.helpers.console_cluster import CLUSTER_IDS, GIB

    cluster.killed["ipfs-node-b"] = -100.0
    cluster.free["ipfs-node-c"] = 9 * GIB
    now = time.time()
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 120))
    cluster.alerts = [{"name": "ping", "peer": CLUSTER_IDS["ipfs-node-b"], "triggered_at": when, "received_at": (now - 130) * 1e9}]
    _sign_in(page, cluster)
    page.get_by_text("was not heard of").wait_for()
    page.get_by_text("The node ipfs-node-c has used").wait_for()


def _pins(page: "Page", cluster: "Cluster", failed: str) -> None:
    _sign_in(page, cluster, at="#/pins")
    page.get_by_role("grid").get_by_text("Failed", exact=True).wait_for()
    page.locator(".grid-body .select").nth(2).click()
    page.locator(".grid-body .select").nth(4).click()


def _search(page: "Page", cluster: "Cluster", failed: str) -> None:
    from tests.helpers import console_pins

    cluster.lines = console_pins.many(MANY)
    _sign_in(page, cluster, at="#/pins")
    page.get_by_text("100,000 pins").wait_for()
    page.get_by_role("searchbox").fill("project=p42 dataset-09")


def _loading(page: "Page", cluster: "Cluster", failed: str) -> None:
    cluster.slow = [("GET /allocations", threading.Event())]
    _sign_in(page, cluster, at="#/pins")
    page.get_by_text("Loading the pins…").wait_for()


def _empty(page: "Page", cluster: "Cluster", failed: str) -> None:
    cluster.pins.clear()
    _sign_in(page, cluster, at="#/pins")
    page.get_by_text("Nothing is pinned yet").wait_for()


def _failing(page: "Page", cluster: "Cluster", failed: str) -> None:
    cluster.faults = [("GET /allocations", 503, "")]
    _sign_in(page, cluster, at="#/pins")
    page.get_by_role("alert").wait_for()


def _offline(page: "Page", cluster: "Cluster", failed: str) -> None:
    _fine(page, cluster, failed)
    page.context.set_offline(True)
    page.get_by_text("The API does not answer.").wait_for()


def _one(page: "Page", cluster: "Cluster", failed: str) -> None:
    _sign_in(page, cluster, at=f"#/pins/{failed}")
    page.locator("pre.preview").wait_for()


def _unpin(page: "Page", cluster: "Cluster", failed: str) -> None:
    _one(page, cluster, failed)
    page.get_by_role("button", name="Unpin…").click()
    page.get_by_label("To confirm, type").fill("expedition/no")


def _expired(page: "Page", cluster: "Cluster", failed: str) -> None:
    _pins(page, cluster, failed)
    cluster.users = {}
    page.get_by_role("dialog").wait_for()


STATES: dict[str, tuple[Callable[["Page", "Cluster", str], None], tuple[str, ...]]] = {
    "sign-in": (_signing_in, ("desktop", "phone")),
    "refused": (_refused, ("desktop", "phone")),
    "overview": (_fine, ("desktop", "phone", "desktop-dark", "phone-light")),
    "problems": (_wrong, ("desktop", "phone")),
    "pins": (_pins, ("desktop", "phone", "desktop-dark", "phone-light")),
    "search": (_search, ("desktop", "phone")),
    "loading": (_loading, ("desktop", "phone")),
    "empty": (_empty, ("desktop", "phone")),
    "failing": (_failing, ("desktop", "phone")),
    "offline": (_offline, ("desktop", "phone")),
    "pin": (_one, ("desktop", "phone")),
    "unpin": (_unpin, ("desktop", "phone")),
    "expired": (_expired, ("desktop", "phone")),
}
"""How to get there, and in which windows it is shown."""


def options(view: str) -> dict[str, Any]:
    """How the browser is opened for a view."""
    scheme, width, height = VIEWS[view]
    return {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}


def uploads(browser: "Browser", view: str) -> None:
    """An upload that is done, and the form."""
    from tests.helpers import rest_api, upload_browser
    from tests.helpers.browser import opened

    with rest_api.cluster() as made, opened(browser, **options(view)) as page, tempfile.TemporaryDirectory() as folder:
        made.pages = upload_browser.pages
        console = upload_browser.Console(page, made)
        console.open()
        for name in ("map.geojson", "legend.svg", "notes.md"):
            (Path(folder) / name).write_text(name * 1000)
        console.choose(*sorted(Path(folder).iterdir()))
        quiet(page)
        save(page.screenshot(), f"upload-{view}")
        console.start()
        console.becomes("nodes")
        quiet(page)
        console.card.scroll_into_view_if_needed()
        save(page.screenshot(), f"uploaded-{view}")


def measure(browser: "Browser") -> dict[str, str]:
    """First paint on a slow connection; time and memory with very many pins."""
    from tests.helpers import console_api, console_pins
    from tests.helpers.browser import opened

    figures = {}
    with console_api.cluster() as cluster, opened(browser) as page:
        cluster.lines = console_pins.many(MANY)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW_4G)
        page.goto(cluster.console)
        page.get_by_label("User").wait_for()
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        figures["first paint (slow 4G, nothing kept)"] = f"{paint / 1000:.1f} s"
        devtools.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
        page.reload()
        page.get_by_label("User").wait_for()
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        figures["first paint (no network between)"] = f"{paint:.0f} ms"
        _sign_in(page, cluster, at="#/pins")
        began = time.monotonic()
        page.get_by_text("100,000 pins").wait_for()
        figures["100,000 pins listed after"] = f"{time.monotonic() - began:.1f} s"
        quiet(page)
        devtools.send("Performance.enable")
        devtools.send("HeapProfiler.collectGarbage")
        values = {value["name"]: value["value"] for value in devtools.send("Performance.getMetrics")["metrics"]}
        figures["memory of the page's scripts"] = f"{values['JSHeapUsedSize'] / 2**20:.0f} MiB"
        figures["elements in the page"] = f"{values['Nodes']:.0f}"
        typed = "() => { const began = performance.now(); const box = document.querySelector('input[type=search]'); box.value = 'p42';"
        typed += " box.dispatchEvent(new Event('input', {bubbles: true}));"
        typed += " return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))); }"
        figures["a search, until it is drawn"] = f"{page.evaluate(typed):.0f} ms"
    return figures


def main() -> None:
    """Writes them all, or those whose names are given."""
    from tests.helpers import console_api
    from tests.helpers.browser import chromium, opened

    FOLDER.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    with chromium() as browser:
        for name, (go, views) in STATES.items():
            for view in views if not wanted or name in wanted else ():
                with console_api.cluster() as cluster, opened(browser, **options(view)) as page:
                    failed = fill(cluster)
                    go(page, cluster, failed)
                    quiet(page)
                    save(page.screenshot(), f"{name}-{view}")
                    for _, waits in cluster.slow:
                        waits.set()
        for view in ("desktop", "phone") if not wanted or "upload" in wanted else ():
            uploads(browser, view)
        if not wanted or "figures" in wanted:
            for what, figure in measure(browser).items():
                print(f"{what}: {figure}")


if __name__ == "__main__":
    main()
