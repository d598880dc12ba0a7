"""Websites: names, certificates, records and functions of a deployment, and what those who publish may do."""

import json
from typing import Any

import pytest
from ipfs_cluster.edge import readers

from sandbox.account import Account
from tests.helpers.account import NODES
from tests.helpers.edge import CERTIFICATE, DISTRIBUTION, GATEWAY, distribution, listeners, records, with_zone
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, environment, inputs_of, zone
from tests.helpers.support import deployed_small as deployed

SITES = ["example.com", "www.example.com"]
GATEWAY_HOST, API_HOST = "gateway.ipfs.example.com", "api.ipfs.example.com"
FUNCTION = "aws:cloudfront/function:Function"


def names_of_certificates(stack: Deployed) -> dict[str, set[str]]:
    """By Region: the names on its certificate."""
    found = {}
    for region in ("us-east-1", "eu-west-1"):
        acm = stack.account.client("acm", region)
        (summary,) = acm.list_certificates()["CertificateSummaryList"]
        found[region] = set(acm.describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]["SubjectAlternativeNames"])
    return found


def test_names_certificates_and_records() -> None:
    with deployed(with_zone(websites=SITES)) as stack:
        assert distribution(stack, "gateway")["Aliases"]["Items"] == [GATEWAY_HOST, *SITES]
        assert distribution(stack, "api")["Aliases"]["Items"] == [API_HOST]
        # The load balancer's too: CloudFront compares the origin's certificate with the Host that it sends.
        assert names_of_certificates(stack) == {region: {GATEWAY_HOST, API_HOST, *SITES} for region in ("us-east-1", "eu-west-1")}
        target = stack.client("cloudfront").get_distribution(Id=stack.output("gateway_distribution_id"))["Distribution"]["DomainName"]
        found = {(r["Name"], r["Type"]): r["AliasTarget"]["DNSName"].rstrip(".") for r in records(stack) if "AliasTarget" in r}
        assert {key: found[key] for key in found if key[0].rstrip(".") in SITES} == {(f"{site}.", type_): target for site in SITES for type_ in ("A", "AAAA")}
        assert {r["Type"] for r in records(stack)} == {"A", "AAAA", "CNAME", "NS", "SOA"}, "TXT records belong to those who publish"
        assert stack.output("dns_records") == {}
        assert set(stack.output("websites")) == set(SITES)
        assert set(stack.output("websites").values()) == {stack.groups["edge"]["zoneId"]}


def test_no_two_websites_share_a_resource() -> None:
    sites = ["a-b.example.com", "a.b.example.com"]
    with deployed(with_zone(websites=sites)) as stack:
        made = {r.name for r in stack.registered("aws:route53/record:Record")}
        assert {f"ipfs-domain-{site}-a" for site in sites} <= made


@pytest.mark.parametrize("subdomains", [False, True])
def test_what_reaches_kubo(subdomains: bool) -> None:
    with deployed(with_zone(websites=SITES, subdomainGateway=subdomains)) as stack:
        policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", GATEWAY)
        headers = policy["parametersInCacheKeyAndForwardedToOrigin"]["headersConfig"]["headers"]["items"]
        assert headers == ["Accept", "Service-Worker", "X-Archive-Request", "Host"], "X-Forwarded-Host, which kubo would believe, does not"
        assert policy["defaultTtl"] == 60, "kubo says nothing of how long a DNSLink holds"
        assert "originRequestPolicyId" not in stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]
        gateway = json.loads(environment(stack.containers(NODES[0])["configure"])["KUBO_CONFIG"])["Gateway"]
        assert gateway["NoDNSLink"] is False
        assert gateway["NoFetch"] is True
        assert list(gateway["PublicGateways"]) == [GATEWAY_HOST]
        assert gateway["PublicGateways"][GATEWAY_HOST]["UseSubdomains"] is subdomains
        names = [GATEWAY_HOST, *([f"*.ipfs.{GATEWAY_HOST}", f"*.ipns.{GATEWAY_HOST}"] if subdomains else [])]
        assert stack.inputs(FUNCTION, GATEWAY)["code"] == readers.gateway_code(own_names=names)


def test_a_further_website_changes_neither_nodes_nor_functions() -> None:
    def made(sites: list[str]) -> tuple[set[str], list[Any]]:
        with deployed(with_zone(websites=sites)) as stack:
            kubo = environment(stack.containers(NODES[0])["configure"])["KUBO_CONFIG"]
            policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", GATEWAY)["parametersInCacheKeyAndForwardedToOrigin"]
            return {r.name for r in stack.deployment.registrations}, [json.loads(kubo)["Gateway"], stack.inputs(FUNCTION, GATEWAY)["code"], policy]

    (before, one), (after, two) = made(SITES[:1]), made(SITES)
    assert one == two
    assert after - before == {f"ipfs-domain-{end}" for end in ("proof-www.example.com", "www.example.com-a", "www.example.com-aaaa")}
    assert before < after


