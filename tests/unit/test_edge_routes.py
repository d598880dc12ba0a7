"""The functions that choose the Region of a request, in Node.js and in njs, and how near the Regions are."""

from typing import Any

import pytest
from ipfs_cluster.edge import readers, routes
from ipfs_cluster.edge.sources import source
from ipfs_cluster.inputs.edge import ResolvedEdge
from ipfs_cluster.network import zones
from ipfs_cluster.regions import distance

from tests.helpers.edge_functions import NJS, NODE, run_routed_function
from tests.helpers.readers import basic

MOST_BYTES = 10 * 1024
"""The size of a function's code (Amazon CloudFront Developer Guide, "Quotas on CloudFront Functions")."""
# CloudFront's regional edge caches, which is what edgeLocation.region names: those that its guide offers for Origin Shield ("Choosing the AWS
# Region for Origin Shield"), and two more that other pages name.
CACHES = (
    "us-east-2", "us-east-1", "us-west-1", "us-west-2", "ap-south-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1",
    "eu-central-1", "eu-west-1", "eu-west-2", "sa-east-1", "me-central-1",
)  # fmt: skip
THREE = ("ap-northeast-1", "eu-west-1", "us-east-1")
FAILOVER = [404, 500, 502, 503, 504]


@pytest.fixture(params=["node", pytest.param("njs", marks=pytest.mark.skipif(NJS is None, reason="njs is not installed"))])
def runtime(request: pytest.FixtureRequest) -> str:
    if request.param == "node" and NODE is None:
        pytest.skip("Node.js is not installed")
    return str(request.param)


def event(method: str = "GET", host: str = "d1.cloudfront.net", type_: str = "viewer-request", uri: str = "/", headers: Any = None) -> dict[str, Any]:
    return {
        "version": "1.0",
        "context": {"distributionDomainName": "d1.cloudfront.net", "distributionId": "E1", "eventType": type_, "requestId": "r1"},
        "viewer": {"ip": "203.0.113.5"},
        "request": {"method": method, "uri": uri, "querystring": {}, "headers": {"host": {"value": host}, **(headers or {})}, "cookies": {}},
    }


def gateway(regions: Any = THREE, default: str = "eu-west-1", own: str | None = None) -> str:
    return routes.code(own or readers.gateway_code(), "gateway", regions, default, failover=True)


def api(regions: Any = THREE, named: Any = ()) -> str:
    return routes.code(routes.UNCHANGED, "api", regions, "eu-west-1", failover=False, named=named)


def asked(code: str, runtime: str, *edges: dict[str, Any], **given: Any) -> list[Any]:
    """What is asked of CloudFront at each of some places."""
    results = run_routed_function(code, [event(**given)] * len(edges), list(edges), runtime)
    assert all(result["answer"]["uri"] == given.get("uri", "/") for result in results), results
    return [result["asked"] for result in results]


def group(first: str, second: str) -> list[Any]:
    return [{"originIds": [{"originId": f"gateway-{first}"}, {"originId": f"gateway-{second}"}], "failoverCriteria": {"statusCodes": FAILOVER}}]


NEAREST = {
    "us-east-2": ("us-east-1", "eu-west-1"),
    "us-east-1": ("us-east-1", "eu-west-1"),
    "us-west-1": ("us-east-1", "eu-west-1"),
    "us-west-2": ("us-east-1", "eu-west-1"),
    "ap-south-1": ("ap-northeast-1", "eu-west-1"),
    "ap-northeast-2": ("ap-northeast-1", "us-east-1"),
    "ap-southeast-1": ("ap-northeast-1", "eu-west-1"),
    "ap-southeast-2": ("ap-northeast-1", "us-east-1"),
    "ap-northeast-1": ("ap-northeast-1", "us-east-1"),
    "eu-central-1": ("eu-west-1", "us-east-1"),
    "eu-west-1": ("eu-west-1", "us-east-1"),
    "eu-west-2": ("eu-west-1", "us-east-1"),
    "sa-east-1": ("us-east-1", "eu-west-1"),
    "me-central-1": ("eu-west-1", "ap-northeast-1"),
}


