"""Websites with real daemons: served by DNSLink, changed and rolled back while they are read, and apart from other content."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.resolver import process
from tests.helpers.daemons import Cluster, get, needs_daemons, running
from tests.helpers.edge_cache import Cache, server
from tests.helpers.edge_functions import needs_node
from tests.helpers.sites import ZONE, Reader, added, client, point, read
from tests.helpers.support import deployed_small, zone
from tests.helpers.waiting import until

pytestmark = needs_daemons

APEX, WWW = "example.com", "www.example.com"
EDGE = {"domain": "ipfs.example.com", "zoneId": ZONE, "websites": [APEX, WWW]}
PAGE_BYTES = 600_000  # more than a block
SITE = {
    "index.html": b"<h1>home</h1>",
    "docs/index.html": b"<h1>docs</h1>",
    "_redirects": b"/old /docs/ 301\n/app/* /index.html 200\n/* /404.html 404\n",
    "404.html": b"<h1>nothing here</h1>",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {"network": {"cidr": "10.218.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 2}, "edge": EDGE}
    with running(tmp_path_factory.mktemp("websites"), groups) as made:
        yield made


def test_before_it_is_published_a_website_has_nothing_of_others(cluster: Cluster) -> None:
    cid = added(cluster, {"index.html": b"someone else's"})
    host = "new.example.com"
    # This is why the edge refuses such paths: without a record kubo takes the website for a gateway.
    assert get(cluster.sandbox.ports[cluster.names[0]].gateway, f"/ipfs/{cid}/", Host=host)[0] == 200
    cluster.up(edge={**EDGE, "websites": [APEX, WWW, host]})
    for path in (f"/ipfs/{cid}/", f"/%69pfs/{cid}/", f"//ipfs/{cid}/", "/ipns/www.example.com/", "/", "/index.html"):
        assert read(cluster, host, path)[0] == 404, path
    status, headers, _ = read(cluster, host, f"/./ipfs/{cid}/")
    assert (status, headers["location"]) == (307, f"/ipfs/{cid}/"), "which leads to what is refused"
    point(cluster, host, cid)
    assert read(cluster, host)[2] == b"someone else's"
    assert read(cluster, host, f"/ipfs/{cid}/")[0] == 404
    assert get(cluster.front("gateway"), f"/ipfs/{cid}/", Host="gateway.ipfs.example.com")[2] == b"someone else's"
    assert get(cluster.front("gateway"), "/", Host="gateway.ipfs.example.com", X_Forwarded_Host=host)[0] == 404, "the Host alone counts"


def test_a_further_website_leaves_the_nodes_alone_and_the_records(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cid = added(cluster, SITE)
    point(cluster, WWW, cid)
    before = {service: container.id for service, container in cluster.runner.containers().items() if service != "load-balancer"}
    assert cluster.up(edge={**EDGE, "websites": [APEX, WWW, "more.example.com"]}) == 0
    assert {service: container.id for service, container in cluster.runner.containers().items() if service != "load-balancer"} == before
    assert process.running(cluster.sandbox.folder)
    said = capsys.readouterr().out
    assert "All nodes are up to date." in said
    port = cluster.sandbox.resolver_ports["aws"]
    for line in (f"  curl -H 'Host: {WWW}' http://127.0.0.1:{cluster.front('gateway')}/", f"  export AWS_ENDPOINT_URL_ROUTE_53=http://127.0.0.1:{port}"):
        assert line in said.splitlines()
    assert read(cluster, WWW)[2] == SITE["index.html"]
    until("the new one is served too", lambda: read(cluster, "more.example.com")[0] == 404)


def test_a_site_as_kubo_serves_it(cluster: Cluster) -> None:
    cid = added(cluster, SITE)
    for host in (APEX, WWW):
        point(cluster, host, cid)
        status, headers, body = read(cluster, host)
        assert (status, body, headers["content-type"]) == (200, SITE["index.html"], "text/html")
        assert headers["x-ipfs-roots"] == cid
        assert "cache-control" not in headers, "CloudFront's default_ttl holds then"
        assert read(cluster, host, "/docs/")[2] == SITE["docs/index.html"]
        assert [read(cluster, host, path)[1].get("location") for path in ("/docs", "/old")] == ["/docs/", "/docs/"]
        status, _, body = read(cluster, host, "/app/some/where")
        assert (status, body) == (200, SITE["index.html"])
        status, _, body = read(cluster, host, "/nowhere")
        assert (status, body) == (404, SITE["404.html"])


def test_a_page_is_always_of_one_version_while_it_changes(cluster: Cluster) -> None:
    first, second = (added(cluster, {"index.html": letter * PAGE_BYTES}) for letter in (b"a", b"b"))
    point(cluster, WWW, first)
    with Reader(cluster, WWW, "/").at_work() as reader:
        assert reader.from_now_on() == {(PAGE_BYTES, b"a")}
        for _ in range(3):
            point(cluster, WWW, second)
            assert reader.from_now_on() == {(PAGE_BYTES, b"b")}, "nothing of the old one any more"
            point(cluster, WWW, first)
            assert reader.from_now_on() == {(PAGE_BYTES, b"a")}, "rolled back"
    assert {answer[1:] for answer in reader.answers} == {(PAGE_BYTES, b"a"), (PAGE_BYTES, b"b")}, "each was whole, and of one version"


def test_what_no_node_holds_is_an_error_at_once_that_cloudfront_does_not_keep(cluster: Cluster) -> None:
    good = added(cluster, SITE)
    point(cluster, WWW, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
    assert read(cluster, WWW)[0] == 500, "the gateway looks for nothing (Gateway.NoFetch)"
    point(cluster, WWW, good)
    assert read(cluster, WWW)[0] == 200


@needs_node
def test_what_cloudfront_keeps(cluster: Cluster, tmp_path: Path) -> None:
    first, second, other = (added(cluster, {"index.html": content}) for content in (b"first", b"second", b"other"))
    point(cluster, WWW, first)
    point(cluster, APEX, other)
    with deployed_small(lambda account: {"edge": {**EDGE, "zoneId": zone(account)}}) as stack:
        cache = Cache.of(stack, server(cluster.front("gateway")), tmp_path)
    assert [cache.get("/", Host=host)[2] for host in (WWW, APEX)] == [b"first", b"other"]
    point(cluster, WWW, second)
    cache.now = 59
    assert [cache.get("/", Host=host)[2] for host in (WWW, APEX)] == [b"first", b"other"]
    cache.now = 61
    assert [cache.get("/", Host=host)[2] for host in (WWW, APEX)] == [b"second", b"other"]
    point(cluster, WWW, first)
    cache.copies.clear()  # an invalidation of all paths
    assert cache.get("/", Host=WWW)[2] == b"first"
    assert cache.get(f"/ipfs/{other}/", Host=WWW)[0] == 404
    assert cache.get(f"/ipfs/{other}/", Host="gateway.ipfs.example.com")[2] == b"other"


def test_an_invalidation_as_aws_makes_it(cluster: Cluster) -> None:
    cloudfront, id_ = client(cluster, "cloudfront"), json.loads(cluster.sandbox.outputs_file.read_text())["gateway_distribution_id"]
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "one"}
    made = cloudfront.create_invalidation(DistributionId=id_, InvalidationBatch=batch)["Invalidation"]["Id"]
    assert cloudfront.get_invalidation(DistributionId=id_, Id=made)["Invalidation"]["Status"] == "Completed"


def test_the_last_website_takes_the_process_along(cluster: Cluster) -> None:
    cid = added(cluster, SITE)
    point(cluster, WWW, cid)
    assert cluster.up(edge={**EDGE, "websites": []}) == 0
    assert process.running(cluster.sandbox.folder) == 0
    assert read(cluster, WWW)[0] == 404
    assert cluster.up(edge=EDGE) == 0
    until("the record that was there counts again", lambda: read(cluster, WWW)[2] == SITE["index.html"])
