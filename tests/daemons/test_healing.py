"""What a node's keeper and verifier find and mend by themselves, with real daemons."""

import http.client
import os
import subprocess
import urllib.error
from collections.abc import Iterator

import pytest
from ipfs_cluster import rebuild
from ipfs_cluster.one_off import DONE

from tests.helpers.daemons import Cluster, kill, needs_daemons, running, stopped_while_catching_up
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    settings = {"CLUSTER_KEEPER_SECONDS": "6", "CLUSTER_PINRECOVERINTERVAL": "10s"}
    groups = {"network": {"cidr": "10.211.0.0/16"}, "nodes": {"clusterEnvironment": settings}}
    with running(tmp_path_factory.mktemp("healing"), groups) as made:
        yield made


def test_a_node_that_was_stopped_while_it_caught_up_becomes_whole_by_itself(cluster: Cluster) -> None:
    cids = stopped_while_catching_up(cluster)
    lost = cluster.names[2]
    until("it knows and holds all", lambda: cids <= cluster.held(lost))


def test_kubo_takes_what_the_keeper_tries_and_starts_again_when_the_keeper_ends_it(cluster: Cluster) -> None:
    node = cluster.names[0]
    kubo, daemon = (cluster.container(node, part).id for part in ("ipfs", "ipfs-cluster"))
    until("it has looked twice", lambda: cluster.docker("logs", daemon).count('"msg":"compared"') > 1)
    assert "kubo takes no pin" not in cluster.docker("logs", daemon)
    begun = cluster.docker("logs", kubo).count("Daemon is ready")
    cluster.docker("exec", daemon, "wget", "-q", "-O", "-", "--post-data", "", "http://127.0.0.1:5001/api/v0/shutdown")
    until("kubo is started again", lambda: cluster.docker("logs", kubo).count("Daemon is ready") == begun + 1)
    assert cluster.inspect(node, "ipfs")["RestartCount"] == 0, "within its container"
    cid = cluster.add(cluster.names[1], b"after the restart")
    until("it holds what is added", lambda: cid in cluster.held(node))


VERIFY = "/tmp/verify"  # noqa: S108 (a container's)
OVERWRITE = 'printf wrong | dd of="$file" bs=1 seek=9 conv=notrunc'


def read(cluster: Cluster, node: str, cid: str) -> bytes:
    """What a node's gateway gives of a file, as far as it comes."""
    try:
        return cluster.read(node, cid)
    except http.client.IncompleteRead as error:
        return error.partial
    except urllib.error.HTTPError:
        return b""


def damage(cluster: Cluster, node: str, cid: str, command: str) -> None:
    """Does something to the file of a block."""
    kubo = cluster.container(node, "ipfs").id
    cluster.docker(
        "exec",
        kubo,
        "sh",
        "-c",
        f'cd /data/ipfs/blocks; file=$(find . -name "$(ipfs cid format -b base32upper -f %M {cid}).data"); [ -f "$file" ] && {command}',
    )


def test_damaged_and_missing_blocks_are_never_served_and_brought_back(cluster: Cluster) -> None:
    node = cluster.names[1]
    kubo = cluster.container(node, "ipfs").id
    small, large, third, fourth = (os.urandom(size) for size in (5_000, 3_000_000, 5_000, 3_000_000))
    a, b, c, d = (cluster.add(cluster.names[0], content, "raw-leaves=true") for content in (small, large, third, fourth))
    until("the node holds all", lambda: {a, b, c, d} <= cluster.held(node))
    leaf = cluster.docker("exec", kubo, "ipfs", "refs", b).split()[3]
    for cid, command in ((a, OVERWRITE), (leaf, OVERWRITE), (c, 'rm "$file"'), (d, 'rm "$file"')):
        damage(cluster, node, cid, command)
    for cid, content in ((a, small), (b, large), (c, third), (d, fourth)):
        assert content.startswith(read(cluster, node, cid)), "never wrong bytes"
    cluster.docker("exec", kubo, "touch", VERIFY)
    until("all is read", lambda: cluster.docker("exec", kubo, "sh", "-c", f"ls {VERIFY} || true") == "")
    assert [cluster.read(node, cid) for cid in (a, b, c, d)] == [small, large, third, fourth]
    assert "all blocks validated" in cluster.docker("exec", kubo, "ipfs", "repo", "verify")
    assert len(cluster.docker("exec", kubo, "ls", "/data/ipfs/damaged").split()) == 2, "kept, to be looked at"


def test_a_block_that_no_other_node_has_is_told_of_and_kept(cluster: Cluster) -> None:
    node = cluster.names[1]
    cid = cluster.add(cluster.names[0], os.urandom(5_000), "raw-leaves=true")
    until("all hold it", lambda: all(cid in cluster.held(name) for name in cluster.names))
    for name in cluster.names:
        damage(cluster, name, cid, OVERWRITE)
    kubo = cluster.container(node, "ipfs").id
    cluster.docker("exec", kubo, "touch", VERIFY)
    until("it is told of", lambda: '"damaged":1' in cluster.docker("logs", kubo))
    damage(cluster, node, cid, "true")


SPOIL = "for file in CURRENT MANIFEST* *.ldb *.log; do if [ -e $file ]; then printf 'no database' | dd of=$file bs=1 conv=notrunc; fi; done"


def test_a_damaged_node_is_rebuilt(cluster: Cluster) -> None:
    node = cluster.names[2]
    cids = {cluster.add(cluster.names[0], os.urandom(5_000)) for _ in range(5)}
    until("the node holds all", lambda: cids <= cluster.held(node))
    daemon, kubo = kill(cluster, node)
    image = cluster.inspect(node, "ipfs")["Config"]["Image"]

    def on_volumes(script: str) -> int:
        volumes = ["--volumes-from", kubo, "--volumes-from", daemon]
        return subprocess.run([cluster.runner.command, "run", "--rm", *volumes, "--entrypoint", "sh", image, "-uc", script], check=False).returncode

    assert on_volumes("head -c 200 /data/ipfs/config > /tmp/config && cat /tmp/config > /data/ipfs/config") == 0
    configure = cluster.container(node, "configure").id
    cluster.docker("start", "--attach", configure)
    assert "the configuration is damaged" in cluster.docker("logs", configure)
    assert on_volumes(f"cd /data/ipfs/datastore; {SPOIL}; cd /data/ipfs-cluster/leveldb; {SPOIL}") == 0
    # As the command does it that rebuilds a node.
    assert on_volumes(rebuild.EMPTY) == DONE
    cluster.docker("start", "--attach", configure)
    cluster.docker("start", kubo, daemon)
    until("the node holds all again", lambda: cids <= cluster.held(node))
    assert cids <= set(cluster.docker("exec", kubo, "ipfs", "pin", "ls", "--type=recursive", "--quiet").split())
