"""Publishing to a website: Route 53 and CloudFront as moto has them, and a stand-in for the cluster."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from ipfs_cluster_cli import dnslink, waiting, web, websites
from ipfs_cluster_cli.commands import commands
from moto import mock_aws

from tests.helpers import rest_api
from tests.helpers.rest_api import Cluster

HOST = "www.example.com"
OLD, OTHER = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "bafkqaaa"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster of which the gateway serves what the record says."""
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.0)
    clock = iter(range(0, 10**6, 7))
    monkeypatch.setattr(websites, "Clock", lambda: websites_clock(lambda: float(next(clock)), lambda seconds: None))
    for name in list(os.environ):
        if "CLUSTER" in name or "GATEWAY" in name or name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws(config={"core": {"mock_credentials": False}}), rest_api.cluster() as made:
        made.served = lambda host: shown() if host == HOST else ""
        made.pins[OLD] = rest_api.pin(OLD, {"name": HOST})
        yield made


websites_clock = websites.Clock


@pytest.fixture
def zone(cluster: Cluster) -> str:
    made = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    return str(made["HostedZone"]["Id"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    made.mkdir()
    (made / "index.html").write_text("hello")
    return made


def records() -> list[dict[str, Any]]:
    client = boto3.client("route53")
    zones = client.list_hosted_zones()["HostedZones"]
    found = client.list_resource_record_sets(HostedZoneId=zones[0]["Id"])["ResourceRecordSets"] if zones else []
    return [dict(record) for record in found if record["Type"] == "TXT"]


def shown() -> str:
    texts = [record["ResourceRecords"][0]["Value"] for record in records() if record["Name"] == f"_dnslink.{HOST}."]
    return texts[0].strip('"').removeprefix("dnslink=/ipfs/") if texts else ""


def run(cluster: Cluster, zone: str, *words: str, **changed: Any) -> Result:
    outputs = cluster.outputs(websites={HOST: zone.rpartition("/")[2], "elsewhere.example.org": ""}, **changed)
    return CliRunner().invoke(commands, [*words, "--outputs", "-"], input=json.dumps(outputs))


def test_a_site_is_published_and_rolled_back(cluster: Cluster, zone: str, site: Path) -> None:
    first = run(cluster, zone, "publish", str(site), "--website", HOST, "--json")
    assert first.exit_code == 0, first.output
    cid = json.loads(first.stdout)["cid"]
    assert json.loads(first.stdout)["website"] == {"host": HOST, "previous": None}
    assert json.loads(first.stdout)["urls"][-1] == f"http://{HOST}/"
    assert cluster.pins[cid]["name"] == HOST
    (record,) = records()
    assert (record["Name"], record["TTL"], record["ResourceRecords"]) == (f"_dnslink.{HOST}.", 60, [{"Value": f'"dnslink=/ipfs/{cid}"'}])
    (site / "index.html").write_text("hello again")
    second = run(cluster, zone, "publish", str(site), "--website", HOST.upper())
    assert second.exit_code == 0
    assert shown() not in ("", cid)
    (back,) = [line.partition(": ")[2] for line in second.stderr.splitlines() if line.startswith("To go back: ")]
    assert back == f"ipfs-cluster publish --website {HOST} --to {cid}"
    adds = len(cluster.adds())
    third = run(cluster, zone, *back.split()[1:])
    assert (third.exit_code, shown(), len(cluster.adds())) == (0, cid, adds)
    assert "shows it already" in run(cluster, zone, *back.split()[1:]).stderr


def test_every_node_has_to_serve_it(cluster: Cluster, zone: str) -> None:
    """One of three nodes knows the record as it was, for a while."""
    asked: list[str] = []

    def served(host: str) -> str:
        asked.append(host)
        return OTHER if len(asked) % 3 == 0 and len(asked) < 30 else shown()

    cluster.served = served
    assert run(cluster, zone, "publish", "--website", HOST, "--to", OLD).exit_code == 0
    assert len(asked) == 27 + 7 + 1  # the last wrong one, all right ones in a row, and one from CloudFront's copies
    assert {request.query.get("filename") is None for request in cluster.asked if request.method == "HEAD"} == {True, False}


def test_the_record_as_it_was_has_to_expire(cluster: Cluster, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then a resolver may still give it, though every node that is asked serves the new content."""
    now, waited = [0.0], []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(websites, "Clock", lambda: websites_clock(lambda: now[0], wait))
    assert run(cluster, zone, "publish", "--website", HOST, "--to", OLD).exit_code == 0
    assert waited == []
    cluster.pins[OTHER] = rest_api.pin(OTHER, {"name": HOST})
    assert run(cluster, zone, "publish", "--website", HOST, "--to", OTHER).exit_code == 0
    assert sum(waited) == 60


def test_a_gateway_that_does_not_serve_it_in_time(cluster: Cluster, zone: str) -> None:
    cluster.served = lambda host: OTHER
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD)
    assert done.exit_code == 5
    assert done.stderr.splitlines()[-1] == (
        f"error: The gateway does not serve {OLD} as {HOST}. It serves {OTHER}. The content is pinned; the same command goes on waiting."
    )
    assert shown() == OLD


def test_a_gateway_that_asks_for_credentials(cluster: Cluster, zone: str) -> None:
    cluster.always.append(("HEAD", rest_api.status(401)))
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD)
    assert done.exit_code == 4
    assert "The gateway at http://127.0.0.1" in done.stderr
    assert "asks for credentials, and none are known (401)." in done.stderr


def test_a_site_that_not_all_nodes_have_is_not_shown(cluster: Cluster, zone: str, site: Path) -> None:
    cluster.states["12D3KooWB"] = "cluster_error"
    done = run(cluster, zone, "publish", str(site), "--website", HOST, "--patience", "0")
    assert (done.exit_code, records()) == (3, [])
    assert done.stderr.endswith(f"{HOST} shows what it did before.\n")


def test_other_texts_of_the_name_stay(cluster: Cluster, zone: str) -> None:
    texts = ['"verification=1"', f'"dnslink=/ipfs/{OTHER}"']
    change = {"Name": f"_dnslink.{HOST}", "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": text} for text in texts]}
    boto3.client("route53").change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": change}]},
    )
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD)
    assert done.exit_code == 0, done.output
    assert [record["Value"] for record in records()[0]["ResourceRecords"]] == [f'"dnslink=/ipfs/{OLD}"', '"verification=1"']
    assert f"--to {OTHER}" in done.stderr


def test_dns_that_is_elsewhere(cluster: Cluster, zone: str) -> None:
    asked: list[str] = []

    def served(host: str) -> str:
        asked.append(host)
        return OLD if len(asked) > 5 else ""

    cluster.served = served
    done = run(cluster, zone, "publish", "--website", "elsewhere.example.org", "--to", OLD)
    assert done.exit_code == 0, done.output
    assert f'  _dnslink.elsewhere.example.org  TXT  "dnslink=/ipfs/{OLD}"' in done.stderr.splitlines()
    assert set(asked) == {"elsewhere.example.org"}
    assert records() == []


def test_what_cloudfront_holds_is_invalidated(cluster: Cluster, zone: str) -> None:
    client = boto3.client("cloudfront", region_name="us-east-1")
    origin: Any = {"Id": "o", "DomainName": "o.example.com", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}}
    behavior: Any = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "x"}
    config: Any = {"CallerReference": "1", "Comment": "", "Enabled": True, "Origins": {"Quantity": 1, "Items": [origin]}, "DefaultCacheBehavior": behavior}
    made = client.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD, gateway_distribution_id=made)
    assert done.exit_code == 0, done.output
    (found,) = client.list_invalidations(DistributionId=made)["InvalidationList"]["Items"]
    assert client.get_invalidation(DistributionId=made, Id=found["Id"])["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] == ["/*"]
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD, gateway_distribution_id="gone")
    assert done.exit_code == 0
    assert "What CloudFront holds is used until it expires." in done.stderr


def refusing(code: str, message: str) -> Callable[..., Any]:
    def refuse(self: Any, operation: str, arguments: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

    return refuse


WRONG: dict[str, tuple[list[str], dict[str, Any], int, str]] = {
    "a host that is no website": (
        ["--website", "blog.example.com", "--to", OLD],
        {},
        2,
        f"blog.example.com is not one of this cluster's websites ({HOST}, elsewhere.example.org). Add it to edge.websites and run `pulumi up`.",
    ),
    "a cluster without websites": (["--website", HOST, "--to", OLD], {"websites": {}}, 2, "is not one of this cluster's websites (none)."),
    "outputs of an older version": (["--website", HOST, "--to", OLD], {"websites": None}, 2, "--website needs the stack's outputs"),
    "a zone that is not yours": (
        ["--website", HOST, "--to", OLD],
        {"websites": {HOST: "Z0NOTMINE"}},
        2,
        f"It is not possible to read _dnslink.{HOST} in the hosted zone Z0NOTMINE: the account of these AWS credentials has no such zone.",
    ),
    "a CID that is not pinned": (["--website", HOST, "--to", OTHER], {}, 2, f"{OTHER} is not pinned in this cluster: nothing was changed."),
    "no CID": (["--website", HOST, "--to", "nonsense"], {}, 2, "'nonsense' is not a CID"),
    "a CID without a website": (["--to", OLD], {}, 2, "--to goes with --website HOST, and without PATH."),
    "no wait": (["--website", HOST, "--wait-for", "0", "/"], {}, 2, "--wait-for 0 does not go with it."),
}


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_changes_nothing(cluster: Cluster, zone: str, what: str) -> None:
    words, changed, code, sentence = WRONG[what]
    outputs = {**cluster.outputs(websites={HOST: zone.rpartition("/")[2], "elsewhere.example.org": ""}), **changed}
    done = CliRunner().invoke(commands, ["publish", *words, "--outputs", "-"], input=json.dumps(outputs))
    assert (done.exit_code, records(), cluster.adds()) == (code, [], []), done.output
    assert sentence in done.stderr
    assert done.stderr.startswith("error: ")


REFUSED = {
    "AccessDenied": ("not authorized to perform: route53:ListResourceRecordSets", 2, "The AWS credentials do not allow to read _dnslink."),
    "ExpiredToken": ("The security token included in the request is expired", 4, "AWS does not accept the credentials, which are needed to read _dnslink."),
    "Throttling": ("Rate exceeded", 5, "AWS refuses to read _dnslink."),
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals_of_aws_are_sentences(cluster: Cluster, zone: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message, exit_code, sentence = REFUSED[code]
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refusing(code, message))
    done = run(cluster, zone, "publish", "--website", HOST, "--to", OLD)
    assert done.exit_code == exit_code
    assert sentence in done.stderr
    assert message in done.stderr


def test_no_aws_credentials(cluster: Cluster, zone: str, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(site))
    done = run(cluster, zone, "publish", str(site), "--website", HOST)
    assert (done.exit_code, cluster.adds()) == (2, [])
    assert done.stderr.startswith("error: There are no AWS credentials, which are needed to read _dnslink.www.example.com in the hosted zone")


@pytest.mark.parametrize(("one", "other", "alike"), [(OLD, OLD, True), (OLD, OTHER, False), ("", OLD, False)])
def test_the_same_content(one: str, other: str, alike: bool) -> None:
    assert websites.same(one, other) is alike


def test_a_cid_of_either_version() -> None:
    assert websites.same("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")
    assert dnslink.Record(('"dnslink=/ipns/k51"',)).cid == ""
