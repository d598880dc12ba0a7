"""The pages that are made from the schema."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ipfs_cluster.inputs.resolve import SHAPE

from tests.helpers.support import ROOT
from tools import pulumi_yaml, reference


@pytest.mark.parametrize(("file", "page"), reference.PAGES.items(), ids=lambda value: getattr(value, "name", ""))
def test_the_reference_is_the_schemas(file: Path, page: Callable[[], str]) -> None:
    assert file.read_text() == page(), f"{file.name} is out of date: write it by `make generate`"


def test_an_input_as_the_page_has_it() -> None:
    rows = reference.inputs().splitlines()
    assert (
        "| `provisionedThroughputMibps`<br>`provisioned_throughput_mibps` | integer | none | With throughput_mode provisioned: MiB/s, from 1 to 3414. "
        "Required there. |"
    ) in rows
    assert any(row.startswith("| `vpcId`<br>`vpc_id` | string or *Output* | a VPC is created | ") for row in rows)
    assert any(row.startswith("| `existing` | map of ExistingFileSystem | none | ") for row in rows)


def test_the_configuration_block_is_the_schemas() -> None:
    assert pulumi_yaml.FILE.read_text() == pulumi_yaml.page(), "Pulumi.yaml is out of date: write it by `make generate`"


def test_the_configuration_block_requires_nothing_and_describes_everything() -> None:
    described = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(described) == set(SHAPE.fields)
    assert all(declared["default"] == {} for declared in described.values()), "so that none is required"
    nodes = described["nodes"]["description"]
    assert "\n  count: Number of nodes, from 1 to three per zone." in nodes
    assert "\n  registryCredentialsKeyArn: ARN of the KMS key" in nodes
    assert "With vpcId: " in described["network"]["description"]
