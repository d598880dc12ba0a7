"""What another site can do: nothing. The page has no cookie, and the browser no password that it would send by itself."""

import contextlib
import http.server
import urllib.parse

from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import prompts, sign_in
from tests.helpers.console_cluster import Cluster
from tests.helpers.console_pins import raw_cid
from tests.helpers.serving import serving


class _Other(http.server.BaseHTTPRequestHandler):
    """Another site. Its page does what the address says."""

    def do_GET(self) -> None:
        target = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("target", [""])[0]
        pages = {
            "/form": f'<form id="f" method="post" enctype="multipart/form-data" action="{target}"></form><script>f.submit()</script>',
            "/frame": f'<iframe src="{target}"></iframe>',
            "/empty": "",
        }
        content = f"<!doctype html><title>other</title>{pages[urllib.parse.urlsplit(self.path).path]}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)


def other(port: int, page: str, target: str) -> str:
    return f"http://127.0.0.1:{port}/{page}?{urllib.parse.urlencode({'target': target})}"


def test_a_form_of_another_site_does_nothing(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    cid = raw_cid(b"unwanted")
    with serving(_Other) as port:
        for path in (f"/pins/{cid}", f"/pins/{cid}/recover", "/add", "/ipfs/gc"):
            attack = page.context.new_page()  # with all that the browser knows of the person who is signed in
            with attack.expect_response(lambda answer, path=path: answer.url.endswith(path)) as answered:  # type: ignore[misc]
                attack.goto(other(port, "form", f"{cluster.url}{path}"))
            assert answered.value.status == 401
            attack.close()
            (request,) = cluster.requests(f"POST {path}")
            assert (request.authorization, request.origin) == ("", f"http://127.0.0.1:{port}")
    assert cluster.pins == {}


def test_a_script_of_another_site_reads_and_changes_nothing(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    cid = cluster.add(b"0", "text/plain", "a pin")
    ask = """([url, method, headers]) => fetch(url, {method, headers, credentials: 'include'}).then((answer) => answer.status, () => 'refused')"""
    with serving(_Other) as port:
        attack = page.context.new_page()
        attack.goto(other(port, "empty", ""))
        prompts(attack)
        for path, method, headers in [
            ("/pins", "GET", {}),
            (f"/pins/{cid}", "DELETE", {}),
            (f"/pins/{cid}", "POST", {"Authorization": "Bearer x"}),
            ("/console/config.json", "GET", {}),
        ]:
            assert attack.evaluate(ask, [f"{cluster.url}{path}", method, headers]) == "refused"
        assert attack.evaluate("sessionStorage.length") == 0
    assert cid in cluster.pins
    assert cluster.requests(f"DELETE /pins/{cid}") == []


def test_the_page_cannot_be_framed(browser: Browser, cluster: Cluster) -> None:
    page, refused = browser.new_page(), []
    page.on("console", lambda message: refused.append(message.text))
    with serving(_Other) as port, contextlib.closing(page):
        page.goto(other(port, "frame", cluster.console))
        page.wait_for_load_state("networkidle")
        (frame,) = page.frames[1:]
        assert frame.locator("#app").count() == 0
        assert any("frame-ancestors" in text for text in refused)