@pytest.mark.parametrize("authentication", ["basic", "token"])
def test_readers_of_websites_are_asked_too(authentication: str) -> None:
    groups = with_zone(websites=SITES)
    with deployed(lambda account: {**groups(account), "gateway": {"authentication": authentication}}) as stack:
        names = f'var GATEWAY_NAMES = ["{GATEWAY_HOST}"];'
        if authentication == "basic":
            code = stack.inputs(FUNCTION, "ipfs-readers-basic-auth")["code"]
        else:
            (function,) = stack.registered("aws:lambda/function:Function")
            code = inputs_of(function)["code"].assets["index.mjs"].text
            assert code == readers.token_code([GATEWAY_HOST])
        assert names in code


def test_websites_outside_the_zone_with_certificates_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        regional = account.client("acm").request_certificate(DomainName=GATEWAY_HOST)["CertificateArn"]
        own = {"certificateArn": CERTIFICATE, "loadBalancerCertificateArn": regional}
        return {"edge": {"domain": "ipfs.example.com", "zoneId": zone(account), **own, "websites": ["example.com", "www.example.org"]}}

    with deployed(groups) as stack:
        target = stack.client("cloudfront").get_distribution(Id=stack.output("gateway_distribution_id"))["Distribution"]["DomainName"]
        assert stack.output("dns_records") == {"www.example.org": target}
        assert stack.output("websites") == {"example.com": stack.groups["edge"]["zoneId"], "www.example.org": ""}
        assert {r["Name"] for r in records(stack) if "AliasTarget" in r} == {f"{host}." for host in (GATEWAY_HOST, API_HOST, "example.com")}
        policy = json.loads(stack.output("publisher_policy"))
        names = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
        assert [s["Condition"]["ForAllValues:StringEquals"][names] for s in policy["Statement"] if "Condition" in s] == [["_dnslink.example.com"]]
        assert len(listeners(stack)) == 2


def test_without_a_zone_all_is_the_users() -> None:
    given = {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE, "websites": ["www.example.org"]}
    with deployed({"edge": given}) as stack:
        assert set(stack.output("dns_records")) == {GATEWAY_HOST, API_HOST, "www.example.org"}
        assert stack.output("websites") == {"www.example.org": ""}
        assert [s["Sid"] for s in json.loads(stack.output("publisher_policy"))["Statement"]] == ["Invalidate"]


def test_a_website_outside_the_zone_is_refused_before_anything_is_made() -> None:
    with (
        pytest.raises(Exception, match=r"'www\.example\.org' is not within the hosted zone example\.com, so no certificate"),
        deployed(with_zone(websites=["www.example.org"])),
    ):
        pass


def test_without_websites() -> None:
    with deployed() as stack:
        assert (stack.output("websites"), stack.output("publisher_policy")) == ({}, None)
        assert "ipfs|ipns" not in stack.inputs(FUNCTION, GATEWAY)["code"]


def test_who_publishes_may_set_the_dnslink_records_and_invalidate_and_no_more() -> None:
    with deployed(with_zone(websites=SITES)) as stack:
        policy = json.loads(stack.output("publisher_policy"))
        hosted_zone = f"arn:aws:route53:::hostedzone/{stack.groups['edge']['zoneId']}"

        def may_change(name: str, type_: str = "TXT", action: str = "UPSERT", where: str = hosted_zone) -> bool:
            prefix = "route53__ChangeResourceRecordSets"
            keys: dict[str, Any] = {f"{prefix}NormalizedRecordNames": name, f"{prefix}RecordTypes": type_, f"{prefix}Actions": action}
            return allowed("route53:ChangeResourceRecordSets", where, [policy], **keys)

        assert may_change("_dnslink.example.com")
        assert may_change("_dnslink.example.com,_dnslink.www.example.com")
        assert may_change("_dnslink.example.com", action="DELETE")
        assert not may_change("_dnslink.example.com", "CNAME")
        assert not may_change("example.com")
        assert not may_change("_dnslink.other.example.com")
        assert not may_change("_dnslink.example.com,example.com")
        assert not may_change("_dnslink.example.com", where="arn:aws:route53:::hostedzone/ZOTHER")
        gateway, api = (f"arn:aws:cloudfront::123456789012:distribution/{stack.output(f'{which}_distribution_id')}" for which in ("gateway", "api"))
        assert allowed("cloudfront:CreateInvalidation", gateway, [policy])
        assert allowed("cloudfront:GetInvalidation", gateway, [policy])
        assert not allowed("cloudfront:CreateInvalidation", api, [policy])
        assert not allowed("cloudfront:UpdateDistribution", gateway, [policy])
        assert allowed("route53:GetChange", "arn:aws:route53:::change/C1", [policy])
        assert allowed("route53:ListResourceRecordSets", hosted_zone, [policy])
