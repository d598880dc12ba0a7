import dataclasses
import datetime
import functools
import json
import re
from typing import Any

import pytest
import yaml

from cost import bill, monitoring, regions, stacks
from cost.__main__ import DOCS, documented, main
from cost.bill import FREE, PRICED
from cost.prices import FILE, Line, Resources, read_price_file
from sandbox.account import KNOWN_TYPES
from tests.helpers.support import REGION, Groups, configuration

PRICES, ASSUMPTIONS = read_price_file()


def test_the_documentation_has_what_the_program_costs_now() -> None:
    assert documented(DOCS.read_text()) == DOCS.read_text(), "regenerate it with: make cost STACK=docs"


def test_every_type_that_the_program_may_register_is_priced_or_free() -> None:
    assert sorted(KNOWN_TYPES - PRICED.keys() - FREE.keys()) == []
    assert sorted(PRICED.keys() & FREE.keys()) == []


def test_a_type_without_a_price_is_an_error() -> None:
    with pytest.raises(bill.UnknownPriceError, match="neither priced nor listed as free: aws:ec2/natGateway:NatGateway"):
        bill.bill({"aws:ec2/natGateway:NatGateway": [{}]}, ASSUMPTIONS["usual"], PRICES)


@functools.cache
def resources(groups: str) -> Resources:
    """What the program registers; ``groups`` is the configuration as JSON."""
    return stacks.registered(configuration(json.loads(groups), region=REGION))


def sums(groups: Groups, **assumed: float) -> dict[str, float]:
    """The parts of a bill that are not nothing, of a stack with nothing going on but what is assumed."""
    lines = bill.bill(resources(json.dumps(groups)), dataclasses.replace(ASSUMPTIONS["idle"], **assumed), PRICES)
    return {part: round(usd, 2) for part, usd in bill.parts(lines, PRICES).items() if round(usd, 2)}


SMALL: Groups = {
    "nodes": {"count": 1},
    "edge": {"mode": "none"},
    "backup": {"nodes": "none", "pinsetSchedule": "never"},
    "monitoring": {"enabled": False},
}


def test_a_bill_follows_the_resources() -> None:
    """One node by hand: 1 vCPU and 4 GiB on Spot, a regional file system with provisioned throughput, a public load balancer."""
    groups = {
        "nodes": {"count": 1, "cpu": 1024, "memory": 4096, "architecture": "X86_64", "spot": "all"},
        "storage": {"fileSystem": "regional", "throughputMode": "provisioned", "provisionedThroughputMibps": 2},
        "edge": {
            "mode": "load-balancer",
            "scheme": "internet-facing",
            "allowedCidrs": ["192.0.2.0/24"],
            "domain": "ipfs.example.com",
            "loadBalancerCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d",
        },
        "backup": {"nodes": "none", "pinsetSchedule": "never"},
        "monitoring": {"enabled": False},
    }
    assert sums(groups, stored_gib=10, log_gib=7, swarm_gib=300, dht_gib=25) == {
        "Fargate": round(0.33 * (0.04048 + 4 * 0.004445) * 730, 2),
        "EFS": 10 * 0.30 + (2 - 10 / 20) * 6.00,
        "load balancer": round(0.0225 * 730, 2),
        "public IPv4 addresses": round((1 + 2) * 0.005 * 730, 2),  # the task's and one for each of the load balancer's two zones
        "logs": (7 - 5) * 0.50 + 7 * 0.03,
        "DNS": 0.50,
        "transfer": round((300 + 25 - 100) * 0.09, 2),
    }


PROBED = 8 * 730 * 3600 / 2**20 * 0.03
"""What two probes that read 4 KiB of metadata each second cost a node in a month."""
VERIFIED = 4 * 730 * 3600 / 2**20 * 0.03


def test_probes_and_the_verifier_read() -> None:
    assert sums(SMALL)["EFS"] == round(PROBED, 2)
    assert sums(SMALL, stored_gib=0.1)["EFS"] == round(0.1 * 0.16 + PROBED + 3 * 0.03, 2), "each block once a day at most"
    assert sums(SMALL, stored_gib=100)["EFS"] == round(100 * 0.16 + PROBED + VERIFIED, 2)
    # Blocks in S3 are read there, and bursting throughput costs nothing.
    assert "EFS" not in sums({**SMALL, "storage": {"throughputMode": "bursting"}})


