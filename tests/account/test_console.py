"""The console: its bucket, who reads that, and how the REST API's distribution serves it."""

import json
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.edge import page

from sandbox import console
from tests.helpers import iam
from tests.helpers.edge import API, DISTRIBUTION, distribution, with_zone
from tests.helpers.support import Deployed, inputs_of
from tests.helpers.support import deployed_small as deployed

NAME = "ipfs-edge-console"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"


def bucket(stack: Deployed) -> str:
    """The bucket that the distribution asks."""
    (origin,) = [origin for origin in distribution(stack, "api")["Origins"]["Items"] if origin["Id"] == "console"]
    name, _, rest = origin["DomainName"].partition(".")
    assert rest == "s3.eu-west-1.amazonaws.com"
    return str(name)


def test_the_distribution_serves_it_below_its_path_alone() -> None:
    with deployed() as stack:
        inputs = stack.inputs(DISTRIBUTION, API)
        (function,) = [r for r in stack.registered("aws:cloudfront/function:Function") if r.name == NAME]
        arn = next(made.outputs["arn"] for made in stack.account.made if (made.type, made.name) == (function.type, NAME))
        behaviors = inputs["orderedCacheBehaviors"]
        for behavior in behaviors:
            assert behavior.pop("responseHeadersPolicyId").startswith(f"{NAME}-")
        common = {
            "allowedMethods": ["GET", "HEAD"],
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "cachedMethods": ["GET", "HEAD"],
            "compress": True,
            "functionAssociations": [{"eventType": "viewer-request", "functionArn": arn}],
            "targetOriginId": "console",
            "viewerProtocolPolicy": "redirect-to-https",
        }
        assert behaviors == [{"pathPattern": "/console", **common}, {"pathPattern": "/console/*", **common}]
        assert (inputs_of(function)["publish"], inputs_of(function)["runtime"]) == (True, "cloudfront-js-2.0")
        assert inputs["defaultCacheBehavior"]["targetOriginId"] == "api"
        assert stack.output("console_url") == stack.output("api_url") + "/console/"
        assert "console" not in json.dumps(stack.inputs(DISTRIBUTION, "ipfs-edge-gateway"))


def test_next_to_the_pinning_service() -> None:
    with deployed({"api": {"pinningService": True}}) as stack:
        assert [behavior["pathPattern"] for behavior in stack.inputs(DISTRIBUTION, API)["orderedCacheBehaviors"]] == ["/pinning/*", "/console", "/console/*"]


def test_the_headers_are_those_of_the_page() -> None:
    for groups, subdomains in (({}, False), (with_zone(subdomainGateway=True), True)):
        with deployed(groups) as stack:
            assert console.read(stack.client, stack.account.recorded).headers == page.headers(stack.output("gateway_url"), subdomains)  # type: ignore[union-attr]
            inputs = stack.inputs(HEADERS, NAME)
            assert all(item["override"] for item in inputs["customHeadersConfig"]["items"])
            assert all(security["override"] for security in inputs["securityHeadersConfig"].values())


def test_only_the_apis_distribution_reads_the_bucket() -> None:
    with deployed() as stack:
        s3, name = stack.client("s3"), bucket(stack)
        assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        (registered,) = [r for r in stack.registered("aws:s3/bucket:Bucket") if r.name == NAME]
        assert (inputs_of(registered)["forceDestroy"], registered.request.retainOnDelete) == (True, False)
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])

        def may(action: str, resource: str, reader: str = "api", principal: str = "cloudfront.amazonaws.com", secure: str = "true") -> bool:
            arn = f"arn:aws:cloudfront::123456789012:distribution/{stack.output(f'{reader}_distribution_id')}"
            return iam.allowed(action, resource, [], policy, principal, aws__SourceArn=arn, aws__SecureTransport=secure)

        file = f"arn:aws:s3:::{name}/console/index.html"
        assert may("s3:GetObject", file)
        assert may("s3:ListBucket", f"arn:aws:s3:::{name}"), "else a file that is not there is a 403"
        assert not may("s3:PutObject", file)
        assert not may("s3:GetObject", file, reader="gateway")
        assert not may("s3:GetObject", file, principal="arn:aws:iam::123456789012:root")
        assert not may("s3:GetObject", file, secure="false")
        assert not may("s3:GetObject", f"arn:aws:s3:::{name}/other")


