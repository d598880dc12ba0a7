"""The console's files and headers, and what the page is told of its cluster."""

import gzip
import re
from html.parser import HTMLParser

import pytest
from ipfs_cluster.edge import page

from tests.helpers.edge_functions import FUNCTIONS, NJS, NODE, run_cloudfront_function
from tests.helpers.pages import anchors
from tests.helpers.support import ROOT

GATEWAY = "https://gateway.ipfs.example.com"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: {0}; connect-src 'self' {0}; media-src {0}; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types console"
)
MOST_CHARACTERS = 1783
"""Of a header's value in a response headers policy: CloudFront Developer Guide, "Quotas"."""


def test_the_headers() -> None:
    assert page.headers(GATEWAY, subdomain_gateway=False) == {
        "Content-Security-Policy": POLICY.format(GATEWAY),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def test_a_subdomain_gateway_redirects_to_origins_of_its_own() -> None:
    every = f"{GATEWAY} https://*.ipfs.gateway.ipfs.example.com https://*.ipns.gateway.ipfs.example.com"
    policy = page.content_security_policy(GATEWAY, subdomain_gateway=True)
    assert policy == POLICY.format(every)
    assert len(policy) < MOST_CHARACTERS


@pytest.mark.parametrize(
    ("file", "label", "cache_control", "content_type"),
    [
        ("index.html", "index.html", "no-cache", "text/html; charset=utf-8"),
        ("config.json", "config.json", "no-cache", "application/json"),
        ("LICENSES.txt", "LICENSES.txt", "no-cache", "text/plain; charset=utf-8"),
        ("assets/console-36RQVGLD.js", "console.js", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"),
        ("assets/upload-worker-36RQVGLD.js", "upload-worker.js", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"),
        ("assets/console-EN5SK3GM.css", "console.css", "public, max-age=31536000, immutable", "text/css; charset=utf-8"),
        ("assets/icon-1094A4C2.svg", "icon.svg", "public, max-age=31536000, immutable", "image/svg+xml"),
    ],
)
def test_how_a_file_is_served(file: str, label: str, cache_control: str, content_type: str) -> None:
    assert (page.label(file), page.cache_control(file), page.content_type(file)) == (label, cache_control, content_type)


def test_a_file_of_an_unknown_type_is_noticed() -> None:
    with pytest.raises(KeyError):
        page.content_type("image.bmp")


def test_the_built_files() -> None:
    files = page.files()
    assert files[-1] == page.INDEX, "it names the others"
    assert page.CONFIGURATION not in files, "the deployment writes it"
    labels = [page.label(file) for file in files]
    assert len(set(labels)) == len(labels), "resources are named by them"
    assert all(page.content_type(file) for file in files)
    # Whatever is kept for a year has another name when it is another file.
    assert [file for file in files if file.startswith("assets/") and page.cache_control(file) == "no-cache"] == []


class Tags(HTMLParser):
    """The tags of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style"):
            self.inline += data


def test_the_page_has_nothing_inline_and_of_no_one_else() -> None:
    files = {"/".join(file.split("/")) for file in page.files()}
    for name in (file for file in files if file.endswith(".html")):
        tags = Tags((page.FOLDER / name).read_text())
        assert tags.inline.strip() == "", name
        for tag, attributes in tags.found:
            assert not [key for key in attributes if key.startswith("on") or key == "style"], f"{name}: {tag}"
            loaded = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
            if loaded is not None:
                assert re.sub(r"^(\./|/console/)", "", loaded) in files, f"{name}: {tag} {loaded}"


def test_the_runbook_has_the_sections_that_alarms_name() -> None:
    tags = Tags((page.FOLDER / page.RUNBOOK).read_text()).found
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    assert set(anchors(ROOT / "docs" / "operations.md")) == ids
    links = [attributes["href"] or "" for tag, attributes in tags if tag == "a"]
    assert [link for link in links if not link.startswith(("#", "https://"))] == [], "the console serves no other page of the documentation"
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= ids


def test_the_page_is_small() -> None:
    """What a browser loads: less than 100 KB, as CloudFront compresses it."""
    sent = {file: len(gzip.compress((page.FOLDER / file).read_bytes())) for file in page.files() if file.partition(".")[0] not in ("LICENSES", "runbook")}
    assert sum(sent.values()) < 100_000, sent


def test_what_the_page_is_told() -> None:
    cluster = page.Cluster(name="pins", replication_min=2, replication_max=3, storage_max_gib=100, gateway_authentication="none")
    nodes = [page.Node("eu-west-1a", "eu-west-1a", "12D3a", "12D3b"), page.Node("eu-west-1a-2", "eu-west-1a", "12D3c", "12D3d")]
    assert page.configuration(cluster, GATEWAY, nodes) == {
        "name": "pins",
        "gateway": GATEWAY,
        "gatewayAuthentication": None,
        "nodes": [
            {"name": "eu-west-1a", "zone": "eu-west-1a", "clusterPeerId": "12D3a", "kuboPeerId": "12D3b"},
            {"name": "eu-west-1a-2", "zone": "eu-west-1a", "clusterPeerId": "12D3c", "kuboPeerId": "12D3d"},
        ],
        "replication": {"min": 2, "max": 3},
        "storageMaxGib": 100,
        "readOnly": False,
        "docs": "runbook.html",
    }
    asks = page.Cluster(name="pins", replication_min=-1, replication_max=-1, storage_max_gib=100, gateway_authentication="basic")
    assert page.configuration(asks, GATEWAY, [])["gatewayAuthentication"] == "basic"


@pytest.fixture(params=["node", pytest.param("njs", marks=pytest.mark.skipif(NJS is None, reason="njs is not installed"))])
def runtime(request: pytest.FixtureRequest) -> str:
    if request.param == "node" and NODE is None:
        pytest.skip("Node.js is not installed")
    return str(request.param)


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("/console/", "/console/index.html"),
        ("/console/index.html", "/console/index.html"),
        ("/console/config.json", "/console/config.json"),
        ("/console/assets/app-0a1b2c3d.js", "/console/assets/app-0a1b2c3d.js"),
        ("/console", None),
        ("/console/pins", None),
        ("/console/pins/", None),
        ("/console/v1.2/pins", None),
    ],
)
def test_the_function_finds_the_page(runtime: str, uri: str, found: str | None) -> None:
    request = {"method": "GET", "uri": uri, "querystring": {}, "headers": {}, "cookies": {}}
    (result,) = run_cloudfront_function((FUNCTIONS / "console.js").read_text(), [{"version": "1.0", "context": {}, "viewer": {}, "request": request}], runtime)
    redirect = {"statusCode": 302, "statusDescription": "Found", "headers": {"location": {"value": "/console/"}, "cache-control": {"value": "no-store"}}}
    assert result == (redirect if found is None else {**request, "uri": found})