def test_elastic_throughput_is_metered_by_the_operation() -> None:
    """EFS User Guide, "Metering Elastic throughput": 32 KiB of data at least, 4 KiB of metadata."""
    # A million small adds: four writes of data and six of metadata each.
    assert sums(SMALL, small_adds_million=1)["EFS"] == round(1e6 * (4 * 32 + 6 * 4) / 2**20 * 0.06 + PROBED, 2)
    # A thousand GiB in blocks of 256 KiB: each is written whole, with six writes of metadata.
    assert sums(SMALL, added_gib=1024)["EFS"] == round(1024 * (256 + 6 * 4) / 256 * 0.06 + PROBED, 2)
    # In blocks of 8 KiB each counts as 32.
    assert sums(SMALL, added_gib=1024, block_kib=8)["EFS"] == round(1024 * (32 + 6 * 4) / 8 * 0.06 + PROBED, 2)
    assert sums(SMALL, swarm_gib=1024)["EFS"] == round(1024 * (256 + 4) / 256 * 0.03 + PROBED, 2)


def test_provisioned_throughput_is_billed_above_what_the_storage_brings() -> None:
    provisioned: Groups = {**SMALL, "storage": {"throughputMode": "provisioned", "provisionedThroughputMibps": 2}}
    assert sums(provisioned, stored_gib=10)["EFS"] == round(10 * 0.16 + 1.5 * 6, 2)
    assert sums(provisioned, stored_gib=100)["EFS"] == round(100 * 0.16, 2), "as with the AWS sample's 1 MiB/s"


def test_infrequent_access_has_a_smallest_file() -> None:
    groups: Groups = {**SMALL, "storage": {"transitionToIaDays": 30}}
    assert sums(groups, stored_gib=100, cold_percent=80)["EFS"] == round(20 * 0.16 + 80 * 0.0133 + PROBED, 2)
    assert sums(groups, stored_gib=100, cold_percent=80, block_kib=32)["EFS"] == round(20 * 0.16 + 80 * 4 * 0.0133 + PROBED, 2)
    assert sums(SMALL, stored_gib=100, cold_percent=80)["EFS"] == round(100 * 0.16 + PROBED + VERIFIED, 2), "without lifecycle policies nothing moves"


def test_what_container_insights_measures() -> None:
    """By the tables of the CloudWatch User Guide; third parties count 157 enhanced metrics of a task with three containers."""
    container: dict[str, Any] = {"healthCheck": {}}
    tasks = [[{}, container, container, {**container, "restartPolicy": {"enabled": True}}]] * 3
    assert monitoring.insights_metrics(tasks) == 11 * (1 + 3 + 3) + 5 * 3 + 2
    assert monitoring.enhanced_metrics(tasks) == (16 + 7 + 1 + 1 + 2) + 3 * (4 * (16 + 7 * 4 + 3 + 2) + 5)
    assert 150 <= monitoring.enhanced_metrics([[container, container, {}]]) <= 200
    insights = {value: sums({**SMALL, "monitoring": {"metrics": "none", "containerInsights": value}}) for value in ("disabled", "enabled", "enhanced")}
    assert insights["disabled"].get("metrics and alarms", 0) < insights["enabled"]["metrics and alarms"] < insights["enhanced"]["metrics and alarms"]
    assert (
        sums({**SMALL, "monitoring": {"containerInsights": "enhanced"}}, log_gib=5)["logs"]
        > sums({**SMALL, "monitoring": {"containerInsights": "disabled"}}, log_gib=5)["logs"]
    ), "its events are logs"


def test_a_private_swarm_sends_nothing_to_the_network() -> None:
    assert sums(SMALL, dht_gib=200)["transfer"] == round(100 * 0.09, 2)
    assert "transfer" not in sums({**SMALL, "swarm": {"mode": "private"}}, dht_gib=200)
    assert "transfer" not in sums({**SMALL, "swarm": {"routing": "none"}}, dht_gib=200)


def test_the_default_idle_is_below_90_usd() -> None:
    lines = bill.bill(stacks.registered(stacks.configured({})), ASSUMPTIONS["idle"], PRICES)
    parts = bill.parts(lines, PRICES)
    together = sum(parts.values())
    assert together < 90
    readme = (stacks.ROOT / "README.md").read_text()
    assert f"three idle nodes cost about {5 * round(together / 5)} USD a month" in readme
    # README's table, which rounds.
    rows = re.findall(r"^\| (?:each node|once) \| .* \| (.*) \|$", readme, re.MULTILINE)
    assert any(row == f"{parts['Fargate'] / 3:.0f} + {parts['public IPv4 addresses'] / 3:.0f} USD" for row in rows)
    assert any(row.startswith(f"{parts['load balancer']:.0f} USD") for row in rows)
    assert any(row.startswith(f"{parts['DNS']:.2f} USD") for row in rows)
    assert any(row.startswith(f"{parts['metrics and alarms']:.0f} USD") for row in rows)
    for key, price in (("efs_one_zone_gib", "{:.2f} USD/GiB"), ("logs_in_gib", "logs {:.2f} USD/GiB"), ("backup_efs_gib", "backups {:.2f} USD/GiB")):
        assert price.format(PRICES.values[key]["usd"]) in readme


