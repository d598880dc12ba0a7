"""The edge functions in Node.js, and those of CloudFront in njs too, where it is installed: on events as CloudFront makes them."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.edge import plan as edge
from ipfs_cluster.edge import readers
from ipfs_cluster.edge.sources import source

from tests.helpers.edge_functions import FUNCTIONS, NJS, NODE, lambda_folder, needs_node, run_cloudfront_function, run_lambda
from tests.helpers.readers import CLIENT, POOL, TOKENS, basic
from tests.helpers.support import deployed_small, inputs_of

SALT = "a8Fq2z"


# --- CloudFront Functions ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["node", pytest.param("njs", marks=pytest.mark.skipif(NJS is None, reason="njs is not installed"))])
def runtime(request: pytest.FixtureRequest) -> str:
    if request.param == "node" and NODE is None:
        pytest.skip("Node.js is not installed")
    return str(request.param)


def viewer_request(method: str = "GET", uri: str = "/ipfs/bafkqaaa", headers: dict[str, Any] | None = None, format_: str = "raw") -> dict[str, Any]:
    return {
        "version": "1.0",
        "context": {"distributionDomainName": "d1.cloudfront.net", "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"},
        "viewer": {"ip": "203.0.113.5"},
        "request": {
            "method": method,
            "uri": uri,
            "querystring": {"format": {"value": format_}},
            "headers": {"host": {"value": "d1.cloudfront.net"}, **(headers or {})},
            "cookies": {},
        },
    }


def ask(runtime: str, event: dict[str, Any], pair: str = "me:correct-horse") -> Any:
    """What the function that asks for a password makes of a request."""
    (result,) = run_cloudfront_function(readers.gateway_code(readers.salted_hash(SALT, pair)), [event], runtime)
    return result


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_who_knows_the_password_reads_and_the_origin_does_not_learn_it(runtime: str, scheme: str) -> None:
    for method in ("GET", "HEAD"):
        event = viewer_request(method, headers=basic("me:correct-horse", scheme) | {"accept": {"value": "text/html"}})
        expected = {**event["request"], "headers": {key: value for key, value in event["request"]["headers"].items() if key != "authorization"}}
        assert ask(runtime, event) == expected


def test_a_password_may_have_any_characters(runtime: str) -> None:
    pair = "mé:cölon:späce and 秘密"
    assert "statusCode" not in ask(runtime, viewer_request(headers=basic(pair)), pair)


HOSTILE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an empty header": {"authorization": {"value": ""}},
    "a scheme alone": {"authorization": {"value": "Basic"}},
    "a scheme and a blank": {"authorization": {"value": "Basic "}},
    "another scheme": {"authorization": {"value": "Bearer abc"}},
    "a wrong password": basic("me:correct-horsE"),
    "a wrong user": basic("you:correct-horse"),
    "no colon": basic("mecorrect-horse"),
    "an empty pair": basic(":"),
    "a user alone": basic("me:"),
    "the pair in clear": {"authorization": {"value": "Basic me:correct-horse"}},
    "the stored value": basic(readers.salted_hash(SALT, "me:correct-horse")),
    "no base64": {"authorization": {"value": "Basic !!!!"}},
    "a pair and more": {"authorization": {"value": basic("me:correct-horse")["authorization"]["value"] + ", Basic x"}},
    "a pair and a zero byte": basic("me:correct-horse\0"),
    "bytes that are no text": {"authorization": {"value": "Basic " + base64.b64encode(b"\xff\xfe\xff").decode()}},
    "something very long": {"authorization": {"value": "Basic " + "QUJD" * 5000}},
    "two headers": {
        "authorization": {
            "value": basic("me:correct-horse")["authorization"]["value"],
            "multiValue": [basic("me:correct-horse")["authorization"], {"value": "Basic eDp5"}],
        }
    },
    "the name of a key of objects": {"authorization": {"value": "__proto__"}},
}


def test_others_are_asked_for_it(runtime: str) -> None:
    code = readers.gateway_code(readers.salted_hash(SALT, "me:correct-horse"))
    results = run_cloudfront_function(code, [viewer_request(headers=headers) for headers in HOSTILE.values()], runtime)
    for name, result in zip(HOSTILE, results, strict=True):
        assert result == {
            "statusCode": 401,
            "statusDescription": "Unauthorized",
            "headers": {"www-authenticate": {"value": 'Basic realm="IPFS gateway", charset="UTF-8"'}, "cache-control": {"value": "no-store"}},
        }, name


def test_a_browser_may_ask_whether_it_may_ask(runtime: str) -> None:
    event = viewer_request("OPTIONS", headers=basic("x:y"))
    assert ask(runtime, event) == {**event["request"], "headers": {"host": {"value": "d1.cloudfront.net"}, "accept": {"value": "*/*"}}}


def test_without_a_password_everyone_reads(runtime: str) -> None:
    event = viewer_request(headers=basic("x:y"))
    (result,) = run_cloudfront_function(readers.gateway_code(), [event], runtime)
    assert result == {**event["request"], "headers": {**event["request"]["headers"], "accept": {"value": "*/*"}}}


# The first three are a request's ?format= (as it stands in the URL, more than once by `&`) and Accept, then whether it is for an archive,
# and the Accept that kubo gets.
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
CAR, TAR, RAW = "application/vnd.ipld.car", "application/x-tar", "application/vnd.ipld.raw"
ASKED: list[tuple[str, str, bool, str]] = [
    ("", "", False, "*/*"),
    ("", "*/*", False, "*/*"),
    ("", BROWSER, False, "text/html"),
    ("", "image/avif,image/webp,*/*;q=0.8", False, "*/*"),
    ("", RAW, False, RAW),
    ("", f"{RAW};q=0.9, */*", False, RAW),
    ("", "application/vnd.ipld.dag-json", False, "application/vnd.ipld.dag-json"),
    ("", "application/json, text/plain, */*", False, "application/json"),
    ("", "application/cbor", False, "application/cbor"),
    ("", "application/vnd.ipfs.ipns-record", False, "application/vnd.ipfs.ipns-record"),
    ("", f"text/html, {RAW}", False, f"{RAW}, text/html"),
    ("", f"{CAR};order=dfs;dups=y", True, f"{CAR};order=dfs;dups=y"),
    ("", f"{CAR}; version=1, */*", True, f"{CAR}; version=1"),
    ("", "application/vnd.ipld.CAR", True, "application/vnd.ipld.CAR"),
    ("", TAR, True, TAR),
    ("", f"{RAW}, {CAR}", False, RAW),
    ("", f"{CAR}, {RAW}", True, CAR),
    ("car", "", True, "*/*"),
    ("car", f"{CAR};dups=y", True, f"{CAR};dups=y"),
    ("car", RAW, True, "*/*"),
    ("car", BROWSER, True, "text/html"),
    ("tar", BROWSER, True, "text/html"),
    ("tar", "*/*", True, "*/*"),
    ("c%61r", "*/*", True, "*/*"),
    ("%74%61%72", "*/*", True, "*/*"),
    ("%", "*/*", False, "*/*"),
    ("raw", f"{CAR};dups=y", False, "*/*"),
    ("raw&car", "*/*", True, "*/*"),
    ("car&raw", "*/*", True, "*/*"),
    ("raw&raw", CAR, True, CAR),
    ("dag-json", "*/*", False, "*/*"),
    ("ipns-record", "*/*", False, "*/*"),
    ("zip", CAR, True, CAR),
    ("zip", "*/*", False, "*/*"),
    ("CAR", "*/*", False, "*/*"),
    ("constructor", "*/*", False, "*/*"),
]
VALIDATORS = {"if-none-match": '"x"', "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}


def asked_of_cloudfront(format_: str, accept: str, **headers: str) -> dict[str, Any]:
    event = viewer_request(headers={name: {"value": value} for name, value in headers.items()})
    formats = format_.split("&") if format_ else []
    event["request"]["querystring"] = {"format": {"value": formats[0]}} if formats else {}
    if len(formats) > 1:
        event["request"]["querystring"]["format"]["multiValue"] = [{"value": one} for one in formats]
    if accept:
        event["request"]["headers"]["accept"] = {"value": accept}
    return event


def test_one_accept_of_many_and_a_key_of_its_own_for_each_archive(runtime: str) -> None:
    events = [asked_of_cloudfront(format_, accept, **VALIDATORS, **{"x-archive-request": "forged"}) for format_, accept, _, _ in ASKED]
    results = run_cloudfront_function(readers.gateway_code(), events, runtime)
    for (format_, accept, archive, expected), result in zip(ASKED, results, strict=True):
        headers = {name: field["value"] for name, field in result["headers"].items() if name != "host"}
        assert headers == {"accept": expected, **({"x-archive-request": "r1"} if archive else VALIDATORS)}, (format_, accept)
    assert edge.ARCHIVE_HEADER.lower() == "x-archive-request"
    assert edge.ARCHIVE_HEADER in edge.CACHE_KEY_HEADERS


def test_clients_may_not_keep_an_archive(runtime: str) -> None:
    for code in (readers.gateway_code(), readers.gateway_code(readers.salted_hash(SALT, "me:correct-horse"))):
        events = []
        for format_, accept, _, _ in ASKED:
            event = asked_of_cloudfront(format_, accept)
            event["context"]["eventType"] = "viewer-response"
            kept = {"cache-control": {"value": "public, max-age=29030400, immutable"}, "etag": {"value": '"x"'}}
            events.append({**event, "response": {"statusCode": 200, "headers": kept, "cookies": {}}})
        for (format_, accept, archive, _), event, result in zip(ASKED, events, run_cloudfront_function(code, events, runtime), strict=True):
            expected = "no-store" if archive else event["response"]["headers"]["cache-control"]["value"]
            assert result["headers"] == {**event["response"]["headers"], "cache-control": {"value": expected}}, (format_, accept)


@needs_node
@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("/pinning/pins", "/pins"),
        ("/pinning/pins/abc-123", "/pins/abc-123"),
        ("/pinning/token", "/token"),
        ("/pinning/", "/"),
        ("/pinning/pinning/pins", "/pinning/pins"),
        ("/pinning", "/pinning"),
        ("/pinningservice/pins", "/pinningservice/pins"),
        ("/pins/pinning/x", "/pins/pinning/x"),
    ],
)
def test_the_pinning_service_is_below_its_path(uri: str, origin: str) -> None:
    event = viewer_request("POST", uri, {"authorization": {"value": "Bearer abc"}})
    assert run_cloudfront_function(source("pinning-path.js"), [event]) == [{**event["request"], "uri": origin}]


def test_functions_are_as_small_as_cloudfront_takes_them() -> None:
    for code in (readers.gateway_code(readers.salted_hash("s" * 64, "me:correct-horse")), source("pinning-path.js")):
        assert len(code.encode()) <= 10_000


def test_what_the_code_holds_is_a_salted_hash() -> None:
    stored = readers.salted_hash(SALT, "me:correct-horse")
    assert stored == f"{SALT}:915429241d9613582d53f52d0b4d1be17193fdca5d38a97b7865f16969b1ae25"
    assert readers.salted_hash("other", "me:correct-horse").split(":")[1] != stored.split(":")[1]


def edge_request(authorization: list[str], method: str = "GET") -> dict[str, Any]:
    headers = {"host": [{"key": "Host", "value": "d1.cloudfront.net"}]}
    if authorization:
        headers["authorization"] = [{"key": "Authorization", "value": value} for value in authorization]
    config = {"distributionDomainName": "d1.cloudfront.net", "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"}
    request = {"clientIp": "203.0.113.5", "headers": headers, "method": method, "querystring": "", "uri": "/ipfs/bafkqaaa"}
    return {"Records": [{"cf": {"config": config, "request": request}}]}


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's archive as the engine would pack it and Lambda unpack it."""
    if NODE is None:
        pytest.skip("Node.js is not installed")
    with deployed_small({"gateway": {"authentication": "token", "userPoolId": POOL, "userPoolClientId": CLIENT}}) as stack:
        (code,) = (inputs_of(r)["code"] for r in stack.registered("aws:lambda/function:Function"))
    return lambda_folder(code.assets, tmp_path_factory.mktemp("function"))


