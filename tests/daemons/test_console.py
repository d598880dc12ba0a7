"""The console in Chromium, against real daemons behind the sandbox's load balancer."""

import http.server
import json
import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipfs_cluster.edge import page as built
from ipfs_cluster_cli.dag import Options, plan
from playwright.sync_api import Browser, Page, expect

from tests.helpers import contents
from tests.helpers.browser import chromium, opened, prompts, submit
from tests.helpers.daemons import Cluster, get, kill, needs_daemons, running, short
from tests.helpers.serving import serving
from tests.helpers.waiting import until

pytestmark = needs_daemons

MIB = 1024 * 1024
SOON_MS = 15_000
"""How long a person waits at most to learn that a node is gone."""
MINUTES_MS = 600_000
PINNED = "Pinned on all 3 nodes"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("console"), {"network": {"cidr": "10.242.0.0/16"}, "api": {"users": ["alice"]}}) as made:
        yield made


@pytest.fixture(scope="module")
def browser(cluster: Cluster) -> Iterator[Browser]:  # after it: Playwright has an event loop of its own, within which no program can run
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, cluster: Cluster) -> Iterator[Page]:
    until("the load balancer has nodes", lambda: get(cluster.front("api"), "/health")[0] == 204)
    with opened(browser) as shown:
        yield shown


def address(cluster: Cluster, at: str = "") -> str:
    return f"http://127.0.0.1:{cluster.front('api')}/console/{at}"


def sign_in(page: Page, cluster: Cluster, at: str = "") -> None:
    user, password = cluster.credentials().split(":")
    page.goto(address(cluster, at))
    submit(page, user, password)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def cid_of(path: Path) -> str:
    """The CID that the command gives."""
    with plan([path], Options()) as planned:
        return str(planned.root)


def names(cluster: Cluster) -> dict[str, str]:
    """The names of all pins, by CID."""
    return {pin["cid"]: pin["name"] for pin in cluster.ask(cluster.names[0], "allocations")}


def upload(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Upload", exact=True).click()
    page.set_input_files("#choose-folder" if path.is_dir() else "#choose-files", str(path))
    page.locator("form button[type=submit]").click()


def unpin(page: Page, cluster: Cluster, cid: str, name: str) -> None:
    page.goto(address(cluster, f"#/pins/{cid}"))
    page.get_by_role("button", name="Unpin…").click()
    dialog = page.get_by_role("dialog", name="Unpin this?")
    dialog.get_by_label("To confirm, type").fill(name)
    dialog.get_by_role("button", name="Unpin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pins")


def test_the_entrance_serves_it_with_its_headers(cluster: Cluster) -> None:
    api, gateway = cluster.front("api"), f"http://127.0.0.1:{cluster.front('gateway')}"
    for path in ("", *built.files(), built.CONFIGURATION):
        file = path or built.INDEX
        status, headers, body = get(api, f"/console/{path}")
        assert (status, headers["content-type"], headers["cache-control"]) == (200, built.content_type(file), built.cache_control(file)), path
        for name, value in built.headers(gateway, subdomain_gateway=False).items():
            assert headers[name.lower()] == value, f"{path}: {name}"
        if file == built.CONFIGURATION:
            told = json.loads(body)
            assert told["gateway"] == gateway
            assert [node["name"] for node in told["nodes"]] == [short(name) for name in cluster.names]
            peers = {peer["peername"]: (peer["id"], peer["ipfs"]["id"]) for peer in cluster.ask(cluster.names[0], "peers")}
            assert {node["name"]: (node["clusterPeerId"], node["kuboPeerId"]) for node in told["nodes"]} == peers
        else:
            assert body == (built.FOLDER / file).read_bytes(), path
    assert get(api, "/console/assets/none.js")[0] == 404
    for path in ("/console", "/console/pins"):
        status, headers, _ = get(api, path)
        assert (status, headers["location"]) == (302, "/console/")
    assert get(api, "/consoles")[0] == 401, "that is the REST API's"
    assert get(cluster.front("gateway"), "/console/")[0] == 404


def test_sign_in_wrong_and_right_and_out(page: Page, cluster: Cluster) -> None:
    asked = prompts(page)
    page.goto(address(cluster))
    outputs = json.loads(cluster.sandbox.outputs_file.read_text())
    submit(page, "alice", "not hers")
    expect(page.get_by_role("alert")).to_have_text("User or password is wrong.")
    submit(page, "alice", outputs["api_users"]["alice"])
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    for node in cluster.names:
        expect(page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=short(node), exact=True))).to_contain_text("Up")
    assert asked == []
    assert page.context.cookies() == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_folder_is_uploaded_read_and_unpinned(page: Page, cluster: Cluster, tmp_path: Path) -> None:
    tree = {f"{number:02}": {f"{number:02}-{index:02}.txt": f"{number} {index}".encode() for index in range(20)} for number in range(25)}
    folder = contents.write(tmp_path / "photos", tree)
    sign_in(page, cluster)
    upload(page, folder)
    expect(page.locator(".job").first).to_contain_text(PINNED, timeout=MINUTES_MS)
    cid = cid_of(folder)
    assert names(cluster)[cid] == "photos"
    assert cluster.read(cluster.names[-1], f"{cid}/24/24-19.txt") == b"24 19"
    unpin(page, cluster, cid, "photos")
    expect(page.get_by_text("photos", exact=True)).to_have_count(0)
    assert cid not in names(cluster)


