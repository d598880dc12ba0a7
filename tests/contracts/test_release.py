"""A version and what is said of it."""

import re

from tests.helpers.support import ROOT
from tools.schema import version


def test_the_version_stands_in_one_place_and_is_told_of() -> None:
    told = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert told[0] == version(), "CHANGELOG.md begins with another version than components/pyproject.toml"
    assert told == sorted(told, key=lambda v: [int(part) for part in v.split(".")], reverse=True)
