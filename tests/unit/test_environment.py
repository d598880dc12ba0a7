"""requirements-dev.txt against what it is made from. Without a package registry: that it is the newest is not asked."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.support import ROOT

LOCK = (ROOT / "requirements-dev.txt").read_text()
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def requirements(text: str) -> list[Requirement]:
    """The packages of a requirements file; what is installed from a folder is left out."""
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-e"))]


def locked(python: str) -> dict[str, str]:
    """The version of each package that the lock file has for a version of Python, on Linux."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = [pin for pin in requirements(LOCK) if pin.marker is None or pin.marker.evaluate(dict(environment))]
    found: dict[str, str] = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    assert len(found) == len(pins), f"two versions of a package for Python {python}"
    return found


def test_what_is_wanted_is_locked_at_a_version_that_is_allowed() -> None:
    component = tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]
    wanted = [
        *requirements((ROOT / "requirements-dev.in").read_text()),
        *map(Requirement, component["dependencies"] + component["optional-dependencies"]["cli"]),
    ]
    assert len(wanted) > 15
    for python in PYTHONS:
        pins = locked(python)
        wrong = [str(one) for one in wanted if (name := canonicalize_name(one.name)) not in pins or pins[name] not in one.specifier]
        assert wrong == [], "run `make lock`"


def test_every_package_has_one_exact_version() -> None:
    for python in PYTHONS:
        assert all(re.fullmatch(r"\d[\w.]*", version) for version in locked(python).values())


def test_dependabot_finds_how_it_was_made() -> None:
    """It repeats the command with the options in the header."""
    command = LOCK.splitlines()[1]
    for option in ("uv pip compile", "--universal", "--python-version 3.11", "requirements-dev.in", "--output-file requirements-dev.txt"):
        assert option in command