def test_a_node_that_is_killed_shows_while_files_arrive(page: Page, cluster: Cluster, tmp_path: Path) -> None:
    lost = cluster.names[-1]
    file = contents.write(tmp_path / "film.mp4", contents.noise(192 * MIB))
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    upload(page, file)
    expect(page.locator(".job").first).to_contain_text("Uploading")
    page.get_by_role("link", name="Overview").click()
    killed = kill(cluster, lost)
    expect(page.get_by_text(f"The node {short(lost)} does not answer.")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("link", name="Upload", exact=True).click()
    expect(page.locator(".job").first).to_contain_text("Pinned on 2 of 3 nodes", timeout=MINUTES_MS)
    cluster.docker("start", *killed)
    expect(page.locator(".job").first).to_contain_text(PINNED, timeout=MINUTES_MS)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible(timeout=MINUTES_MS)
    assert cluster.held(lost) >= {cid_of(file)}


@pytest.mark.long
def test_a_gibibyte_is_uploaded(page: Page, cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "disk.img"
    with file.open("wb") as out:
        for _ in range(1024):
            out.write(os.urandom(MIB))
    sign_in(page, cluster)
    upload(page, file)
    expect(page.locator(".job").first).to_contain_text(PINNED, timeout=3 * MINUTES_MS)
    cid = cid_of(file)
    until("it is on all nodes", lambda: len(cluster.pinned(cluster.names[0], cid)) == 3)
    unpin(page, cluster, cid, "disk.img")


HOSTILE = """<!doctype html><title>Win a prize</title>
<form id=form method=post action="{api}/pins/{cid}?name=stolen" target=result><input name=a value=b></form><iframe name=result></iframe>
<iframe id=framed src="{api}/console/"></iframe>"""


def test_another_site_cannot_act_for_who_is_signed_in(page: Page, cluster: Cluster) -> None:
    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cid = urllib.parse.urlsplit(self.path).path.strip("/")
            body = HOSTILE.format(api=f"http://127.0.0.1:{cluster.front('api')}", cid=cid).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

    sign_in(page, cluster)
    kept = cluster.add(cluster.names[0], b"kept")
    wanted = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
    api = f"http://127.0.0.1:{cluster.front('api')}"
    with serving(Site) as port:
        other = page.context.new_page()
        other.goto(f"http://localhost:{port}/{wanted}")
        with other.expect_response(lambda answer: f"/pins/{wanted}" in answer.url) as posted:
            other.evaluate("document.getElementById('form').submit()")
        assert posted.value.status == 401
        assert "authorization" not in posted.value.request.all_headers()
        # Not by a script either, with the password even: nothing of the API is for other origins.
        for method, path, headers in (("DELETE", f"pins/{kept}", {}), ("GET", "pins", {"Authorization": "Bearer x"}), ("POST", f"pins/{wanted}", {})):
            refused = other.evaluate(
                "([url, given]) => fetch(url, {...given, credentials: 'include'}).then(answer => answer.status, error => error.name)",
                [f"{api}/{path}", {"method": method, "headers": headers}],
            )
            assert refused == "TypeError", (method, path)
        frame = other.query_selector("#framed")
        assert frame
        content = frame.content_frame()
        assert content
        assert content.query_selector("form") is None, "no page may frame it"
    assert kept in names(cluster)
    assert wanted not in names(cluster)
