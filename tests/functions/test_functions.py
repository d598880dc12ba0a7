"""The edge functions in Node.js, on events as CloudFront makes them."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster import readers

from tests.support import ROOT, deployed_small, inputs_of

NODE = shutil.which("node")
RUN = Path(__file__).parent / "run.mjs"
FUNCTIONS = ROOT / "components" / "ipfs_cluster" / "functions"
SALT = "a8Fq2z"
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def run(**given: Any) -> list[Any]:
    done = subprocess.run([NODE or "node", str(RUN)], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


# --- CloudFront Functions ---------------------------------------------------------------------------------------------


def viewer_request(method: str = "GET", uri: str = "/ipfs/bafkqaaa", headers: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "version": "1.0",
        "context": {"distributionDomainName": "d1.cloudfront.net", "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"},
        "viewer": {"ip": "203.0.113.5"},
        "request": {
            "method": method,
            "uri": uri,
            "querystring": {"format": {"value": "raw"}},
            "headers": {"host": {"value": "d1.cloudfront.net"}, **(headers or {})},
            "cookies": {},
        },
    }


def basic(pair: str, scheme: str = "Basic") -> dict[str, Any]:
    return {"authorization": {"value": f"{scheme} {base64.b64encode(pair.encode()).decode()}"}}


def ask(event: dict[str, Any], pair: str = "me:correct-horse") -> Any:
    (result,) = run(kind="cloudfront", file=str(FUNCTIONS / "basic-auth.js"), store={"credentials": readers.salted_hash(SALT, pair)}, events=[event])
    return result


@needs_node
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_who_knows_the_password_reads_and_the_origin_does_not_learn_it(scheme: str) -> None:
    for method in ("GET", "HEAD"):
        event = viewer_request(method, headers=basic("me:correct-horse", scheme) | {"accept": {"value": "text/html"}})
        expected = {**event["request"], "headers": {key: value for key, value in event["request"]["headers"].items() if key != "authorization"}}
        assert ask(event) == expected


@needs_node
def test_a_password_may_have_any_characters() -> None:
    pair = "mé:cölon:späce and 秘密"
    assert "statusCode" not in ask(viewer_request(headers=basic(pair)), pair)


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


@needs_node
@pytest.mark.parametrize("headers", list(HOSTILE.values()), ids=list(HOSTILE))
def test_others_are_asked_for_it(headers: dict[str, Any]) -> None:
    assert ask(viewer_request(headers=headers)) == {
        "statusCode": 401,
        "statusDescription": "Unauthorized",
        "headers": {"www-authenticate": {"value": 'Basic realm="IPFS gateway", charset="UTF-8"'}, "cache-control": {"value": "no-store"}},
    }


@needs_node
def test_a_browser_may_ask_whether_it_may_ask() -> None:
    event = viewer_request("OPTIONS", headers=basic("x:y"))
    assert ask(event) == {**event["request"], "headers": {"host": {"value": "d1.cloudfront.net"}}}


@needs_node
def test_without_its_key_the_store_lets_no_one_in() -> None:
    (result,) = run(kind="cloudfront", file=str(FUNCTIONS / "basic-auth.js"), store={}, events=[viewer_request(headers=basic("me:correct-horse"))])
    assert "no such key" in result["error"], "CloudFront answers 503 to that"


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
    assert run(kind="cloudfront", file=str(FUNCTIONS / "pinning-path.js"), store={}, events=[event]) == [{**event["request"], "uri": origin}]


def test_functions_are_as_small_as_cloudfront_takes_them() -> None:
    for file in FUNCTIONS.glob("*.js"):
        assert len(file.read_bytes()) <= 10_000, file.name


def test_what_is_stored_is_a_salted_hash() -> None:
    stored = readers.salted_hash(SALT, "me:correct-horse")
    assert stored == f"{SALT}:915429241d9613582d53f52d0b4d1be17193fdca5d38a97b7865f16969b1ae25"
    assert readers.salted_hash("other", "me:correct-horse").split(":")[1] != stored.split(":")[1]


# --- Lambda@Edge ------------------------------------------------------------------------------------------------------

POOL, CLIENT = "eu-west-1_AbCdEf123", "5example1client2id3"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"


def edge_request(authorization: list[str], method: str = "GET") -> dict[str, Any]:
    headers = {"host": [{"key": "Host", "value": "d1.cloudfront.net"}]}
    if authorization:
        headers["authorization"] = [{"key": "Authorization", "value": value} for value in authorization]
    config = {"distributionDomainName": "d1.cloudfront.net", "distributionId": "E1", "eventType": "viewer-request", "requestId": "r1"}
    request = {"clientIp": "203.0.113.5", "headers": headers, "method": method, "querystring": "", "uri": "/ipfs/bafkqaaa"}
    return {"Records": [{"cf": {"config": config, "request": request}}]}


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's archive as the engine would unpack it."""
    if NODE is None or shutil.which("npm") is None:
        pytest.skip("Node.js or npm is not installed")
    folder = tmp_path_factory.mktemp("function")
    with deployed_small({"gateway": {"authentication": "token", "userPoolId": POOL, "userPoolClientId": CLIENT}}) as stack:
        (code,) = (inputs_of(r)["code"] for r in stack.registered("aws:lambda/function:Function"))
    for name, asset in code.assets.items():
        if hasattr(asset, "text"):
            (folder / name).write_text(asset.text)
    version = code.assets["aws-jwt-verify"].uri.rpartition("-")[2].removesuffix(".tgz")
    packed = subprocess.run(["npm", "pack", f"aws-jwt-verify@{version}"], cwd=folder, capture_output=True, text=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"npm's registry does not answer: {packed.stderr.strip().splitlines()[-1:]}")
    library = folder / "aws-jwt-verify"
    library.mkdir()
    shutil.unpack_archive(folder / f"aws-jwt-verify-{version}.tgz", library)
    return folder / "index.mjs"


