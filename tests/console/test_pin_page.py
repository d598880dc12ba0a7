"""The page of one pin."""

import base64
import zlib

import pytest
from playwright.sync_api import Page, expect

from tests.helpers import console_pins
from tests.helpers.browser import sign_in
from tests.helpers.console_cluster import CLUSTER_IDS, Cluster, Served
from tests.helpers.console_pins import dag_cid


def show(page: Page, cluster: Cluster, cid: str) -> None:
    sign_in(page, cluster, at=f"#/pins/{cid}")
    expect(page.get_by_role("region", name="On the nodes")).to_be_visible()


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, bytes):
        return bytes([number << 3 | 2]) + varint(len(value)) + value
    return bytes([number << 3]) + varint(value)


def varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def folder(**sizes: int) -> bytes:
    """The block of a folder with files of these sizes."""
    links = b"".join(field(2, field(1, b"\x01\x55\x12\x20" + bytes(32)) + field(2, name.encode()) + field(3, size)) for name, size in sizes.items())
    return links + field(1, field(1, 1))


def test_what_each_node_says(page: Page, cluster: Cluster) -> None:
    allocations = [CLUSTER_IDS["ipfs-node-a"], CLUSTER_IDS["ipfs-node-b"]]
    cid = cluster.add(
        b"0",
        "application/octet-stream",
        "data.tar",
        allocations=allocations,
        replication_factor_min=1,
        replication_factor_max=2,
        metadata={"project": "atlas", "owner": "ada"},
        expire_at="2099-01-01T10:00:00Z",
        origins=["/dns4/source.example/tcp/4001/p2p/12D3KooWSource"],
    )
    error = "pinning bafk…: context deadline exceeded"
    cluster.states[cid] = {"ipfs-node-a": {"status": "pin_error", "error": error, "attempt_count": 3}, "ipfs-node-c": {"status": "remote"}}
    show(page, cluster, cid)
    nodes = page.get_by_role("region", name="On the nodes")
    expect(nodes).to_contain_text("Pinned on 1 of 2 nodes")
    failed = nodes.get_by_role("listitem").filter(has_text="ipfs-node-a")
    expect(failed).to_contain_text("Failed")
    expect(failed).to_contain_text("The node found nobody who has the content. Upload it, or unpin it.")
    expect(failed).to_contain_text(f"The node says: {error} (3 attempts)")
    assert str(failed.get_by_role("link", name="What to do").get_attribute("href")).endswith("#pin-errors")
    expect(nodes.get_by_role("listitem").filter(has_text="ipfs-node-b")).to_contain_text("Pinned")
    expect(nodes.get_by_role("listitem").filter(has_text="ipfs-node-c")).to_contain_text("Held by other nodes")
    details = page.get_by_role("region", name="Details")
    for text in ("On 2 nodes, 1 at least", "Jan 1, 2099", "/dns4/source.example/tcp/4001/p2p/12D3KooWSource", "project", "atlas", "owner", "ada"):
        expect(details).to_contain_text(text)
    expect(details.get_by_role("link", name=f"{cluster.gateway}/ipfs/{cid}")).to_have_attribute("rel", "noopener noreferrer")
    expect(details.get_by_role("link", name=f"ipfs://{cid}")).to_have_attribute("href", f"ipfs://{cid}")
    assert page.title() == "data.tar · archive-prod"


def test_it_follows_what_happens(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "slow")
    cluster.states[cid] = {"ipfs-node-b": {"status": "pinning"}}
    show(page, cluster, cid)
    nodes = page.get_by_role("region", name="On the nodes")
    expect(nodes).to_contain_text("Pinned on 2 of 3 nodes")
    cluster.states.clear()
    expect(nodes).to_contain_text("Pinned on 3 of 3 nodes")