def test_a_reader_gets_the_region_nearest_to_the_edge_and_the_next_one_in_reserve(runtime: str) -> None:
    assert set(NEAREST) == set(CACHES)
    found = asked(gateway(), runtime, *({"region": region, "keys": {}} for region in NEAREST))
    assert dict(zip(NEAREST, found, strict=True)) == {region: group(*nearest) for region, nearest in NEAREST.items()}


def test_every_region_that_an_edge_may_name_is_known(runtime: str) -> None:
    """All that nodes can be in, which includes those of the caches: the order is that of `nearest`."""
    assert set(CACHES) <= set(distance.REGIONS) == set(zones.regions("regional"))
    found = asked(api(), runtime, *({"region": region, "keys": {}} for region in distance.REGIONS))
    assert found == [[f"api-{distance.nearest(region, THREE)[0]}"] for region in distance.REGIONS]


@pytest.mark.parametrize("edge", [{"region": "xx-moon-1"}, {"region": ""}, {}, {"region": None}])
def test_elsewhere_it_is_the_default_region(runtime: str, edge: dict[str, Any]) -> None:
    for default, second in (("eu-west-1", "us-east-1"), ("ap-northeast-1", "us-east-1")):
        assert asked(gateway(default=default), runtime, {**edge, "keys": {}}) == [group(default, second)]


def test_a_region_that_is_out_gets_nothing(runtime: str) -> None:
    there = {"region": "eu-central-1"}
    outs = ["eu-west-1", "us-east-1", "eu-west-1,us-east-1", "ap-northeast-1,us-east-1"]
    places = [{**there, "keys": {"out": out}} for out in outs]
    one = [["gateway-ap-northeast-1"], ["gateway-eu-west-1"]]
    assert asked(gateway(), runtime, *places) == [group("us-east-1", "ap-northeast-1"), group("eu-west-1", "ap-northeast-1"), *one]
    assert asked(api(), runtime, *places) == [["api-us-east-1"], ["api-eu-west-1"], ["api-ap-northeast-1"], ["api-eu-west-1"]]


def test_with_all_regions_out_none_counts_as_out(runtime: str) -> None:
    keys = {"out": ",".join(THREE)}
    assert asked(gateway(), runtime, {"region": "eu-west-2", "keys": keys}) == [group("eu-west-1", "us-east-1")]


@pytest.mark.parametrize("keys", [None, {}, {"out": ""}, {"out": "xx-moon-1"}, {"other": "eu-west-1"}])
def test_a_store_that_says_nothing_takes_no_region_out(runtime: str, keys: Any) -> None:
    edge = {"region": "eu-west-2"} if keys is None else {"region": "eu-west-2", "keys": keys}
    assert asked(api(), runtime, edge) == [["api-eu-west-1"]]


def test_a_single_region_has_no_reserve(runtime: str) -> None:
    assert asked(gateway(["eu-west-1"]), runtime, {"region": "us-east-1", "keys": {}}) == [["gateway-eu-west-1"]]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_what_writes_goes_to_one_region_only(runtime: str, method: str) -> None:
    """An origin group is asked twice, and by CloudFront for GET, HEAD and OPTIONS only."""
    assert asked(api(), runtime, {"region": "us-west-2", "keys": {}}, method=method) == [["api-us-east-1"]]


def test_a_regions_own_name_leads_to_it(runtime: str) -> None:
    named = ResolvedEdge(domain="example.com").region_name_parts
    code, far = api(named=named), {"region": "ap-northeast-1", "keys": {"out": "eu-west-1"}}
    for host in ("api-eu-west-1.example.com", "API-EU-WEST-1.example.com:443"):
        assert asked(code, runtime, far, host=host) == [["api-eu-west-1"]], "even one that is out: that is how it is looked at"
    for host in ("api.example.com", "api-xx-moon-1.example.com", "api-.example.com", "d1.cloudfront.net", "api-us-east-1.example.com.evil.example"):
        assert asked(code, runtime, far, host=host) == [["api-ap-northeast-1"]]