def test_blocks_in_s3_are_not_paid_on_the_file_system() -> None:
    groups = {"nodes": {"count": 1, "kuboImage": "example.com/kubo-s3:1"}, "storage": {"datastore": "s3"}}
    found = sums(groups, stored_gib=1000, added_gib=100)
    assert found["S3"] == round(1000 * 0.023 + 100 * 4.096 * 0.005, 2)
    assert found["EFS"] == round(0.01 * (1000 * 0.16 + 100 * (256 + 24) / 256 * 0.06), 2)


def test_what_is_free_in_every_account_is_taken_off_once() -> None:
    def line(quantity: float) -> Line:
        return Line("CloudFront", "", quantity, "cloudfront_out_gib")

    assert PRICES.usd([line(1024)]) == [0]
    assert PRICES.usd([line(1000), line(124)]) == pytest.approx([0, 8.50])


def test_every_price_is_used() -> None:
    sources = "".join(file.read_text() for file in FILE.parent.glob("*.py"))
    used = [re.sub(r"\\{\w+\\}", r"\\w+", re.escape(key)) for key in re.findall(r'"([a-z0-9_{}]+)"', sources)]
    kinds = [f"{kind}_{unit}_hour" for kind in ("fargate_arm64", "fargate_x86_64") for unit in ("vcpu", "gib")]
    assert [key for key in PRICES.values if key not in kinds and not any(re.fullmatch(pattern, key) for pattern in used)] == []


def test_every_price_says_where_it_is_from() -> None:
    held = yaml.safe_load(FILE.read_text())
    for name, price in held["prices"].items():
        assert set(price) - {"free"} == {"usd", "source", "read", "how"}, name
        assert held["sources"][price["source"]].startswith("https://aws.amazon.com/"), name
        assert isinstance(price["read"], datetime.date), name
        assert price["how"] in ("page", "notes", "memory"), name


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev", "stored_gib=1", "added_gib=0"]) == 0
    assert "GiB of ipfs-eu-west-1a-storage                                      1.00      0.16\n" in capsys.readouterr().out
    for words, code, said in (
        (["dev", "stored=1"], 2, "give assumptions as name=number, of stored_gib"),
        (["none"], 1, "there is no Pulumi.none.yaml"),
    ):
        assert main(words) == code
        assert said in capsys.readouterr().err


def over_regions(copies: int, **assumed: float) -> dict[str, float]:
    """What the transfer of a Region with two nodes costs, with three nodes in each of two others, by what it is."""
    nodes = [
        f"{region} {region}{zone} {region}{zone} K host writer"
        for region, zones in (("eu-west-1", "ab"), ("us-east-1", "abc"), ("us-west-2", "abc"))
        for zone in zones
    ]
    definitions = []
    for node in ("eu-west-1a", "eu-west-1b"):
        environment = {"CLUSTER_ID": node, "REGION_NODES": "\n".join(nodes), "REGION_COPIES": str(copies)}
        containers = [{"name": "ipfs-cluster", "environment": [{"name": name, "value": value} for name, value in environment.items()]}]
        definitions.append({"family": node, "containerDefinitions": json.dumps(containers)})
    made = {
        "aws:ecs/service:Service": [{"taskDefinition": f"task-definition/{one['family']}:1"} for one in definitions],
        "aws:ecs/taskDefinition:TaskDefinition": definitions,
    }
    lines = list(regions.between_regions(made, dataclasses.replace(ASSUMPTIONS["idle"], **assumed), PRICES))
    return {line.what: round(usd, 2) for line, usd in zip(lines, PRICES.usd(lines), strict=True)}


def test_what_is_sent_to_other_regions_is_paid_by_who_sends() -> None:
    everywhere = over_regions(0, added_gib=300)
    assert everywhere == {"GiB added, sent to nodes in other Regions": 100 * 6 * 0.02, "GiB sent to other Regions at rest": 0.54}
    assert over_regions(1, added_gib=300)["GiB added, sent to nodes in other Regions"] == 100 * 2 * 0.02


def test_a_cluster_over_several_regions_has_a_bill_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["two-regions", "added_gib=20"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith(("europe", "america", "two-regions"))] == [
        "europe (eu-west-1)",
        "america (us-east-1)",
        "two-regions, which joins them",
    ]
    totals = [
        float(re.findall(r"[\d.]+", line.partition(") ")[2] or line)[0]) for line in said if line.startswith(("total of europe", "total of america", "total "))
    ]
    assert totals[-1] == pytest.approx(totals[0] + totals[1], abs=0.02)
    assert sum("GiB added, sent to nodes in other Regions" in line for line in said) == 2