def test_recover(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "bad")
    cluster.states[cid] = {"ipfs-node-b": {"status": "pin_error", "error": "boom"}}
    show(page, cluster, cid)
    page.get_by_role("button", name="Recover").click()
    expect(page.get_by_role("region", name="On the nodes")).to_contain_text("Pinned on 3 of 3 nodes")
    assert len(cluster.requests(f"POST /pins/{cid}/recover")) == 1
    cluster.faults = [("POST .*/recover", 500, "no quorum")]
    page.get_by_role("button", name="Recover").click()
    expect(page.get_by_role("alert")).to_contain_text("The cluster says: no quorum")


def test_unpin_by_name(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "The plan")
    cluster.add(b"1", "text/plain", "another")
    show(page, cluster, cid)
    page.get_by_role("button", name="Unpin…").click()
    dialog = page.get_by_role("dialog", name="Unpin this?")
    dialog.get_by_label("To confirm, type").fill("the plan")
    expect(dialog.get_by_role("button", name="Unpin")).to_be_disabled()
    page.keyboard.press("Enter")
    assert cluster.requests("DELETE .*") == []
    dialog.get_by_label("To confirm, type").fill("The plan")
    dialog.get_by_role("button", name="Unpin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pins")
    expect(page.locator(".grid-body .cell.name a")).to_have_text(["another"])
    assert cid not in cluster.pins


def test_a_pin_without_a_name_is_unpinned_by_the_end_of_its_cid(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "")
    show(page, cluster, cid)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pin without a name")
    page.get_by_role("button", name="Unpin…").click()
    page.get_by_label(f"To confirm, type {cid[-8:]}").fill(cid[-8:])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is pinned yet")).to_be_visible()
    assert cluster.pins == {}


def test_any_spelling_of_the_cid_leads_to_the_pin(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "found")
    hexadecimal = "f" + base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8)).hex()
    show(page, cluster, hexadecimal)
    expect(page.get_by_role("heading", level=1)).to_have_text("found")


def test_what_is_not_pinned(page: Page, cluster: Cluster) -> None:
    cid = console_pins.raw_cid(b"unknown")
    sign_in(page, cluster, at=f"#/pins/{cid}")
    expect(page.get_by_role("heading", name="The cluster does not pin this")).to_be_visible()
    expect(page.get_by_role("link", name="Pin it")).to_have_attribute("href", f"#/upload?cid={cid}")
    page.goto(f"{cluster.console}#/pins/bafynonsense")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is not a CID")
    page.goto(f"{cluster.console}#/nowhere/at/all")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")


def test_a_text_is_shown(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"line\n" * 20_000, "text/plain; charset=utf-8", "long.txt")
    show(page, cluster, cid)
    content = page.get_by_role("region", name="Content")
    expect(content).to_contain_text("text/plain · 97.7 KiB")
    expect(content).to_contain_text("Only the beginning is shown.")
    assert len(content.locator("pre").inner_text()) == 64 * 1024