def test_the_token_library_is_the_one_that_npm_has() -> None:
    version = readers.JWT_LIBRARY.name.removeprefix("aws-jwt-verify-").removesuffix(".tgz")
    found = "sha512-" + base64.b64encode(hashlib.sha512(readers.JWT_LIBRARY.read_bytes()).digest()).decode()
    # `npm view aws-jwt-verify@5.2.1 dist.integrity`: to take another version, `npm pack` it here and write its integrity.
    assert (version, found) == ("5.2.1", "sha512-J+buA4M+qvQDk58WXFBLkDodkEX3DDL1ac5XFQPW3opxAsaLXYu5hYnlSHsaBRDBUXBAn695kE/cw/mdyJKwJg==")
    assert list(FUNCTIONS.glob("*.tgz")) == [readers.JWT_LIBRARY]


def test_the_token_library_keeps_its_licence(function: Path) -> None:
    assert "Apache License" in (function.parent / "aws-jwt-verify" / "package" / "LICENSE").read_text()


def verify(function: Path, *events: dict[str, Any]) -> list[Any]:
    return run_lambda(function, TOKENS, list(events))


@pytest.mark.parametrize("header", ["Bearer <id>", "Bearer <access>", "bearer <id>"])
def test_who_has_a_token_of_the_pool_reads_and_the_origin_does_not_learn_it(function: Path, header: str) -> None:
    (result,) = verify(function, edge_request([header]))
    assert result == passed_on("GET")


