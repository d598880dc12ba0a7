"""Inputs of the edge that are refused."""

import pytest

from tests.helpers.inputs import ACL, CERTIFICATE, LONG, REGIONAL, Refused, assert_refused, resolve

NAMED = {"domain": "a.example.com", "zone_id": "Z123"}
BAD: list[Refused] = [
    # The edge
    ({"edge": {"mode": "nginx"}}, "edge.mode: 'nginx' must be one of:", ["cloudfront, origin, load-balancer, none"]),
    ({"edge": {"scheme": "public", "domain": "a.example.com", "zone_id": "Z123"}}, "edge.scheme: 'public' must be one of:", ["internal, internet-facing"]),
    ({"edge": {"price_class": "100"}}, "edge.price_class: '100' must be one of:", ["PriceClass_100"]),
    ({"edge": {"mode": "none", "domain": "a.example.com"}}, "edge.domain: has no effect with edge.mode none", []),
    ({"edge": {"mode": "none", "scheme": "internet-facing"}}, "edge.scheme: 'internet-facing' needs a load balancer", ["edge.mode is none"]),
    ({"edge": {"mode": "load-balancer", "gateway_web_acl_arn": ACL}}, "edge.gateway_web_acl_arn: belongs to CloudFront", ["edge.mode is load-balancer"]),
    ({"edge": {"mode": "load-balancer", "allowed_countries": ["DE"]}}, "edge.allowed_countries: belongs to CloudFront", []),
    ({"edge": {"mode": "origin", "scheme": "internet-facing", **NAMED}}, "edge.scheme: 'internet-facing' has no use with edge.mode origin", ["leave it out"]),
    ({"edge": {"mode": "origin", "certificate_arn": CERTIFICATE, **NAMED}}, "edge.certificate_arn: belongs to the distributions", ["IpfsGlobal"]),
    ({"edge": {"mode": "origin", "blocked_countries": ["DE"]}}, "edge.blocked_countries: belongs to the distributions", ["give it there"]),
    ({"edge": {"mode": "origin", "api_web_acl_arn": ACL}}, "edge.api_web_acl_arn: belongs to the distributions", ["IpfsGlobal"]),
    ({"edge": {"mode": "origin", "price_class": "PriceClass_All"}}, "edge.price_class: has no effect: edge.mode is origin", ["IpfsGlobal's"]),
    ({"edge": {"mode": "origin", "console": False}}, "edge.console: has no effect: edge.mode is origin", ["IpfsGlobal's"]),
    ({"edge": {"mode": "origin", "allowed_cidrs": ["203.0.113.0/24"]}}, "edge.allowed_cidrs: ranges of clients are for", ["only CloudFront"]),
    ({"edge": {"mode": "origin", "websites": ["www.example.com"]}}, "edge.websites: needs edge.domain", []),
    (
        {"edge": {"mode": "origin", "domain": "a.example.com", "subdomain_gateway": True}},
        "edge.subdomain_gateway: needs HTTPS on the load balancer",
        ["edge.load_balancer_certificate_arn"],
    ),
    (
        {"edge": {"mode": "origin"}, "gateway": {"authentication": "basic"}},
        "gateway.authentication: 'basic' is checked by CloudFront",
        ["give it to IpfsGlobal"],
    ),
    (
        {"edge": {"mode": "load-balancer", "scheme": "internet-facing", "domain": "a.example.com", "zone_id": "Z123"}},
        "edge.allowed_cidrs: an internet-facing load balancer without CloudFront needs the ranges of its clients",
        ["203.0.113.0/24"],
    ),
    ({"edge": {"allowed_cidrs": ["203.0.113.0/24"]}}, "edge.allowed_cidrs: ranges of clients are for edge.mode load-balancer", ["only CloudFront"]),
    ({"edge": {"mode": "load-balancer", "allowed_cidrs": ["203.0.113.0/24"]}}, "edge.allowed_cidrs: ranges of clients are for", ["admits the VPC"]),
    (
        {
            "edge": {
                "mode": "load-balancer",
                "scheme": "internet-facing",
                "domain": "a.example.com",
                "zone_id": "Z123",
                "allowed_cidrs": ["203.0.113.5/24"],
            }
        },
        "edge.allowed_cidrs[0]: '203.0.113.5/24' is not an IPv4 range",
        ["203.0.113.0/24"],
    ),
    (
        {
            "edge": {
                "mode": "load-balancer",
                "scheme": "internet-facing",
                "domain": "a.example.com",
                "zone_id": "Z123",
                "allowed_cidrs": ["203.0.113.0/24"] * 2,
            }
        },
        "edge.allowed_cidrs: 203.0.113.0/24 is listed more than once",
        [],
    ),
    ({"edge": {"scheme": "internet-facing"}}, "edge.scheme: an internet-facing load balancer without a certificate would take passwords", ["edge.zone_id"]),
    ({"edge": {"domain": "a.example.com"}}, "edge.domain: 'a.example.com' needs edge.zone_id", ["edge.certificate_arn", "us-east-1"]),
    ({"edge": {"mode": "load-balancer", "domain": "a.example.com"}}, "edge.domain: 'a.example.com' needs edge.zone_id", ["edge.load_balancer_certificate_arn"]),
    ({"edge": {"domain": "A.example.com", "zone_id": "Z123"}}, "edge.domain: 'A.example.com' is not a domain name", ["lower case"]),
    ({"edge": {"domain": "localhost", "zone_id": "Z123"}}, "edge.domain: 'localhost' is not a domain name", []),
    ({"edge": {"domain": "x" * 60 + ".a" * 63, "zone_id": "Z123"}}, "edge.domain: 'xxx", []),
    ({"edge": {"zone_id": "Z123"}}, "edge.zone_id: was given without the domain", ["edge.domain"]),
    ({"edge": {"domain": "a.example.com", "zone_id": "example.com"}}, "edge.zone_id: 'example.com' is not the ID of a hosted zone", ["Z0123"]),
    ({"edge": {"certificate_arn": CERTIFICATE}}, "edge.certificate_arn: was given without the domain", ["edge.domain"]),
    ({"edge": {"domain": "a.example.com", "certificate_arn": REGIONAL}}, f"edge.certificate_arn: '{REGIONAL}' is in eu-west-1", ["us-east-1 is needed"]),
    (
        {"edge": {"domain": "a.example.com", "zone_id": "Z123", "load_balancer_certificate_arn": CERTIFICATE}},
        f"edge.load_balancer_certificate_arn: '{CERTIFICATE}' is in us-east-1",
        ["eu-west-1 is needed"],
    ),
    (
        {"edge": {"domain": "a.example.com", "certificate_arn": "mine"}},
        "edge.certificate_arn: 'mine' is not the ARN of an ACM certificate",
        ["arn:aws:acm:us-east-1"],
    ),
    ({"edge": {"subdomain_gateway": True}}, "edge.subdomain_gateway: needs its own names", ["edge.domain"]),
    (
        {"edge": {"domain": "a.example.com", "certificate_arn": CERTIFICATE, "subdomain_gateway": True}},
        "edge.subdomain_gateway: needs HTTPS on the load balancer",
        ["edge.load_balancer_certificate_arn"],
    ),
    ({"edge": {"domain": "a.example.com", "zone_id": "Z123", "gateway_name": "*"}}, "edge.gateway_name: '*' is not a name within a domain", ["@"]),
    ({"edge": {"domain": LONG, "zone_id": "Z123"}}, f"edge.domain: 'api.{LONG}' has 65 characters", ["64", "edge.api_name"]),
    ({"edge": {"domain": "a.example.com", "zone_id": "Z123", "api_name": "gateway"}}, "edge.api_name: 'gateway' is the gateway's name too", []),
    ({"edge": {"allowed_countries": ["DE"], "blocked_countries": ["FR"]}}, "edge.blocked_countries: contradicts edge.allowed_countries", []),
    ({"edge": {"allowed_countries": ["Germany"]}}, "edge.allowed_countries[0]: 'Germany' is not a country code", ["DE"]),
    ({"edge": {"api_web_acl_arn": ACL.replace("us-east-1", "eu-west-1")}}, "edge.api_web_acl_arn: 'arn:aws:wafv2:eu-west-1", ["us-east-1", "global"]),
    ({"edge": {"access_log_days": -1}}, "edge.access_log_days: -1 is not a number of days", ["0 for no access logs"]),
]


def test_a_load_balancer_behind_other_distributions_needs_no_certificate() -> None:
    assert not resolve({"edge": {"mode": "origin", "domain": "a.example.com", "websites": ["www.example.com"]}}).edge.has_https


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