def test_an_image_is_shown(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(png(), "image/png", "dot.png")
    show(page, cluster, cid)
    image = page.get_by_alt_text("Preview of the image")
    expect(image).to_be_visible()
    expect(page.locator("img.preview")).to_have_js_property("naturalWidth", 2)
    broken = cluster.add(b"not an image", "image/png", "broken.png")
    page.goto(f"{cluster.console}#/pins/{broken}")
    expect(page.get_by_text("The image cannot be shown.")).to_be_visible()


def png() -> bytes:
    """An image of two pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (2).to_bytes(4) + (1).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" + b"\xff\0\0\0\xff\0")) + chunk(b"IEND", b"")


HOSTILE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="document.title='owned'"><script>document.title='owned'</script></svg>"""
HOSTILE_PAGE = b"""<html><script>document.title='owned'; fetch('/pins')</script><img src=x onerror="document.title='owned'">"""


@pytest.mark.parametrize(("content", "kind"), [(HOSTILE, "image/svg+xml"), (HOSTILE_PAGE, "text/html"), (HOSTILE_PAGE, "application/xhtml+xml")])
def test_hostile_content_is_not_run(page: Page, cluster: Cluster, content: bytes, kind: str) -> None:
    cid = cluster.add(content, kind, "hostile")
    show(page, cluster, cid)
    if kind == "image/svg+xml":
        expect(page.locator("img.preview")).to_have_js_property("naturalWidth", 9)
    else:
        expect(page.get_by_role("region", name="Content").locator("pre")).to_have_text(content.decode())
        expect(page.get_by_text("This is the source: the console never runs what is pinned.")).to_be_visible()
    expect(page.locator("main iframe, main object, main embed, main script, main form")).to_have_count(0)
    assert page.title() == "hostile · archive-prod"
    assert {request.authorization.partition(" ")[0] for request in cluster.asked} == {"Basic", "Bearer"}


def test_the_gateway_gets_no_token(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"text", "text/plain", "a text")
    show(page, cluster, cid)
    expect(page.get_by_role("region", name="Content").locator("pre")).to_have_text("text")
    assert len(cluster.gateway_headers) >= 2
    assert [headers for headers in cluster.gateway_headers if {"authorization", "cookie", "referer"} & set(headers)] == []


def test_a_folder_is_listed(page: Page, cluster: Cluster) -> None:
    block = folder(**{"index.html": 2048, "<b>x</b>": 1, "images": 5 * 2**20})
    cid = dag_cid(block)
    cluster.pins[cid] = console_pins.pin(cid, "site")
    cluster.served[cid] = Served("text/html", b"<html>", block)
    show(page, cluster, cid)
    content = page.get_by_role("region", name="Content")
    expect(content).to_contain_text("A folder with 3 entries.")
    expect(content.get_by_role("listitem")).to_contain_text(["2 KiB", "1 B", "5 MiB"])
    expect(content.get_by_role("link", name="<b>x</b>")).to_have_attribute("href", f"{cluster.gateway}/ipfs/{cid}/%3Cb%3Ex%3C%2Fb%3E")
    expect(page.get_by_role("region", name="Details")).to_contain_text("CID version 0")


def test_content_that_the_gateway_does_not_have(page: Page, cluster: Cluster) -> None:
    cid = cluster.add(b"0", "text/plain", "late")
    served = cluster.served.pop(cid)
    show(page, cluster, cid)
    content = page.get_by_role("region", name="Content")
    expect(content).to_contain_text("The gateway cannot serve it (500). While it is being pinned, that is normal.")
    cluster.served[cid] = served
    content.get_by_role("button", name="Try again").click()
    expect(content.locator("pre")).to_have_text("0")
    damaged = dag_cid(b"\xff\xff")
    cluster.pins[damaged] = console_pins.pin(damaged, "damaged")
    cluster.served[damaged] = Served("text/plain", b"", b"\xff\xff")
    page.goto(f"{cluster.console}#/pins/{damaged}")
    expect(content).to_contain_text("The gateway's answer cannot be read.")


@pytest.mark.parametrize(
    ("authentication", "text"),
    [("basic", "The gateway asks for a user name and a password of its own when you open the link."), ("token", "which a link cannot carry")],
)
def test_a_gateway_with_authentication(page: Page, cluster: Cluster, authentication: str, text: str) -> None:
    cluster.config = {"gatewayAuthentication": authentication}
    cid = cluster.add(b"0", "text/plain", "guarded")
    show(page, cluster, cid)
    expect(page.get_by_role("region", name="Details")).to_contain_text(text)
    command = page.get_by_text(f'curl -H "Authorization: Bearer $TOKEN" {cluster.gateway}/ipfs/{cid}')
    expect(command).to_have_count(1 if authentication == "token" else 0)
    expect(page.get_by_role("region", name="Content")).to_contain_text("There is no preview")
    assert [line for line in cluster.gateway_asked if cid in line] == []


def test_copying(page: Page, cluster: Cluster) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=cluster.url)
    cid = cluster.add(b"0", "text/plain", "copied")
    show(page, cluster, cid)
    for what, expected in [("CID", cid), ("Gateway link", f"{cluster.gateway}/ipfs/{cid}"), ("ipfs:// link", f"ipfs://{cid}")]:
        page.get_by_role("button", name=f"Copy {what}", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
        assert page.evaluate("navigator.clipboard.readText()") == expected
