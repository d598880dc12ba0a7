"""What CloudWatch counts in the logs, tried on lines of the real programs."""

import json

import pytest
from ipfs_cluster.monitoring import log_filters

from tests.helpers import members
from tests.helpers.account import NODES
from tests.helpers.alarms import filters
from tests.helpers.patterns import matches
from tests.helpers.support import ROOT, monitored, monitored_small

DATA = ROOT / "tests" / "data"


def test_an_export_is_counted_by_what_the_aws_cli_says_of_it() -> None:
    with monitored_small({"backup": {"pinsetSchedule": "rate(1 day)"}}) as stack:
        (found,) = [f for f in filters(stack) if f["metricTransformations"][0]["metricName"] == "PinsetExports"]
        assert found["logGroupName"] == "/ipfs/ipfs-cluster/test/pinset-export"
        assert matches(found["filterPattern"], "upload: ../export/pinset.json to s3://ipfs-pinset-0a1b2c3/pinset.json") is not None
        assert matches(found["filterPattern"], "200 pins") is None
        assert matches(found["filterPattern"], "fatal error: Unable to locate credentials") is None


def test_log_groups_have_filters() -> None:
    with monitored({"nodes": {"count": 2}}) as stack:
        found = {(given["logGroupName"].rpartition("test/")[2], given["metricTransformations"][0]["metricName"]) for given in filters(stack)}
        assert found == {
            (f"{node}/{container}", wanted.metric)
            for node in NODES[:2]
            for wanted in (*log_filters.FILTERS, *log_filters.MEASURES, log_filters.STARTS)
            for container in wanted.containers
        } | {("pinset-export", "PinsetExports")}
        for given in filters(stack):
            (made,) = given["metricTransformations"]
            # Of the export no line at all is what there is an alarm for; between two looks of the keeper nothing is known.
            by_node = made["metricName"] == "TaskStarts"
            silent = by_node or made["metricName"] in {"PinsetExports", *(metric for metric, _ in VALUES)}
            container = given["logGroupName"].rpartition("/")[2]
            assert (made["metricValue"], made.get("defaultValue"), made.get("dimensions")) == (
                VALUES.get((made["metricName"], container), "1"),
                None if silent else 0,
                {"Node": "$node"} if by_node else None,
            )


def test_what_is_said_of_other_regions_is_counted_where_there_are_some() -> None:
    line = json.dumps(SEEN)
    for pinning, wanted in (({}, log_filters.OVER_REGIONS), ({"replicasPerRegion": 1}, (*log_filters.OVER_REGIONS, log_filters.ONE_SIDED))):
        copies = pinning.get("replicasPerRegion")
        others = {"us-east-1": members.text(ranges=["10.95.0.0/16"], replicas_per_region=copies)}
        with monitored({"nodes": {"count": 2}, "members": {"others": others}, "pinning": pinning, "gateway": {"open": True}}) as stack:
            found = [
                (given["logGroupName"].rpartition("test/")[2], made["metricName"], SEEN[made["metricValue"][2:]])
                for given in filters(stack)
                for made in given["metricTransformations"]
                if matches(given["filterPattern"], line) is not None and "regions" in given["filterPattern"]
            ]
            assert sorted(found) == sorted((f"{node}/ipfs-cluster", one.metric, SEEN[one.value[2:]]) for node in NODES[:2] for one in wanted)


SEEN = {
    "ts": "2026-11-29T06:19:41Z",
    "level": "warn",
    "logger": "regions",
    "node": "eu-west-1a",
    "msg": "seen",
    "few": "QmQC3Q7acek9VyGnyhu1FtgkA1iphRsEncLpR1i1JHHXsE ",
    "apart": 0,
    "unseen": 1,
    "cut": 2,
    "behind": 3,
    "sent": 22885,
    "one_sided": 7,
}
"""What regions.sh says once a minute."""

VALUES = {
    ("Unmended", "ipfs-cluster"): "$.unmended",
    ("Unmended", "ipfs"): "$.damaged",
    ("PinsDiffering", "ipfs-cluster"): "$.differing",
    ("PinsOrphaned", "ipfs-cluster"): "$.orphaned",
}


@pytest.mark.parametrize("container", ["ipfs", "ipfs-cluster"])
def test_the_keepers_and_the_verifiers_numbers_are_read(container: str) -> None:
    measures = {(found.metric, found.value[2:]): found.pattern for found in log_filters.MEASURES if container in found.containers}
    read = {key: [json.loads(line)[key[1]] for line in lines(container) if matches(pattern, line) is not None] for key, pattern in measures.items()}
    if container == "ipfs":
        assert read == {("Unmended", "damaged"): [0, 1]}
    else:
        assert read == {("Unmended", "unmended"): [0, 2], ("PinsDiffering", "differing"): [2, 2], ("PinsOrphaned", "orphaned"): [0, 1]}


def lines(container: str) -> list[str]:
    """What the real program printed: kubo 0.43.0-rc1, ipfs-cluster 1.1.6."""
    return (DATA / f"{container}.log").read_text().splitlines()


# The lines that each filter counts, by what they hold.
COUNTED = {
    ("PinErrors", "ipfs-cluster"): [
        'error posting to IPFS:Post \\"http://127.0.0.1:5001/api/v0/pin/ls?stream=true&arg=bafkreidon73zkcrwdb5iafqtijxildoonbwnpv7dyd6ef3qdgads2jc4su'
    ],
    ("CrdtErrors", "ipfs-cluster"): ["error setting dirty bit: write /data/ipfs-cluster/leveldb/000001.log: no space left on device"],
    ("LostPeers", "ipfs-cluster"): ["metric alert for ping: Peer: 12D3KooW"],
    ("FailedLogins", "ipfs-cluster"): ["401: unauthorized: access denied", "401: unauthorized: invalid token"],
    ("LockWaits", "ipfs"): ["Error: lock /data/ipfs/repo.lock: someone else has the lock"],
    ("LockWaits", "ipfs-cluster"): ["error obtaining execution lock: lock /data/ipfs-cluster/cluster.lock: someone else has the lock"],
    ("OutOfMemory", "ipfs"): ["runtime: out of memory: cannot allocate", "fatal error: out of memory"],
    ("OutOfMemory", "ipfs-cluster"): [],
    ("MigrationFailures", "configure"): ["configure: the repository could not be migrated (above); the previous image still works with it."],
}


@pytest.mark.parametrize(("metric", "container"), COUNTED)
def test_filters_count_what_the_real_programs_print(metric: str, container: str) -> None:
    wanted = next(found for found in log_filters.FILTERS if found.metric == metric)
    assert container in wanted.containers
    counted = [line for line in lines(container) if matches(wanted.pattern, line) is not None]
    assert len(counted) == len(COUNTED[metric, container])
    for line, part in zip(counted, COUNTED[metric, container], strict=True):
        assert part in line


def test_every_filter_has_its_lines() -> None:
    assert {(found.metric, container) for found in log_filters.FILTERS for container in found.containers} == set(COUNTED)
