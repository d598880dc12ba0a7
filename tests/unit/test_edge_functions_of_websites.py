"""The edge functions where there are websites: no other content on a website's origin."""

from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.edge import readers
from ipfs_cluster.edge.sources import source

from tests.helpers.edge_functions import NJS, NODE, lambda_folder, run_cloudfront_function, run_lambda
from tests.helpers.readers import CLIENT, POOL, TOKENS, basic
from tests.helpers.support import deployed_small, inputs_of, zone

GATEWAY = "gateway.example.com"
NAMES = [GATEWAY, f"*.ipfs.{GATEWAY}", f"*.ipns.{GATEWAY}"]
DISTRIBUTION = "d1.cloudfront.net"
CONTENT, SITE = "/ipfs/bafkqaaa", "/docs/index.html"

# Host, path, and whether kubo gets the request.
ASKED: list[tuple[str, str, bool]] = [
    (GATEWAY, CONTENT, True),
    ("Gateway.Example.COM", CONTENT, True),
    (f"bafkqaaa.ipfs.{GATEWAY}", SITE, True),
    (f"bafkqaaa.ipfs.{GATEWAY}", CONTENT, True),
    (f"en-example-org.ipns.{GATEWAY}", CONTENT, True),
    (DISTRIBUTION, CONTENT, True),
    ("www.example.com", "/", True),
    ("www.example.com", SITE, True),
    ("www.example.com", "/ipfs-and-more/x", True),
    ("www.example.com", "/docs/ipfs/bafkqaaa", True),
    ("www.example.com", "/%", True),
    ("www.example.com", "/%2569pfs/bafkqaaa", True),
    ("www.example.com", CONTENT, False),
    ("WWW.example.com", CONTENT, False),
    ("www.example.com:443", CONTENT, False),
    ("www.example.com", "/ipfs", False),
    ("www.example.com", "/ipfs/", False),
    ("www.example.com", "/ipns/en.example.org/", False),
    ("www.example.com", "//ipfs/bafkqaaa", False),
    ("www.example.com", "/%69pfs/bafkqaaa", False),
    ("www.example.com", "/%69%70%66%73/bafkqaaa", False),
    ("www.example.com", "/ipfs%2Fbafkqaaa", False),
    ("www.example.com", "%2Fipfs/bafkqaaa", False),
    (f"x{GATEWAY}", CONTENT, False),
    (f"other.{GATEWAY}", CONTENT, False),
    (f"xipfs.{GATEWAY}", CONTENT, False),
    ("d2.cloudfront.net", CONTENT, False),
]


@pytest.fixture(params=["node", pytest.param("njs", marks=pytest.mark.skipif(NJS is None, reason="njs is not installed"))])
def runtime(request: pytest.FixtureRequest) -> str:
    if request.param == "node" and NODE is None:
        pytest.skip("Node.js is not installed")
    return str(request.param)


def viewer_request(host: str, uri: str, **headers: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "context": {"distributionDomainName": DISTRIBUTION, "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"},
        "request": {"method": "GET", "uri": uri, "querystring": {}, "headers": {"host": {"value": host}, **headers}, "cookies": {}},
    }


def test_no_other_content_on_a_websites_origin(runtime: str) -> None:
    code = readers.gateway_code(own_names=NAMES)
    results = run_cloudfront_function(code, [viewer_request(host, uri) for host, uri, _ in ASKED], runtime)
    for (host, uri, passed), result in zip(ASKED, results, strict=True):
        if passed:
            assert (result.get("uri"), result["headers"]["host"]) == (uri, {"value": host}), (host, uri)
        else:
            assert result == {"statusCode": 404, "statusDescription": "Not Found", "headers": {"cache-control": {"value": "no-store"}}}, (host, uri)


def test_names_without_a_subdomain_gateway(runtime: str) -> None:
    code = readers.gateway_code(own_names=["example.com"])
    hosts = ["example.com", "www.example.com", "bafkqaaa.ipfs.example.com"]
    results = run_cloudfront_function(code, [viewer_request(host, CONTENT) for host in hosts], runtime)
    assert ["statusCode" in result for result in results] == [False, True, True]


def test_readers_of_a_website_are_asked_first(runtime: str) -> None:
    code = readers.gateway_code(readers.salted_hash("salt", "me:correct-horse"), NAMES)
    events = [
        viewer_request("www.example.com", CONTENT),
        viewer_request("www.example.com", CONTENT, **basic("me:correct-horse")),
        viewer_request("www.example.com", SITE),
        viewer_request("www.example.com", SITE, **basic("me:correct-horse")),
    ]
    assert [result.get("statusCode") for result in run_cloudfront_function(code, events, runtime)] == [401, 404, 401, None]


def test_without_websites_the_functions_have_nothing_of_it() -> None:
    for code in (readers.gateway_code(), readers.token_code()):
        assert "@WEBSITES@" not in code
        assert "isContentPathOfWebsite" not in code
    lines = source("gateway.js").splitlines()
    assert readers.gateway_code().splitlines()[: len(lines) - 3] == [line for line in lines if "@WEBSITES@" not in line]


def test_the_function_is_as_small_as_cloudfront_takes_it() -> None:
    names = [f"{'x' * 180}.com", *(f"*.{kind}.{'x' * 180}.com" for kind in ("ipfs", "ipns"))]
    assert len(readers.gateway_code(readers.salted_hash("s" * 64, "me:correct-horse"), names).encode()) <= 10_000


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if NODE is None:
        pytest.skip("Node.js is not installed")
    readers_ = {"authentication": "token", "userPoolId": POOL, "userPoolClientId": CLIENT}
    with deployed_small(
        lambda account: {
            "gateway": readers_,
            "edge": {"domain": "example.com", "zoneId": zone(account), "subdomainGateway": True, "websites": ["www.example.com"]},
        }
    ) as stack:
        (code,) = (inputs_of(r)["code"] for r in stack.registered("aws:lambda/function:Function"))
    return lambda_folder(code.assets, tmp_path_factory.mktemp("function"))


def edge_request(host: str, uri: str, token: str) -> dict[str, Any]:
    headers = {"host": [{"key": "Host", "value": host}], "authorization": [{"key": "Authorization", "value": f"Bearer {token}"}]}
    config = {"distributionDomainName": DISTRIBUTION, "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"}
    return {"Records": [{"cf": {"config": config, "request": {"headers": headers, "method": "GET", "querystring": "", "uri": uri}}}]}


def test_no_other_content_on_a_websites_origin_with_tokens_either(function: Path) -> None:
    results = run_lambda(function, TOKENS, [edge_request(host, uri, "<id>") for host, uri, _ in ASKED])
    for (host, uri, passed), result in zip(ASKED, results, strict=True):
        if passed:
            assert (result.get("uri"), result["headers"]["host"][0]["value"]) == (uri, host), (host, uri)
        else:
            assert (result["status"], result["headers"]["cache-control"][0]["value"]) == ("404", "no-store"), (host, uri)
    (refused,) = run_lambda(function, TOKENS, [edge_request("www.example.com", CONTENT, "a.b.c")])
    assert refused["status"] == "401"
