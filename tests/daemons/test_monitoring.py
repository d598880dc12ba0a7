"""The check, what the daemons show and what they log, with real daemons."""

import json
import subprocess
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from ipfs_cluster.check import CheckFailedError, check
from ipfs_cluster.daemons import collector
from ipfs_cluster.monitoring import log_filters

from tests.helpers.daemons import Cluster, needs_daemons, running, short
from tests.helpers.patterns import matches
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {"network": {"cidr": "10.207.0.0/16"}, "swarm": {"mode": "private"}, "monitoring": {}}
    with running(tmp_path_factory.mktemp("monitoring"), groups) as made:
        yield made


def outputs(cluster: Cluster, **changed: Any) -> dict[str, Any]:
    return {**json.loads(cluster.sandbox.outputs_file.read_text()), **changed}


def logged(cluster: Cluster, node: str, container: str) -> list[str]:
    done = subprocess.run([cluster.runner.command, "logs", cluster.container(node, container).id], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).splitlines()


def test_the_daemons_show_what_is_collected(cluster: Cluster) -> None:
    node = cluster.names[0]
    cid = cluster.add(node, b"something to show")
    assert cluster.read(node, cid) == b"something to show"
    configuration = json.loads(outputs_configuration())
    found: dict[str, str] = {}
    for scrape in configuration["receivers"]["prometheus"]["config"]["scrape_configs"]:
        (target,) = scrape["static_configs"][0]["targets"]
        address = urllib.parse.urljoin(f"http://{target}", scrape["metrics_path"])
        found[scrape["job_name"]] = cluster.docker("exec", cluster.container(node, scrape["job_name"]).id, "wget", "-q", "-O", "-", address)
    for chosen in collector.CHOSEN:
        kind = f"# TYPE {chosen.name} {chosen.kind}\n"
        assert kind in found[chosen.container], kind
        assert f'scope="{chosen.scope}"' in found[chosen.container] or not chosen.scope
    until("each sees the two others", lambda: connections(cluster) == [2, 2, 2])


def outputs_configuration() -> str:
    return collector.configuration("c", "eu-west-1", "cloudwatch", namespace="n", log_group="g")


def connections(cluster: Cluster) -> list[int]:
    """What the collector would add up: a node's connections to other ipfs-clusters."""
    counts = []
    for node in cluster.names:
        address = f"http://127.0.0.1:{collector.CLUSTER_METRICS_PORT}/metrics"
        text = cluster.docker("exec", cluster.container(node, "ipfs-cluster").id, "wget", "-q", "-O", "-", address)
        lines = [line for line in text.splitlines() if line.startswith("libp2p_rcmgr_connections{") and 'scope="system"' in line]
        counts.append(sum(int(float(line.rpartition(" ")[2])) for line in lines))
    return counts


def test_every_start_is_counted(cluster: Cluster) -> None:
    for node in cluster.names:
        starts = [fields for line in logged(cluster, node, "configure") if (fields := matches(log_filters.STARTS.pattern, line))]
        assert starts == [{"program": "configure:", "action": "starting", "node": short(node)}]


def test_the_check_passes_and_leaves_nothing(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    check(outputs(cluster), said.append)
    assert [line.split()[:2] for line in said] == [["ok", step] for step in ("nodes", "add", "pinned", "read", "unpin", "pins")]
    assert "3 of 3 see each other" in said[0]
    assert said[2].endswith(" on eu-west-1a, eu-west-1b, eu-west-1c")
    until("it is unpinned", lambda: said[1].split()[-1] not in [pin["cid"] for pin in cluster.ask(cluster.names[0], "allocations")])

    token = subprocess.run(
        ["curl", "-sS", "--fail", "--config", str(cluster.sandbox.curl_file), "-X", "POST", f"http://127.0.0.1:{cluster.front('api')}/token"],
        capture_output=True,
        check=True,
    )
    monkeypatch.setenv("CLUSTER_TOKEN", json.loads(token.stdout)["token"])
    check(outputs(cluster, api_username=None, api_password=None), said.append)


def test_the_check_names_what_is_wrong(cluster: Cluster) -> None:
    def fails(**changed: Any) -> str:
        with pytest.raises(CheckFailedError) as failed:
            check(outputs(cluster, **changed), lambda line: None)
        return str(failed.value)

    assert fails(api_password="wrong-password").endswith(" does not take the credentials (401)")
    assert fails(gateway_url="http://127.0.0.1:9").startswith("the gateway at http://127.0.0.1:9 does not answer: ")
    until("what was added is unpinned", lambda: "ipfs-cluster-check" not in str(cluster.ask(cluster.names[0], "allocations")))

    lost, *others = cluster.names
    cluster.docker("kill", *(cluster.container(lost, part).id for part in ("ipfs-cluster", "ipfs")))
    until("the check names the node", lambda: f"2 of 3 nodes are well; not so {short(lost)} (" in fails())
    alerts = next(found for found in log_filters.FILTERS if found.metric == "LostPeers")
    until("its loss is logged", lambda: any(matches(alerts.pattern, line) for line in logged(cluster, others[0], "ipfs-cluster")))
    cluster.docker("kill", *(cluster.container(node, part).id for node in others for part in ("ipfs-cluster", "ipfs")))
    until("nobody answers", lambda: "answers 503 to GET /peers" in fails())
