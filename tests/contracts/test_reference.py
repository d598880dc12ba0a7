"""The pages that are made from the schema."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import reference


@pytest.mark.parametrize(("file", "page"), reference.PAGES.items(), ids=lambda value: getattr(value, "name", ""))
def test_the_reference_is_the_schemas(file: Path, page: Callable[[], str]) -> None:
    assert file.read_text() == page(), f"{file.name} is out of date: write it by `.venv/bin/python -m tools.reference`"


def test_an_input_as_the_page_has_it() -> None:
    rows = reference.inputs().splitlines()
    assert (
        "| `provisionedThroughputMibps`<br>`provisioned_throughput_mibps` | integer | none | With throughput_mode provisioned: MiB/s, from 1 to 3414. "
        "Required there. |"
    ) in rows
    assert any(row.startswith("| `vpcId`<br>`vpc_id` | string or *Output* | an own VPC | ") for row in rows)
    assert any(row.startswith("| `existing` | map of ExistingFileSystem | none | ") for row in rows)
