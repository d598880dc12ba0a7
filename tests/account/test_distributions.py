"""The CloudFront distributions of gateway and API. Where moto lacks an API the resource's exact inputs are asked."""

import pytest
from ipfs_cluster.edge import readers

from tests.helpers.edge import ALL_VIEWER, API, CACHING_DISABLED, CLOUDFRONT_ACL, DISTRIBUTION, GATEWAY, balancer, both_events, distribution, with_zone
from tests.helpers.support import deployed_small as deployed


def test_the_gateways_distribution() -> None:
    with deployed() as stack:
        config = distribution(stack, "gateway")
        assert (config["HttpVersion"], config["IsIPV6Enabled"], config["PriceClass"], config["WebACLId"]) == ("http2and3", True, "PriceClass_100", "")
        assert config["Restrictions"]["GeoRestriction"]["RestrictionType"] == "none"
        inputs = stack.inputs(DISTRIBUTION, GATEWAY)
        (origin,) = inputs["origins"]
        vpc_origin = origin.pop("vpcOriginConfig")
        assert origin == {"originId": "gateway", "domainName": balancer(stack)["DNSName"]}
        assert (vpc_origin["originReadTimeout"], vpc_origin["originKeepaliveTimeout"]) == (120, 60)
        behavior = inputs["defaultCacheBehavior"]
        for policy in ("cachePolicyId", "responseHeadersPolicyId"):
            assert behavior.pop(policy).startswith("ipfs-edge-gateway-")
        functions = stack.client("cloudfront").list_functions()["FunctionList"]["Items"]
        (function,) = [function for function in functions if function["Name"].startswith(f"{GATEWAY}-")]
        assert behavior == {
            "allowedMethods": ["GET", "HEAD", "OPTIONS"],
            "cachedMethods": ["GET", "HEAD"],
            "compress": True,
            "functionAssociations": both_events(function["FunctionMetadata"]["FunctionARN"]),
            "targetOriginId": "gateway",
            "viewerProtocolPolicy": "redirect-to-https",
        }
        assert "orderedCacheBehaviors" not in inputs
        held = stack.inputs("aws:cloudfront/function:Function", GATEWAY)
        assert (held["code"], held["publish"], held["runtime"]) == (readers.gateway_code(), True, "cloudfront-js-2.0")
        assert {e["errorCode"]: e["errorCachingMinTtl"] for e in inputs["customErrorResponses"]} == {404: 5, 500: 0, 502: 0, 503: 0, 504: 0}
        headers = stack.inputs("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", GATEWAY)["securityHeadersConfig"]
        assert set(headers) == {"strictTransportSecurity", "referrerPolicy"}, "frames, types and scripts are the sites' own"
        assert headers["strictTransportSecurity"]["override"] is False


# What changes an answer of kubo's gateway: IPFS specifications "Path Gateway" and "Trustless Gateway", request query parameters and
# headers; `uri` and `go-get` are kubo's own, X-Archive-Request is the edge functions'. CloudFront itself answers for Range, If-None-Match and Cache-Control.
SPECIFIED_QUERY = ["filename", "download", "format", "dag-scope", "entity-bytes", "car-version", "car-order", "car-dups", "uri", "go-get"]

SPECIFIED_HEADERS = ["Accept", "Service-Worker", "X-Archive-Request"]


@pytest.mark.parametrize("subdomains", [False, True])
def test_the_cache_key_has_what_changes_an_answer(subdomains: bool) -> None:
    with deployed(with_zone(subdomainGateway=subdomains)) as stack:
        policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", GATEWAY)
        assert (policy["minTtl"], policy["defaultTtl"], policy["maxTtl"]) == (0, 60, 31536000)
        key = policy["parametersInCacheKeyAndForwardedToOrigin"]
        assert key["queryStringsConfig"]["queryStringBehavior"] == "whitelist"
        assert sorted(key["queryStringsConfig"]["queryStrings"]["items"]) == sorted(SPECIFIED_QUERY)
        assert len(SPECIFIED_QUERY) <= 10, "a policy takes no more"
        expected = [*SPECIFIED_HEADERS, *(["Host"] if subdomains else [])]
        assert key["headersConfig"] == {"headerBehavior": "whitelist", "headers": {"items": expected}}
        assert key["cookiesConfig"] == {"cookieBehavior": "none"}
        assert (key["enableAcceptEncodingBrotli"], key["enableAcceptEncodingGzip"]) == (True, True)


def test_the_apis_distribution() -> None:
    with deployed() as stack:
        inputs = stack.inputs(DISTRIBUTION, API)
        assert inputs["defaultCacheBehavior"] == {
            "allowedMethods": ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": CACHING_DISABLED,
            "compress": False,
            "originRequestPolicyId": ALL_VIEWER,
            "responseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "targetOriginId": "api",
            "viewerProtocolPolicy": "https-only",
        }
        origin = inputs["origins"][0]
        assert origin["vpcOriginConfig"]["originReadTimeout"] == 120
        assert origin["connectionAttempts"] == 1, "else what is silent for 120 s is asked three times"
        config = distribution(stack, "api")
        assert config["DefaultCacheBehavior"]["CachePolicyId"] == CACHING_DISABLED
        assert config["DefaultCacheBehavior"]["OriginRequestPolicyId"] == ALL_VIEWER
        assert (
            stack.output("api_url")
            == "https://" + stack.client("cloudfront").get_distribution(Id=stack.output("api_distribution_id"))["Distribution"]["DomainName"]
        )


@pytest.mark.parametrize(("key", "kind"), [("allowedCountries", "whitelist"), ("blockedCountries", "blacklist")])
def test_price_countries_and_web_acls(key: str, kind: str) -> None:
    acls = {"gatewayWebAclArn": CLOUDFRONT_ACL, "apiWebAclArn": CLOUDFRONT_ACL.replace("mine", "other")}
    with deployed({"edge": {"priceClass": "PriceClass_All", key: ["DE", "FR"], **acls}}) as stack:
        for which in ("gateway", "api"):
            config = distribution(stack, which)
            assert config["PriceClass"] == "PriceClass_All"
            assert config["Restrictions"]["GeoRestriction"] == {"RestrictionType": kind, "Quantity": 2, "Items": ["DE", "FR"]}
            assert config["WebACLId"] == acls[f"{which}WebAclArn"]
