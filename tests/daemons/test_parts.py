"""Content that is uploaded in parts, with real daemons: what the command builds on."""

import json
import subprocess
from pathlib import Path

from ipfs_cluster_cli.dag import Options, Part, plan

from sandbox import nodes
from tests.helpers import contents
from tests.helpers.daemons import Cluster, needs_daemons, running
from tests.helpers.waiting import until

pytestmark = needs_daemons


def upload(cluster: Cluster, part: Part) -> str:
    """Uploads a part through the load balancer; gives the CID that it is pinned by."""
    url = f"http://127.0.0.1:{cluster.front('api')}/add?format=car&stream-channels=false&name=part"
    words = ["curl", "-sS", "--fail", "--config", str(cluster.sandbox.curl_file), "-F", "file=@-", url]
    done = subprocess.run(words, input=b"".join(part.car()), capture_output=True, check=True)
    return str(json.loads(done.stdout)[-1]["cid"])


def test_content_in_parts_is_whole_at_every_node(tmp_path: Path) -> None:
    tree = {"noise": contents.noise(5_000_000), **{f"{number:03}": b"%d" % number for number in range(300)}}
    groups = {"network": {"cidr": "10.171.0.0/16"}, "swarm": {"mode": "private"}}
    with (
        running(tmp_path, groups) as cluster,
        plan([contents.write(tmp_path / "content", tree)], Options(profile="unixfs-v0-2015", max_part=2 * 1024 * 1024)) as planned,
    ):
        *parts, last = planned.parts
        assert len(parts) > 2
        assert [upload(cluster, part) for part in parts] == [part.cid for part in parts]
        for part in parts:
            until("every node has pinned it", lambda part=part: len(cluster.pinned(cluster.names[0], part.cid)) == 3)  # type: ignore[misc]
        for node in cluster.names:  # what is pinned is kept
            cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", "repo", "gc", "--quiet")

        assert upload(cluster, last) == str(planned.root)
        until("every node has pinned the root", lambda: len(cluster.pinned(cluster.names[0], str(planned.root))) == 3)
        for part in parts:
            nodes.ask(cluster.sandbox.ports[cluster.names[0]].api, f"pins/{part.cid}", cluster.credentials(), method="DELETE")
        until("no node holds a part", lambda: all(cluster.held(node) == {str(planned.root)} for node in cluster.names))
        for node in cluster.names:
            cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", "repo", "gc", "--quiet")
            assert cluster.read(node, f"{planned.root}/noise") == tree["noise"]
            assert cluster.read(node, f"{planned.root}/123") == b"123"