CLAIMS = {"iss": ISSUER, "sub": "u1"}
ID = {**CLAIMS, "token_use": "id", "aud": CLIENT}
ACCESS = {**CLAIMS, "token_use": "access", "client_id": CLIENT}
HOUR = 3600
TOKENS: dict[str, dict[str, Any]] = {
    "id": {"claims": ID, "expires": HOUR},
    "access": {"claims": ACCESS, "expires": HOUR},
    "expired": {"claims": ID, "expires": -HOUR},
    "not yet": {"claims": {**ID, "nbf": 99999999999}, "expires": HOUR},
    "another pool": {"claims": {**ID, "iss": ISSUER.replace("AbC", "XyZ")}, "expires": HOUR},
    "another client": {"claims": {**ID, "aud": "other"}, "expires": HOUR},
    "another client access": {"claims": {**ACCESS, "client_id": "other"}, "expires": HOUR},
    "another use": {"claims": {**ID, "token_use": "refresh"}, "expires": HOUR},
    "stranger": {"claims": ID, "expires": HOUR, "signer": "stranger"},
    "unsigned": {"header": {"alg": "none"}, "claims": ID, "expires": HOUR, "signer": "none"},
    "public key as secret": {"header": {"alg": "HS256"}, "claims": ID, "expires": HOUR, "signer": "public key"},
}


def verify(function: Path, *events: dict[str, Any]) -> list[Any]:
    return run(kind="lambda", file=str(function), tokens=TOKENS, events=events)


@pytest.mark.parametrize("header", ["Bearer <id>", "Bearer <access>", "bearer <id>"])
def test_who_has_a_token_of_the_pool_reads_and_the_origin_does_not_learn_it(function: Path, header: str) -> None:
    (result,) = verify(function, edge_request([header]))
    assert result == edge_request([])["Records"][0]["cf"]["request"]


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
    assert result == edge_request([], "OPTIONS")["Records"][0]["cf"]["request"]
