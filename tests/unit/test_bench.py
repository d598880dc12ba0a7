import json

import pytest

from bench import report, setups, work
from bench.__main__ import DOCS, PLOT, plan
from sandbox.compose import service_name

RESULT = {
    "date": "2026-11-22",
    "machine": {"cores": 2, "cpu": "Some CPU", "memory_gib": 8, "os": "Linux 6", "load": 0.1},
    "versions": {"kubo": "kubo:1", "ipfs_cluster": "cluster:1", "load_balancer": "haproxy:1"},
    "patience": 60,
    "rows": [
        {
            "name": "back",
            "title": "back & there",
            "unit": "s",
            "more_is_better": False,
            "figures": {"sample": [60.1, 30, 90], "program": [10, 30, 15.04], "kubo": []},
        },
        {"name": "add", "title": "add", "unit": "MiB/s", "more_is_better": True, "figures": {"sample": [5], "program": [12.5], "kubo": [1234]}},
    ],
}


def test_the_table() -> None:
    assert report.table(RESULT).splitlines()[2:] == [
        "| back & there | s | 30.0 / ≥ 60 / ≥ 60 | 10.0 / 15.0 / 30.0 | – | **4.0** |",
        "| add | MiB/s | 5.00 / 5.00 / 5.00 | 12.5 / 12.5 / 12.5 | 1,234 / 1,234 / 1,234 | **2.5** |",
    ]


def test_the_plot_has_a_bar_for_every_median() -> None:
    svg = report.plot(RESULT)
    assert svg.count('height="9" fill="#b0b0b0"') == svg.count('height="9" fill="#1f77b4"') == 2
    assert 'width="220.4" height="9" fill="#b0b0b0"' in svg, "60.1 of 90"
    assert "back &amp; there (s, less is better)" in svg


def test_the_documentation_has_the_result_that_is_kept() -> None:
    (kept,) = (setups.ROOT / "bench" / "results").glob("*.json")
    result = json.loads(kept.read_text())
    assert report.documented(DOCS.read_text(), result) == DOCS.read_text(), "make it anew by: make bench BENCH='report <result>'"
    assert report.plot(result) == PLOT.read_text()
    assert [row["name"] for row in result["rows"]] == [row.name for row in work.rows(work.FULL)]


@pytest.mark.parametrize(("quick", "clusters"), [(True, [3, 3, 6, 12]), (False, [3] * 6 + [6] * 3 + [12] * 3)])
def test_every_start_order_of_three_nodes_is_tried(quick: bool, clusters: list[int]) -> None:
    made = plan(quick, {row.name for row in work.rows(work.FULL)})
    assert [len(order) for order, _ in made] == clusters
    assert len({tuple(order) for order, _ in made}) == len(made)
    assert all(sorted(order) == list(range(len(order))) for order, _ in made)


def test_the_sample_has_one_bootstrap_peer() -> None:
    first, second = setups.setup("sample", 2).nodes
    secrets = {secret["name"]: first.secrets[secret["valueFrom"]] for secret in first.containers[1]["secrets"]}
    assert second.containers[1]["command"] == ["daemon", "--bootstrap", f"/dns/{first.dns_name}/tcp/9096/p2p/{secrets['CLUSTER_ID']}"]
    assert sorted(secret["name"] for secret in second.containers[1]["secrets"]) == ["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS", "CLUSTER_SECRET"]
    assert first.volumes["ipfs"].volume != second.volumes["ipfs"].volume
    assert service_name(second, "ipfs") == "sample-ipfs-node-b-ipfs"