def passed_on(method: str) -> dict[str, Any]:
    request: dict[str, Any] = edge_request([], method)["Records"][0]["cf"]["request"]
    return {**request, "headers": {**request["headers"], "accept": [{"key": "Accept", "value": "*/*"}]}}


def test_one_accept_of_many_and_a_key_of_its_own_for_each_archive_with_tokens_too(function: Path) -> None:
    events = []
    for format_, accept, _, _ in ASKED:
        event = edge_request(["Bearer <id>"])
        request = event["Records"][0]["cf"]["request"]
        request["querystring"] = "&".join(f"format={one}" for one in format_.split("&")) if format_ else ""
        headers = {**VALIDATORS, "x-archive-request": "forged", **({"accept": accept} if accept else {})}
        request["headers"] |= {name: [{"key": name.title(), "value": value}] for name, value in headers.items()}
        events.append(event)
    for (format_, accept, archive, expected), result in zip(ASKED, verify(function, *events), strict=True):
        headers = {name: values[0]["value"] for name, values in result["headers"].items() if name != "host"}
        assert headers == {"accept": expected, **({"x-archive-request": "r1"} if archive else VALIDATORS)}, (format_, accept)


@pytest.mark.parametrize("type_", ["origin-response", "viewer-response"])
def test_no_archive_is_kept_with_tokens_either(function: Path, type_: str) -> None:
    for archive in (True, False):
        event = edge_request([])
        record = event["Records"][0]["cf"]
        record["config"]["eventType"] = type_
        if archive:
            record["request"]["headers"]["x-archive-request"] = [{"key": "x-archive-request", "value": "r1"}]
        kept = {"cache-control": [{"key": "Cache-Control", "value": "public, max-age=29030400, immutable"}]}
        record["response"] = {"status": "200", "statusDescription": "OK", "headers": kept}
        (result,) = verify(function, event)
        assert result["headers"] == ({"cache-control": [{"key": "Cache-Control", "value": "no-store"}]} if archive else kept)


