"""The command ipfs-cluster publishes websites, with real daemons and the sandbox's DNS."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import sites
from tests.helpers.command import done, run
from tests.helpers.daemons import Cluster, needs_daemons, running

pytestmark = needs_daemons

WWW = "www.example.com"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    edge = {"domain": "ipfs.example.com", "zoneId": sites.ZONE, "websites": [WWW]}
    with running(tmp_path_factory.mktemp("websites"), {"network": {"cidr": "10.220.0.0/16"}, "nodes": {"count": 2}, "edge": edge}) as made:
        yield made


@pytest.fixture(autouse=True)
def _aws(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's AWS, as `make up` says it."""
    url = f"http://127.0.0.1:{cluster.sandbox.resolver_ports['aws']}"
    for name in ("AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL_CLOUDFRONT"):
        monkeypatch.setenv(name, url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")


def shorten(cluster: Cluster, cid: str) -> None:
    """Lets the website's record expire after a second, so that the test need not wait for a minute."""
    record = {"Name": f"_dnslink.{WWW}", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": f'"dnslink=/ipfs/{cid}"'}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    sites.client(cluster, "route53").change_resource_record_sets(HostedZoneId=sites.ZONE, ChangeBatch=changes)


def test_a_website_is_published_and_rolled_back(cluster: Cluster, tmp_path: Path) -> None:
    cids: list[str] = []
    for text in ("first", "second"):
        (tmp_path / "index.html").write_text(text)
        result = done(cluster, "publish", str(tmp_path), "--website", WWW)
        assert result["website"] == {"host": WWW, "previous": cids[-1] if cids else None}
        assert sites.read(cluster, WWW)[2] == text.encode()
        cids.append(result["cid"])
        shorten(cluster, cids[-1])
    done(cluster, "publish", "--website", WWW, "--to", cids[0])
    assert sites.read(cluster, WWW)[2] == b"first"
    history = run(cluster, "pins", "list", "--name", WWW, "--json")
    assert {json.loads(line)["cid"] for line in history.stdout.splitlines()} == set(cids)
