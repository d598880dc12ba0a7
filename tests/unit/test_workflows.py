"""The hosted CI: its workflows call what the repository has."""

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.support import ROOT
from tools.images import IMAGES

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def jobs(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["jobs"])


def scripts(file: Path) -> list[str]:
    """What the steps run."""
    return [step["run"] for job in jobs(file).values() for step in job["steps"] if "run" in step]


def test_there_is_one_for_changes_and_one_for_releases() -> None:
    assert [file.name for file in WORKFLOWS] == ["ci.yml", "release.yml"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_what_the_steps_call_is_there(file: Path) -> None:
    commands = " \n".join(scripts(file))
    targets = {word for line in re.findall(r"\bmake ([^#\n]*)", commands) for word in line.split() if re.fullmatch("[a-z]+", word)}
    assert targets >= {"lint", "types", "test"}
    assert targets <= TARGETS
    for module in re.findall(r"python -m ([\w.]+)", commands):
        assert importlib.util.find_spec(module) is not None, module
    for name in re.findall(r"--ignore=([\w/]+)", commands):
        assert (ROOT / name).is_dir(), name
    for name in re.findall(r"REQUIREMENTS=(\S+)", commands):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_and_have_few_permissions(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (.*)", file.read_text())
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)] == []


def test_the_python_versions_are_those_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]
    promised = [found[1] for entry in project["classifiers"] if (found := re.search(r":: (3\.\d+)$", entry))]
    tested = jobs(ROOT / ".github" / "workflows" / "ci.yml")["check"]["strategy"]["matrix"]["python"]
    assert tested == promised
    assert project["requires-python"] == f">={promised[0]}"


def test_the_newest_dependencies_are_tried_every_week() -> None:
    content = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    (schedule,) = content[True]["schedule"]  # YAML 1.1 reads the key `on` as true
    assert re.fullmatch(r"\d+ \d+ \* \* [0-7]", schedule["cron"])
    assert all("requirements-dev.in" in step["run"] for step in content["jobs"]["newest"]["steps"] if "run" in step)


def test_the_images_are_the_programs() -> None:
    names = [image.rpartition(":")[0].rpartition("/")[2] for image in IMAGES]
    assert names == ["kubo", "ipfs-cluster", "haproxy", "python"]
    assert any("python -m tools.images | xargs -n 1 docker pull" in script for script in scripts(ROOT / ".github" / "workflows" / "ci.yml"))