def test_who_may_not_read_is_sent_nowhere(runtime: str) -> None:
    code = gateway(own=readers.gateway_code(readers.salted_hash("salt", "me:correct-horse")))
    denied, let_in = run_routed_function(code, [event(), event(headers=basic("me:correct-horse"))], [{"region": "us-east-1", "keys": {}}] * 2, runtime)
    assert (denied["answer"]["statusCode"], denied["asked"]) == (401, [])
    assert let_in["answer"] == {**event()["request"], "headers": {"host": {"value": "d1.cloudfront.net"}, "accept": {"value": "*/*"}}}
    assert let_in["asked"] == group("us-east-1", "eu-west-1")


def test_after_an_answer_nothing_is_chosen(runtime: str) -> None:
    answered = {**event(type_="viewer-response"), "response": {"statusCode": 200, "headers": {}}}
    answered["request"]["querystring"] = {"format": {"value": "car"}}
    (result,) = run_routed_function(gateway(), [answered], [{"keys": {}}], runtime)
    assert result == {"answer": {"statusCode": 200, "headers": {"cache-control": {"value": "no-store"}}}, "asked": []}


def test_a_website_keeps_other_content_out_and_is_sent_to_a_region(runtime: str) -> None:
    code = gateway(own=readers.gateway_code(own_names=["gateway.example.com"]))
    events = [event(host="www.example.com", uri="/ipfs/bafkqaaa"), event(host="www.example.com", uri="/")]
    refused, served = run_routed_function(code, events, [{"region": "eu-west-2", "keys": {}}] * 2, runtime)
    assert (refused["answer"]["statusCode"], refused["asked"]) == (404, [])
    assert served["asked"] == group("eu-west-1", "us-east-1")


def test_the_pinning_service_loses_its_path_and_gets_a_region(runtime: str) -> None:
    code = routes.code(source("pinning-path.js"), "pinning", THREE, "eu-west-1", failover=False)
    (result,) = run_routed_function(code, [event(uri="/pinning/pins")], [{"region": "us-west-2", "keys": {}}], runtime)
    assert (result["answer"]["uri"], result["asked"]) == ("/pins", ["pinning-us-east-1"])


def test_functions_are_small_enough_with_all_regions() -> None:
    """With the longest names too: what a certificate has at most."""
    every = distance.REGIONS
    names = [f"{prefix}{'n' * 60}.{'d' * 60}.{'e' * 60}.example" for prefix in ("", "*.ipfs.", "*.ipns.")]
    own = readers.gateway_code(readers.salted_hash("x" * 64, "me:correct-horse"), own_names=names)
    sizes = {
        "gateway": len(gateway(every, own=own).encode()),
        "api": len(api(every, ("api-", f".{'d' * 60}.{'e' * 60}.example")).encode()),
        "pinning": len(routes.code(source("pinning-path.js"), "pinning", every, "eu-west-1", failover=False).encode()),
    }
    assert {role: size for role, size in sizes.items() if size > MOST_BYTES} == {}, sizes
    assert sizes["gateway"] > 7000


def test_nearest_is_by_the_way_that_packets_take() -> None:
    assert all(distance.nearest(region, distance.REGIONS)[0] == region for region in distance.REGIONS)
    # No cable crosses the South Atlantic, and none the Arctic.
    assert distance.nearest("sa-east-1", ["af-south-1", "us-west-2"]) == ["us-west-2", "af-south-1"]
    assert distance.nearest("ap-northeast-1", ["eu-north-1", "us-east-1"]) == ["us-east-1", "eu-north-1"]
    # What AWS says is near (its table for origins in Regions without Origin Shield).
    shields = {"us-west-1": "us-west-2", "ca-central-1": "us-east-1", "eu-south-1": "eu-central-1", "me-south-1": "ap-south-1"}
    offered = [cache for cache in CACHES if cache not in ("us-west-1", "me-central-1", "us-east-2")]
    assert {region: distance.nearest(region, offered)[0] for region in shields} == shields
