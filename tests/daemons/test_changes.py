"""What happens to nodes that are there already, and to more of them, with real daemons."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox import front, nodes
from tests.helpers.daemons import Cluster, needs_daemons, running, short
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One private node with its blocks in pebble, for what happens to a node that is there already."""
    groups = {"network": {"cidr": "10.203.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}, "storage": {"datastore": "pebble"}}
    with running(tmp_path_factory.mktemp("one"), groups) as made:
        yield made


def test_changed_settings_and_secrets_reach_a_node_that_is_there(single: Cluster) -> None:
    (node,) = single.names
    content, password = os.urandom(10_000), single.credentials()
    cid = single.add(node, content)
    until("it is pinned", lambda: len(single.pinned(node, cid)) == 1)
    assert "pebbleds" in str(single.config(node, "Datastore.Spec"))
    changed = {
        "storage": {"maxGib": 7, "datastore": "pebble"},
        "credentials": {"apiPasswordVersion": 2},
        "nodes": {"count": 1, "kuboConfig": {"Gateway.MaxRangeRequestFileSize": "77MiB"}},
    }
    assert single.up(**changed) == 0

    assert (single.config(node, "Datastore.StorageMax"), single.config(node, "Gateway.MaxRangeRequestFileSize")) == ("7GiB", "77MiB")
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
    assert single.config(first, "Gateway.MaxRangeRequestFileSize") is None, "a setting that is no longer given is gone"
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
    assert single.up(swarm=private, storage={"datastore": "flatfs"}) == 1
    assert "this repository was created with another datastore than storage.datastore asks for" in capsys.readouterr().err
    single.groups["storage"] = {"datastore": "pebble"}
    assert single.up(swarm=private, nodes={"count": 1, "kuboConfig": {"Gateway.NoSuchThing": 1}}) == 1
    assert "kubo does not take nodes.kuboConfig Gateway.NoSuchThing = 1" in capsys.readouterr().err
    assert single.up(swarm=private, nodes={"count": 1}) == 0
    assert single.read(node, cid) == content


def test_what_an_old_stack_left_is_taken_over(tmp_path: Path) -> None:
    """Its file system and its private keys: the same peers, the same content."""
    one = {"swarm": {"mode": "private"}, "nodes": {"count": 1}, "edge": {"mode": "none"}}
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    with running(tmp_path / "old", {**one, "network": {"cidr": "10.206.0.0/16"}}) as old:
        (node,) = old.names
        cid = old.add(node, content := os.urandom(20_000))
        until("it is pinned", lambda: len(old.pinned(node, cid)) == 1)
        services = yaml.safe_load(old.sandbox.compose_file.read_text())["services"]
        configure, cluster = services[f"{node}-configure"]["environment"], services[f"{node}-ipfs-cluster"]["environment"]
        old.runner.run("stop")
        identity = {
            "kuboPeerId": configure["KUBO_PEER_ID"],
            "kuboPrivateKeyParameter": "/kept/kubo",
            "clusterPeerId": cluster["CLUSTER_ID"],
            "clusterPrivateKeyParameter": "/kept/cluster",
        }
        groups = {
            **one,
            "network": {"cidr": "10.208.0.0/16"},
            "storage": {"existing": {"eu-west-1a": {"fileSystemId": "fs-0abc"}}},
            "credentials": {"identities": {"eu-west-1a": identity}},
        }
        new = Cluster(tmp_path / "new", groups)
        new.sandbox.folder.mkdir(parents=True)
        new.sandbox.parameters_file.write_text(json.dumps({"/kept/kubo": configure["KUBO_PRIVATE_KEY"], "/kept/cluster": cluster["CLUSTER_PRIVATEKEY"]}))
        image = services[f"{node}-ipfs"]["image"]
        for directory in ("ipfs", "ipfs-cluster"):
            # As the file system would be: the same directories under its own name.
            kept, adopted = f"{old.sandbox.project}_ipfs-eu-west-1a-storage-{directory}", f"{new.sandbox.project}_fs-0abc-{directory}"
            label = f"com.docker.compose.project={new.sandbox.project}"
            volume = f"com.docker.compose.volume=fs-0abc-{directory}"
            old.docker("volume", "create", "--label", label, "--label", volume, adopted)
            copy = ["--entrypoint", "cp", image, "-a", "/kept/.", "/adopted/"]
            old.docker("run", "--rm", "--user", "0:0", "--volume", f"{kept}:/kept", "--volume", f"{adopted}:/adopted", *copy)
        # It was in another swarm: a new key comes with the new stack.
        try:
            assert new.up() == 0
            assert new.read(node, cid) == content
            assert len(new.pinned(node, cid)) == 1
            (answer,) = new.ask(node, "id")
            assert (answer["id"], answer["ipfs"]["id"]) == (identity["clusterPeerId"], identity["kuboPeerId"])
        finally:
            new.down()


def swarm(cluster: Cluster, node: str) -> list[str]:
    """The addresses that a node's kubo has connections to."""
    return cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", "swarm", "peers").split()


def test_five_public_nodes_in_three_zones_form(tmp_path: Path) -> None:
    """No bootstrap peers: nothing outside this machine is asked."""
    with running(tmp_path, {"network": {"cidr": "10.202.0.0/16"}, "swarm": {"bootstrapPeers": []}, "nodes": {"count": 5}}) as cluster:
        assert [short(node) for node in cluster.names] == ["eu-west-1a", "eu-west-1a-2", "eu-west-1b", "eu-west-1b-2", "eu-west-1c"]
        cid = cluster.add(cluster.names[0], content := os.urandom(50_000))
        for node in cluster.names:
            until(f"{node} holds it", lambda node=node: len(cluster.pinned(node, cid)) == 5 and cluster.read(node, cid) == content)  # type: ignore[misc]
            # Nodes that started before the others dial them again after some seconds.
            until(f"{node}'s kubo peers with all others", lambda node=node: len({address.rsplit("/", 1)[1] for address in swarm(cluster, node)}) == 4)  # type: ignore[misc]
            assert all(address.startswith("/ip4/10.202.") for address in swarm(cluster, node))