def test_all_other_tokens_are_refused(function: Path) -> None:
    hostile = [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["<id>"],
        ["Basic <id>"],
        ["Bearer <id> <id>"],
        ["Bearer <id>", "Bearer <id>"],
        ["Bearer <id>x"],
        ["Bearer a.b.c"],
        ["Bearer ..."],
        ["Bearer " + "x" * 20000],
        *([f"Bearer <{name}>"] for name in TOKENS if name not in ("id", "access")),
    ]
    results = verify(function, *(edge_request(headers) for headers in hostile))
    for headers, result in zip(hostile, results, strict=True):
        assert result.get("status") == "401", headers
        assert result["headers"]["www-authenticate"] == [{"key": "WWW-Authenticate", "value": 'Bearer realm="IPFS gateway"'}]
        assert "body" not in result


def test_a_browser_may_ask_whether_it_may_ask_for_tokens_too(function: Path) -> None:
    (result,) = verify(function, edge_request(["Bearer x"], "OPTIONS"))
    assert result == passed_on("OPTIONS")


def test_a_pool_that_does_not_answer_is_no_wrong_token(function: Path) -> None:
    sound, hostile = run_lambda(function, TOKENS, [edge_request(["Bearer <id>"]), edge_request(["Bearer a.b.c"])], keys="unreachable")
    assert (sound["status"], sound["headers"]["retry-after"][0]["value"]) == ("503", "10")
    assert sound["headers"]["cache-control"][0]["value"] == "no-store"
    assert hostile["status"] == "401"
