"""A version, and what is said about it."""

import re
import tomllib

import pytest

from tests.helpers.support import ROOT
from tools import release
from tools.schema import version

PROJECT = tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]

CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0]

### Added

- One.

## [0.1.0] - 2026-11-01

The first version.
"""


def test_the_version_stands_in_one_place_and_is_told_of() -> None:
    told = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert told[0] == version(), "CHANGELOG.md begins with another version than components/pyproject.toml"
    assert told == sorted(told, key=lambda v: [int(part) for part in v.split(".")], reverse=True)


def test_the_readmes_install_this_version() -> None:
    for page in ("README.md", "components/README.md"):
        assert re.findall(r"git\+https://\S+@v(\S+)#subdirectory=components", (ROOT / page).read_text()) == [version()], page


def test_a_release_has_the_notes_of_its_version() -> None:
    assert release.notes("v0.2.0", "0.2.0", CHANGELOG) == "### Added\n\n- One.\n"
    assert release.notes("v0.1.0", "0.1.0", CHANGELOG) == "The first version.\n"


@pytest.mark.parametrize(
    ("tag", "of", "changelog", "problem"),
    [
        ("v0.3.0", "0.2.0", CHANGELOG, "the tag v0.3.0 is not v0.2.0, the version in components/pyproject.toml"),
        ("0.2.0", "0.2.0", CHANGELOG, "the tag 0.2.0 is not v0.2.0, the version in components/pyproject.toml"),
        ("v0.3.0", "0.3.0", CHANGELOG, "CHANGELOG.md says nothing of 0.3.0"),
        (
            "v0.2.0",
            "0.2.0",
            CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n- Two.\n"),
            "CHANGELOG.md has changes under [Unreleased]; move them to [0.2.0]",
        ),
    ],
)
def test_what_does_not_go_together_is_not_released(tag: str, of: str, changelog: str, problem: str) -> None:
    with pytest.raises(release.NotReleasableError, match=f"^{re.escape(problem)}$"):
        release.notes(tag, of, changelog)


def test_the_command_fails_for_another_tag(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main("v0.0.9") == 1
    assert capsys.readouterr().err.startswith("error: the tag v0.0.9 is not v")


def test_the_license_is_one() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert (ROOT / "components" / "LICENSE").read_text() == text, "the distribution has a copy"
    assert (PROJECT["license"], PROJECT["license-files"]) == ("Apache-2.0", ["LICENSE"])
