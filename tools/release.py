"""Checks that a tag names the version that is checked out, and prints its notes: `python -m tools.release v0.1.0`."""

import re
import sys
from pathlib import Path

from tools import schema

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


class NotReleasableError(Exception):
    """The tag, the version and CHANGELOG.md do not go together."""


def notes(tag: str, version: str, changelog: str) -> str:
    """The part of the changelog that is about the version. Raises NotReleasableError."""
    if tag != f"v{version}":
        raise NotReleasableError(f"the tag {tag} is not v{version}, the version in components/pyproject.toml")
    headings = list(re.finditer(r"^## \[(.+?)\].*\n", changelog, re.MULTILINE))
    ends = [heading.start() for heading in headings[1:]] + [len(changelog)]
    parts = {heading[1]: changelog[heading.end() : end].strip() for heading, end in zip(headings, ends, strict=True)}
    if not parts.get(version):
        raise NotReleasableError(f"CHANGELOG.md says nothing of {version}")
    if parts.get("Unreleased"):
        raise NotReleasableError(f"CHANGELOG.md has changes under [Unreleased]; move them to [{version}]")
    return parts[version] + "\n"


def main(tag: str) -> int:
    """The command; gives its exit code."""
    try:
        print(notes(tag, schema.version(), CHANGELOG.read_text()), end="")
    except NotReleasableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
