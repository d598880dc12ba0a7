"""The websites of the edge: what is refused, and what is not."""

import pytest
from ipfs_cluster.edge.plan import HostedZone
from ipfs_cluster.inputs import websites
from ipfs_cluster.inputs.edge import plan

from tests.helpers.inputs import CERTIFICATE, REGIONAL, Refused, assert_refused, problems, resolve

DOMAIN = {"domain": "ipfs.example.com", "zone_id": "Z123"}
OWN = {"domain": "ipfs.example.com", "certificate_arn": CERTIFICATE, "load_balancer_certificate_arn": REGIONAL}
ZONE = HostedZone("example.com.", private=False)


def many(number: int) -> list[str]:
    return [f"site-{index}.example.com" for index in range(number)]


BAD: list[Refused] = [
    ({"edge": {"websites": ["www.example.com"]}}, "edge.websites: needs edge.domain", ["certificates and records"]),
    ({"edge": {"mode": "load-balancer", "websites": ["www.example.com"]}}, "edge.websites: belongs to CloudFront", ["edge.mode is load-balancer"]),
    ({"edge": {"mode": "none", "websites": ["www.example.com"]}}, "edge.websites: has no effect with edge.mode none", []),
    ({"edge": {**DOMAIN, "websites": ["WWW.example.com"]}}, "edge.websites[0]: 'WWW.example.com' is not a domain name", ["lower case", "www.example.com"]),
    ({"edge": {**DOMAIN, "websites": ["https://www.example.com"]}}, "edge.websites[0]: 'https://www.example.com' is not a domain name", []),
    ({"edge": {**DOMAIN, "websites": ["*.example.com"]}}, "edge.websites[0]: '*.example.com' is not a domain name", []),
    ({"edge": {**DOMAIN, "websites": ["example"]}}, "edge.websites[0]: 'example' is not a domain name", []),
    ({"edge": {**DOMAIN, "websites": ["www.example.com."]}}, "edge.websites[0]: 'www.example.com.' is not a domain name", []),
    ({"edge": {**DOMAIN, "websites": ["a." * 118 + "example.com"]}}, "edge.websites[0]: 'a.a.", []),
    ({"edge": {**DOMAIN, "websites": ["a.example.com", "b.example.com", "a.example.com"]}}, "edge.websites: a.example.com is listed more than once", []),
    (
        {"edge": {**DOMAIN, "websites": ["gateway.ipfs.example.com"]}},
        "edge.websites[0]: 'gateway.ipfs.example.com' is the gateway's own name",
        ["edge.gateway_name"],
    ),
    ({"edge": {**DOMAIN, "websites": ["api.ipfs.example.com"]}}, "edge.websites[0]: 'api.ipfs.example.com' is the REST API's own name", ["edge.api_name"]),
    (
        {"edge": {**DOMAIN, "subdomain_gateway": True, "websites": ["x.ipns.gateway.ipfs.example.com"]}},
        "edge.websites[0]: 'x.ipns.gateway.ipfs.example.com' is within the subdomain gateway's names, *.ipns.gateway.ipfs.example.com",
        [],
    ),
    (
        {"edge": {**DOMAIN, "subdomain_gateway": True, "websites": ["ipfs.gateway.ipfs.example.com"]}},
        "edge.websites[0]: 'ipfs.gateway.ipfs.example.com' is within the subdomain gateway's names",
        [],
    ),
    (
        {"edge": {**DOMAIN, "websites": many(99)}},
        "edge.websites: the certificate would have 101 names",
        ["those of gateway and REST API included", "100", "1 or more"],
    ),
    ({"edge": {**OWN, "websites": many(100)}}, "edge.websites: the gateway's distribution would have 101 names", ["CloudFront", "100", "1 or more"]),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)


def test_all_problems_at_once() -> None:
    found = problems({"edge": {**DOMAIN, "websites": ["A.example.com", "api.ipfs.example.com", "b.example.com", "b.example.com"]}})
    assert [problem.partition(":")[0] for problem in found] == ["edge.websites[0]", "edge.websites[1]", "edge.websites"]


def test_outside_the_zone_only_with_certificates_of_ones_own() -> None:
    sites = ["example.com", "www.example.org"]
    (problem,) = websites.problems(sites, plan(resolve({"edge": {**DOMAIN, "websites": []}}).edge, False, ZONE), ZONE, issued=True)
    assert problem.path == ("edge", "websites", 1)
    assert problem.text.startswith("'www.example.org' is not within the hosted zone example.com, so no certificate can be issued for it")
    accepted = resolve({"edge": {**OWN, "zone_id": "Z123", "websites": sites}}, zone=ZONE).edge
    made = plan(accepted, False, ZONE)
    assert (made.websites, made.outside_zone) == (sites, ["www.example.org"])


@pytest.mark.parametrize("one", ["certificate_arn", "load_balancer_certificate_arn"])
def test_one_certificate_of_ones_own_is_not_enough(one: str) -> None:
    given = {**DOMAIN, one: OWN[one], "websites": ["www.example.org"]}
    with pytest.raises(Exception, match=r"'www\.example\.org' is not within the hosted zone"):
        resolve({"edge": given}, zone=ZONE)


@pytest.mark.parametrize(
    "edge",
    [
        {**DOMAIN, "websites": ["example.com", "www.example.com", "xn--bcher-kva.example.com"]},
        {**DOMAIN, "gateway_name": "@", "websites": ["www.ipfs.example.com", "docs.ipfs.ipfs.example.com"]},
        {**DOMAIN, "subdomain_gateway": True, "websites": ["gateway.example.com", "xipfs.gateway.ipfs.example.com"]},
        {**DOMAIN, "websites": many(98)},
        {**OWN, "websites": many(99)},
        {"domain": "ipfs.example.com", "certificate_arn": CERTIFICATE, "websites": ["www.example.org"]},
    ],
)
def test_websites_that_are_fine(edge: dict[str, object]) -> None:
    assert resolve({"edge": edge}, zone=ZONE if "zone_id" in edge else None).edge.websites == edge["websites"]
