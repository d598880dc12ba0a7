"""The deployment with real daemons, where Docker (or podman) and the images are."""

import contextlib
import functools
import http.client
import json
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ipfs_cluster.args import DEFAULTS

from sandbox import engine, front, nodes
from sandbox.__main__ import Sandbox, main
from sandbox.engine import Container, Engine
from tests.support import ROOT

IMAGES = [DEFAULTS["nodes"]["kubo_image"], DEFAULTS["nodes"]["cluster_image"], front.IMAGE]
HOST = "gateway.ipfs.example.com"
PATIENCE_SECONDS = 90


def _reason_to_skip() -> str:
    try:
        found = engine.find(Path("compose.yaml"), "none")
    except engine.NoEngineError as reason:
        return "no container engine: " + "; ".join(reason.tried)
    missing = [image for image in IMAGES if not found.has_image(image)]
    return f"images that are not on this machine: {', '.join(missing)}" if missing else ""


REASON = _reason_to_skip()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


class Cluster:
    """A sandbox of the tests' own, with its stack's configuration."""

    def __init__(self, folder: Path, groups: dict[str, Any]) -> None:
        self.folder = folder
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder / name)
        self.groups = groups

    def up(self, **changed: Any) -> int:
        self.groups = {**self.groups, **changed}
        values = {"aws:region": "eu-west-1", **{f"ipfs-cluster:{group}": value for group, value in self.groups.items()}}
        (self.folder / "Pulumi.try.yaml").write_text(yaml.safe_dump({"config": values}))
        return main(["up", "--stack", "try"], root=self.folder)

    def down(self) -> None:
        """Deletes all; nothing may be left, of removed nodes neither."""
        project = self.sandbox.project
        assert main(["down", "--stack", "try", "--delete-data"], root=self.folder) == 0
        assert self.runner.containers() == {}
        assert project not in self.docker("volume", "ls", "-q")

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox("try", self.folder)

    @functools.cached_property
    def runner(self) -> Engine:
        return engine.find(self.sandbox.compose_file, self.sandbox.project)

    @property
    def names(self) -> list[str]:
        return sorted(self.sandbox.ports)

    def container(self, node: str, name: str) -> Container:
        return self.runner.containers()[f"{node}-{name}"]

    def docker(self, *arguments: str) -> str:
        done = subprocess.run([self.runner.command, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def inspect(self, node: str, name: str) -> dict[str, Any]:
        return dict(json.loads(self.docker("inspect", self.container(node, name).id))[0])

    def config(self, node: str, key: str) -> Any:
        """A setting in a node's kubo configuration; none if it is not set."""
        read = json.loads(self.docker("exec", self.container(node, "ipfs").id, "cat", "/data/ipfs/config"))
        for part in key.split("."):
            read = read.get(part)
        return read

    def front(self, role: str) -> int:
        """The port of the load balancer's listener."""
        return self.sandbox.front_ports[role]

    def credentials(self) -> str:
        return self.sandbox.curl_file.read_text().split('"')[1]

    def ask(self, node: str, path: str) -> list[dict[str, Any]]:
        return nodes.ask(self.sandbox.ports[node].api, path, self.credentials())

    def add(self, node: str, content: bytes) -> str:
        """Adds a file by a node's API; gives its CID."""
        return self.add_at(self.sandbox.ports[node].api, content)

    def add_at(self, port: int, content: bytes) -> str:
        """Adds a file by the API at a port; gives its CID."""
        done = subprocess.run(
            [
                "curl",
                "-sS",
                "--fail",
                "--max-time",
                "60",
                "--config",
                str(self.sandbox.curl_file),
                "-F",
                "file=@-",
                f"http://127.0.0.1:{port}/add?cid-version=1",
            ],
            input=content,
            capture_output=True,
            check=True,
        )
        return str(json.loads(done.stdout.splitlines()[-1])["cid"])

    def pinned(self, node: str, cid: str) -> list[str]:
        """The names of the peers of which a node says that they have pinned something."""
        (status,) = self.ask(node, f"pins/{cid}")
        return sorted(peer["peername"] for peer in status["peer_map"].values() if peer["status"] == "pinned")

    def read(self, node: str, cid: str) -> bytes:
        """What a node's gateway answers. Raises urllib.error.HTTPError."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sandbox.ports[node].gateway}/ipfs/{cid}", timeout=60) as answer:
            return bytes(answer.read())


def until(what: str, condition: Callable[[], bool]) -> None:
    """Waits for a condition; an error on the way counts as not yet."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if condition():
                return
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(0.2)


@contextlib.contextmanager
def running(folder: Path, groups: dict[str, Any]) -> Iterator[Cluster]:
    """A cluster that is up, and is gone afterwards."""
    made = Cluster(folder, groups)
    try:
        assert made.up() == 0
        yield made
    finally:
        made.down()


def short(node: str) -> str:
    return node.removeprefix("ipfs-node-")


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


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer, redirects not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def retried(what: Callable[[], Any]) -> Any:
    """One retry, as a reader would make."""
    try:
        return what()
    except (OSError, subprocess.CalledProcessError):
        return what()


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
        for url, status in ((f"http://127.0.0.1:{ports.gateway}/ipfs/bafkqaaa?format=raw", 200), (f"http://127.0.0.1:{ports.api}/health", 204)):
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == status
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{ports.api}/id", timeout=10)


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
    assert "All nodes run as they should; nothing to start." in capsys.readouterr().out
    assert started() == before


@pytest.mark.parametrize("lost", range(3))
def test_any_node_may_be_lost(cluster: Cluster, lost: int) -> None:
    killed = cluster.names[lost]
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
    for part in ids:
        cluster.docker("stop", "--time", "10", ids[part])  # after which Docker would kill it, with exit code 137
        assert cluster.inspect(node, part)["State"]["ExitCode"] == 0, part
        assert cluster.container(node, "task").up
    assert cluster.up() == 0, "which starts it again"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One private node, for what happens to a node that is there already."""
    with running(tmp_path_factory.mktemp("one"), {"network": {"cidr": "10.203.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}}) as made:
        yield made


def test_changed_settings_and_secrets_reach_a_node_that_is_there(single: Cluster) -> None:
    (node,) = single.names
    content, password = os.urandom(10_000), single.credentials()
    cid = single.add(node, content)
    until("it is pinned", lambda: len(single.pinned(node, cid)) == 1)
    changed = {"storage": {"maxGib": 7}, "credentials": {"apiPasswordVersion": 2}, "nodes": {"count": 1, "kuboConfig": {"Gateway.MaxConcurrentRequests": 77}}}
    assert single.up(**changed) == 0

    assert (single.config(node, "Datastore.StorageMax"), single.config(node, "Gateway.MaxConcurrentRequests")) == ("7GiB", 77)
    assert single.read(node, cid) == content
    assert single.credentials() != password
    assert len(single.pinned(node, cid)) == 1
    with pytest.raises(urllib.error.HTTPError, match="401"):
        nodes.ask(single.sandbox.ports[node].api, "id", password)


def test_a_cluster_grows_and_shrinks(single: Cluster) -> None:
    first = "ipfs-node-eu-west-1a"
    cid = single.add(first, content := os.urandom(10_000))
    identity = single.ask(first, "id")[0]["id"]
    assert single.up(nodes={"count": 2}) == 0
    second = next(node for node in single.names if node != first)
    until("the new node holds what was there before", lambda: single.read(second, cid) == content and len(single.pinned(first, cid)) == 2)
    assert single.ask(first, "id")[0]["id"] == identity
    assert single.config(first, "Gateway.MaxConcurrentRequests") is None, "a setting that is no longer given is gone"
    assert single.up(nodes={"count": 1}) == 0
    left = set(single.runner.containers()) - {front.SERVICE}
    assert {service.startswith(first) for service in left} == {True}, "the other node's containers are gone"
    assert single.read(first, cid) == content


def test_what_a_node_refuses(single: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    node = "ipfs-node-eu-west-1a"
    cid = single.add(node, content := os.urandom(1000))
    until("it is pinned", lambda: len(single.pinned(node, cid)) >= 1)
    assert single.up(swarm={"mode": "public", "bootstrapPeers": []}) == 1
    assert "this repository belongs to a private swarm" in capsys.readouterr().err
    assert single.container(node, "ipfs").status != "running"
    private = {"mode": "private"}
    assert single.up(swarm=private, nodes={"count": 1, "kuboConfig": {"Gateway.NoSuchThing": 1}}) == 1
    assert "kubo does not take nodes.kubo_config Gateway.NoSuchThing = 1" in capsys.readouterr().err
    assert single.up(swarm=private, nodes={"count": 1}) == 0
    assert single.read(node, cid) == content


def test_five_public_nodes_in_three_zones_form(tmp_path: Path) -> None:
    """No bootstrap peers: nothing outside this machine is asked."""
    with running(tmp_path, {"network": {"cidr": "10.202.0.0/16"}, "swarm": {"bootstrapPeers": []}, "nodes": {"count": 5}}) as cluster:
        assert [short(node) for node in cluster.names] == ["eu-west-1a", "eu-west-1a-2", "eu-west-1b", "eu-west-1b-2", "eu-west-1c"]
        cid = cluster.add(cluster.names[0], content := os.urandom(50_000))
        for node in cluster.names:
            until(f"{node} holds it", lambda node=node: len(cluster.pinned(node, cid)) == 5 and cluster.read(node, cid) == content)  # type: ignore[misc]
            swarm = cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", "swarm", "peers").split()
            assert len(swarm) == 4, "kubo peers with all others"
            assert all(address.startswith("/ip4/10.202.") for address in swarm)


def test_the_compose_file_names_what_the_deployment_has(cluster: Cluster) -> None:
    file = yaml.safe_load(cluster.sandbox.compose_file.read_text())
    assert set(file["services"]) == set(cluster.runner.containers())