def test_the_distribution_signs_what_it_asks_the_bucket() -> None:
    with deployed() as stack:
        (held,) = stack.client("cloudfront").list_origin_access_controls()["OriginAccessControlList"]["Items"]
        assert (held["OriginAccessControlOriginType"], held["SigningBehavior"], held["SigningProtocol"]) == ("s3", "always", "sigv4")
        origins = {origin["originId"]: origin for origin in stack.inputs(DISTRIBUTION, API)["origins"]}
        assert origins["console"]["originAccessControlId"] == held["Id"]
        assert "originAccessControlId" not in origins["api"]


def test_the_files() -> None:
    with deployed({"nodes": {"count": 2}, "gateway": {"authentication": "basic"}, "storage": {"maxGib": 250}}) as stack:
        site = console.read(stack.client, stack.account.recorded)
        assert site is not None
        served = {file.path.removeprefix("/console/"): file for file in site.files}
        told = served.pop("config.json")
        assert {name: file.content for name, file in served.items()} == {name: (page.FOLDER / name).read_bytes() for name in page.files()}
        for name, file in served.items():
            assert (file.content_type, file.cache_control) == (page.content_type(name), page.cache_control(name)), name
        assert (told.content_type, told.cache_control) == ("application/json", "no-cache")
        assert json.loads(told.content) == {
            "name": "ipfs-cluster-test-ipfs",
            "gateway": stack.output("gateway_url"),
            "gatewayAuthentication": "basic",
            "nodes": [
                {
                    "name": node,
                    "zone": node,
                    "clusterPeerId": stack.output("cluster_peer_ids")[node],
                    "kuboPeerId": stack.output("kubo_peer_ids")[node],
                }
                for node in ("eu-west-1a", "eu-west-1b")
            ],
            "replication": {"min": -1, "max": -1},
            "storageMaxGib": 250,
            "readOnly": False,
            "docs": "runbook.html",
        }


def test_the_page_comes_after_what_it_names_and_nobody_reads_before_all_is_there() -> None:
    with deployed() as stack:
        objects = {r.name: r for r in stack.registered(OBJECT)}
        last = objects.pop(f"{NAME}-index.html")
        assert {r.urn for r in objects.values()} <= set(last.request.dependencies)
        (policy,) = [r for r in stack.registered("aws:s3/bucketPolicy:BucketPolicy") if r.name == NAME]
        assert {last.urn, *(r.urn for r in objects.values())} <= set(policy.request.dependencies)


def test_another_version_leaves_what_open_pages_may_still_ask_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def built(folder: Path, hashed: str, text: str) -> dict[str, Any]:
        (folder / "assets").mkdir(parents=True)
        (folder / "assets" / f"app-{hashed}.js").write_text(text)
        (folder / "index.html").write_text(hashed)
        monkeypatch.setattr(page, "FOLDER", folder)
        with deployed() as stack:
            return {r.name: (r.request.retainOnDelete, inputs_of(r)["key"]) for r in stack.registered(OBJECT)}

    before, after = built(tmp_path / "1", "0a1b2c3d", "1"), built(tmp_path / "2", "4e5f6a7b", "2")
    # `key` replaces the object, which is kept where it was.
    assert (before[f"{NAME}-app.js"], after[f"{NAME}-app.js"]) == ((True, "console/assets/app-0a1b2c3d.js"), (True, "console/assets/app-4e5f6a7b.js"))
    assert before[f"{NAME}-index.html"] == after[f"{NAME}-index.html"] == (False, "console/index.html")
    assert before[f"{NAME}-config.json"] == (False, "console/config.json")


def test_ten_tags_are_enough_for_an_object_whatever_users_tag() -> None:
    with deployed({"tags": {f"tag-{number}": "x" for number in range(12)}}) as stack:
        for registered in stack.registered(OBJECT):
            assert "tags" not in inputs_of(registered)
            assert inputs_of(registered)["overrideProvider"] == {"defaultTags": {"tags": {}}}


@pytest.mark.parametrize("edge", [{"console": False}, {"mode": "load-balancer"}, {"mode": "none"}])
def test_without_it(edge: dict[str, Any]) -> None:
    with deployed({"edge": edge}) as stack:
        assert stack.output("console_url") is None
        assert [r.name for r in stack.deployment.registrations if "console" in r.name] == []
        assert console.read(stack.client, stack.account.recorded) is None
        if "console" in edge:
            inputs = stack.inputs(DISTRIBUTION, API)
            assert "orderedCacheBehaviors" not in inputs
            assert [origin["originId"] for origin in inputs["origins"]] == ["api"]
