import dataclasses

import pytest
import yaml

from cost import bill, stacks
from cost.__main__ import DOCS, documented, main
from cost.bill import FREE, PRICED, Line
from sandbox.account import KNOWN_TYPES
from tests.support import REGION, configuration

PRICES, ASSUMPTIONS = bill.read()


def test_the_documentation_has_what_the_program_costs_now() -> None:
    assert documented(DOCS.read_text()) == DOCS.read_text(), "make it anew by: make cost STACK=docs"


def test_every_type_that_the_program_may_register_is_priced_or_free() -> None:
    assert sorted(KNOWN_TYPES - PRICED.keys() - FREE.keys()) == []
    assert sorted(PRICED.keys() & FREE.keys()) == []


def test_a_type_without_a_price_is_an_error() -> None:
    with pytest.raises(bill.UnknownPriceError, match="neither priced nor listed as free: aws:ec2/natGateway:NatGateway"):
        bill.bill({"aws:ec2/natGateway:NatGateway": [{}]}, ASSUMPTIONS["usual"], PRICES)


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
        "backup": {"nodes": "none"},
        "monitoring": {"enabled": False},
    }
    assumed = dataclasses.replace(ASSUMPTIONS["usual"], stored_gib=10, added_gib=0, read_gib=0, requests_million=0, log_gib=2, swarm_gib=300)
    lines = bill.bill(stacks.registered(configuration(groups, region=REGION)), assumed, PRICES)
    sums = {part: round(usd, 2) for part, usd in bill.parts(lines, PRICES).items() if usd}
    assert sums == {
        "Fargate": round(0.33 * (0.04048 + 4 * 0.004445) * 730, 2),
        "EFS": 10 * 0.30 + 2 * 6.00,
        "load balancer": round(0.0225 * 730, 2),
        "public IPv4 addresses": round((1 + 2) * 0.005 * 730, 2),  # the task's and one for each of the load balancer's two zones
        "logs": 2 * 0.50 + 2 * 0.03,
        "DNS": 0.50,
        "transfer": 200 * 0.09,
    }


def test_blocks_in_s3_are_not_paid_on_the_file_system() -> None:
    groups = {"nodes": {"count": 1, "kuboImage": "example.com/kubo-s3:1"}, "storage": {"datastore": "s3"}}
    assumed = dataclasses.replace(ASSUMPTIONS["usual"], stored_gib=100, added_gib=10, read_gib=0, swarm_gib=0)
    sums = bill.parts(bill.bill(stacks.registered(configuration(groups, region=REGION)), assumed, PRICES), PRICES)
    assert round(sums["S3"], 4) == round(100 * 0.023 + 10 * 4.096 * 0.005, 4)
    assert round(sums["EFS"], 4) == round(0.01 * (100 * 0.16 + 10 * 0.06), 4)


def test_what_is_free_in_every_account_is_taken_off_once() -> None:
    assert PRICES.usd(Line("CloudFront", "", 1024, "cloudfront_out_gib")) == 0
    assert PRICES.usd(Line("CloudFront", "", 1124, "cloudfront_out_gib")) == pytest.approx(8.50)


def test_every_price_says_where_it_is_from() -> None:
    held = yaml.safe_load(bill.FILE.read_text())["prices"]
    assert {price["mark"] for price in held.values()} == {"noted", "recalled"}


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev", "stored_gib=1", "added_gib=0"]) == 0
    assert "GiB of ipfs-eu-west-1a-storage                                      1.00      0.16\n" in capsys.readouterr().out
    for words, code, said in ((["dev", "stored=1"], 2, "give assumptions as name=number, of stored_gib"), (["none"], 1, "there is no Pulumi.none.yaml")):
        assert main(words) == code
        assert said in capsys.readouterr().err
