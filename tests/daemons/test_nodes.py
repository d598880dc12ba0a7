"""Three nodes behind a load balancer, with real daemons."""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
import yaml

from sandbox import front, nodes
from tests.helpers.daemons import HOST, Cluster, get, needs_daemons, retried, running, short
from tests.helpers.pages import command_blocks, commands
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three private nodes behind a load balancer, with a subdomain gateway and the Pinning Service API."""
    arn = "arn:aws:acm:{}:123456789012:certificate/0a1b2c3d"
    edge = {
        "domain": "ipfs.example.com",
        "certificateArn": arn.format("us-east-1"),
        "loadBalancerCertificateArn": arn.format("eu-west-1"),
        "subdomainGateway": True,
    }
    groups = {"network": {"cidr": "10.201.0.0/16"}, "swarm": {"mode": "private"}, "edge": edge, "api": {"pinningService": True}}
    with running(tmp_path_factory.mktemp("three"), groups) as made:
        yield made


def test_what_one_node_takes_all_hold_and_serve(cluster: Cluster) -> None:
    assert [short(node) for node in cluster.names] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    for node in cluster.names:
        content = os.urandom(300_000)
        cid = cluster.add(node, content)
        for other in cluster.names:
            until(f"{other} knows that all hold {cid}", lambda other=other, cid=cid: len(cluster.pinned(other, cid)) == 3)  # type: ignore[misc]
            assert cluster.read(other, cid) == content


def test_a_gateway_says_at_once_that_it_does_not_hold_something(cluster: Cluster) -> None:
    for node in cluster.names:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            cluster.read(node, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")


def test_the_load_balancers_probes(cluster: Cluster) -> None:
    for node in cluster.names:
        ports = cluster.sandbox.ports[node]
        for url, status in (
            (f"http://127.0.0.1:{ports.gateway}/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn?format=raw", 200),
            (f"http://127.0.0.1:{ports.api}/health", 204),
        ):
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == status
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{ports.api}/id", timeout=10)


def test_command_lines_for_the_shell_of_a_node(cluster: Cluster) -> None:
    """Those in the documentation (tests/unit/test_docs.py), each in the container that has its program."""
    lines = [line for block in command_blocks() if block.mark == "node" for line in commands(block.text)]
    assert len(lines) > 3
    for line in lines:
        container = cluster.container(cluster.names[0], "ipfs-cluster" if line.startswith("ipfs-cluster-ctl ") else "ipfs")
        cluster.docker("exec", container.id, "/bin/sh", "-c", line)
    # The last one takes the swarm's key away, which a start puts back.
    assert lines[-1] == "rm /data/ipfs/swarm.key"
    cluster.docker("start", cluster.container(cluster.names[0], "configure").id)
    until("the key is back", lambda: "swarm.key" in cluster.docker("exec", cluster.container(cluster.names[0], "ipfs").id, "ls", "/data/ipfs"))


def test_one_address_for_all_nodes(cluster: Cluster) -> None:
    gateway, api = cluster.front("gateway"), cluster.front("api")
    content = os.urandom(30_000_000)
    cid = cluster.add_at(api, content)
    until("all hold it", lambda: len(cluster.pinned(cluster.names[0], cid)) == 3)
    for _ in range(4):  # more than there are nodes
        assert get(gateway, f"/ipfs/{cid}")[2] == content
    assert get(api, "/health")[0] == 204
    assert get(api, "/id")[0] == 401
    names = {nodes.ask(api, "id", cluster.credentials())[0]["peername"] for _ in range(3)}
    assert names == {short(node) for node in cluster.names}, "in turn"


def test_trustless_requests(cluster: Cluster) -> None:
    gateway = cluster.front("gateway")
    content = b"verify me"
    cid = cluster.add_at(cluster.front("api"), content)
    until("all hold it", lambda: len(cluster.pinned(cluster.names[0], cid)) == 3)
    for path, accept in ((f"/ipfs/{cid}?format=raw", "*/*"), (f"/ipfs/{cid}", "application/vnd.ipld.raw")):
        status, headers, body = get(gateway, path, Accept=accept)
        assert (status, headers["content-type"], body) == (200, "application/vnd.ipld.raw", content)
        assert "immutable" in headers["cache-control"]
    for path, accept in ((f"/ipfs/{cid}?format=car&dag-scope=block", "*/*"), (f"/ipfs/{cid}", "application/vnd.ipld.car;dups=y")):
        status, headers, body = get(gateway, path, Accept=accept)
        assert (status, headers["content-type"].partition(";")[0]) == (200, "application/vnd.ipld.car")
        assert content in body
    assert "dups=y" in get(gateway, f"/ipfs/{cid}?format=car&car-dups=y")[1]["content-type"]
    assert get(gateway, f"/ipfs/{cid}?filename=a.txt&download=true")[1]["content-disposition"].startswith('attachment; filename="a.txt"')
    assert get(gateway, f"/ipfs/{cid}?format=raw", If_None_Match=f'"{cid}.raw"')[0] == 304


def test_every_cid_has_a_web_origin_of_its_own(cluster: Cluster) -> None:
    gateway = cluster.front("gateway")
    cid = cluster.add_at(cluster.front("api"), b"a site")
    until("all hold it", lambda: len(cluster.pinned(cluster.names[0], cid)) == 3)
    status, headers, _ = get(gateway, f"/ipfs/{cid}", Host=HOST)
    assert (status, headers["location"]) == (301, f"https://{cid}.ipfs.{HOST}/"), "the load balancer's clients use HTTPS"
    assert get(gateway, "/", Host=f"{cid}.ipfs.{HOST}")[::2] == (200, b"a site")
    key = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
    assert re.fullmatch(rf"https://k51\w+\.ipns\.{HOST}/", get(gateway, f"/ipns/{key}", Host=HOST)[1]["location"])
    # Without the load balancer, who says what the client uses, it stays at http.
    node = cluster.sandbox.ports[cluster.names[0]].gateway
    assert get(node, f"/ipfs/{cid}", Host=HOST)[1]["location"] == f"http://{cid}.ipfs.{HOST}/"
    assert get(node, f"/ipfs/{cid}", Host=HOST, X_Forwarded_Proto="https")[1]["location"] == f"https://{cid}.ipfs.{HOST}/"


def test_a_token_writes_as_the_password_does(cluster: Cluster) -> None:
    api = cluster.front("api")
    (answer,) = nodes.ask(api, "token", cluster.credentials(), method="POST")
    status, _, body = get(api, "/peers", Authorization=f"Bearer {answer['token']}")
    assert status == 200
    assert len(body.splitlines()) == 3
    assert get(api, "/peers", Authorization=f"Bearer {answer['token'][:-2]}xx")[0] == 401


def test_kubo_pins_by_the_pinning_service(cluster: Cluster) -> None:
    port = cluster.front("pinning")
    made = cluster.sandbox.randomness.made
    user = made["RandomPet ipfs-credentials-pinning-service-user"]["value"]
    password = made["RandomPassword ipfs-credentials-pinning-service-password"]["value"]
    (answer,) = nodes.ask(port, "token", f"{user}:{password}", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        nodes.ask(port, "pins", cluster.credentials())
    with pytest.raises(urllib.error.HTTPError, match="401"):
        nodes.ask(cluster.front("api"), "id", f"{user}:{password}")

    def ipfs(*arguments: str) -> str:
        return cluster.docker("exec", cluster.container(cluster.names[0], "ipfs").id, "ipfs", *arguments)

    inside = f"http://{front.SERVICE}:19444"  # the listener's port, behind what stands for the distribution
    ipfs("pin", "remote", "service", "add", "own", inside, answer["token"])
    try:
        cid = ipfs("add", "--quieter", "--pin=false", "--cid-version=1", "/etc/passwd").strip()
        # Without it kubo asks for the pin within milliseconds, maybe another node that does not know of it yet.
        ipfs("pin", "remote", "add", "--background", "--service=own", "--name=mine", cid)
        until("it is pinned", lambda: ipfs("pin", "remote", "ls", "--service=own", "--cid", cid).split() == [cid, "pinned", "mine"])
        until("all hold it", lambda: len(cluster.pinned(cluster.names[1], cid)) == 3)
        ipfs("pin", "remote", "rm", "--service=own", "--cid", cid, "--force")
        until("it is gone", lambda: ipfs("pin", "remote", "ls", "--service=own", "--cid", cid) == "")
    finally:
        ipfs("pin", "remote", "service", "rm", "own")


def test_keys_are_where_they_belong(cluster: Cluster) -> None:
    for node in cluster.names:
        assert "KUBO_PRIVATE_KEY" in str(cluster.inspect(node, "configure")["Config"]["Env"])
        for part in ("task", "ipfs", "ipfs-cluster"):
            inspected = str(cluster.inspect(node, part)["Config"])
            assert "KUBO_PRIVATE_KEY" not in inspected
            assert "SWARM_KEY" not in inspected
        log = cluster.runner.logs(f"{node}-configure", 100)
        assert "CAESQ" not in log
        assert "private network" in cluster.docker("logs", cluster.container(node, "ipfs").id)


def test_a_second_up_changes_nothing(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    def started() -> dict[str, str]:
        return {
            f"{node}-{part}": cluster.inspect(node, part)["State"]["StartedAt"]
            for node in cluster.names
            for part in ("efs", "task", "configure", "ipfs", "ipfs-cluster")
        }

    before = started()
    assert cluster.up() == 0
    assert "All nodes are up to date." in capsys.readouterr().out
    assert started() == before


def test_a_node_may_be_lost(cluster: Cluster) -> None:
    """What the load balancer and the others make of it; test_load.py kills each in turn."""
    killed = cluster.names[0]
    others = [node for node in cluster.names if node != killed]
    earlier = cluster.add(killed, os.urandom(10_000))
    until("all hold what the node took before", lambda: len(cluster.pinned(others[0], earlier)) == 3)
    ids = [cluster.container(killed, part).id for part in ("ipfs-cluster", "ipfs")]
    cluster.docker("kill", *ids)

    gateway, api = cluster.front("gateway"), cluster.front("api")
    content = os.urandom(10_000)
    missed = cluster.add(others[0], content)
    for _ in range(6):  # twice around, whether the load balancer knows already or not
        assert retried(lambda: cluster.add_at(api, content)) == missed
        status, _, body = retried(lambda: get(gateway, f"/ipfs/{earlier}"))
        if status != 200:
            status, _, body = get(gateway, f"/ipfs/{earlier}")
        assert (status, len(body)) == (200, 10_000)
    for node in others:
        until(f"{node} holds what was added meanwhile", lambda node=node: {short(n) for n in others} <= set(cluster.pinned(node, missed)))  # type: ignore[misc]
        assert cluster.read(node, missed) == content
        cluster.read(node, earlier)

    cluster.docker("start", *reversed(ids))
    for _ in range(6):
        retried(lambda: cluster.add_at(api, content))
    until(f"{killed} has caught up", lambda: cluster.read(killed, missed) == content and len(cluster.pinned(killed, missed)) == 3)
    until("every node sees every other", lambda: all(len([p for p in cluster.ask(node, "peers") if not p.get("error")]) == 3 for node in cluster.names))
    until("it is healthy", lambda: all(cluster.container(killed, part).up for part in ("ipfs", "ipfs-cluster")))


def test_a_clean_stop_is_quick(cluster: Cluster) -> None:
    node = cluster.names[1]
    ids = {part: cluster.container(node, part).id for part in ("ipfs-cluster", "ipfs")}
    for part, id_ in ids.items():
        cluster.docker("stop", "--time", "10", id_)  # after which Docker would kill it, with exit code 137
        assert cluster.inspect(node, part)["State"]["ExitCode"] == 0, part
        assert cluster.container(node, "task").up
    assert cluster.up() == 0, "which starts it again"


def test_the_compose_file_names_what_the_deployment_has(cluster: Cluster) -> None:
    file = yaml.safe_load(cluster.sandbox.compose_file.read_text())
    assert set(file["services"]) == set(cluster.runner.containers())
