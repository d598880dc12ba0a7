"""The form of the documentation's prose."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.support import ROOT

COLUMNS = 120

PAGES = [ROOT / name for name in subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()]


def long_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of prose that could be wrapped: number and text. Tables, code and what has no space to break at may be longer."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif len(line) > COLUMNS and not fenced and not line.lstrip().startswith("|") and not line.startswith("    "):
            words = re.sub(r"^ *([-*]|\d+\.|#+) ", "", line).split()
            if len(words) > 1:
                yield number, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_wrapped(page: Path) -> None:
    assert list(long_lines(page.read_text())) == []


def test_what_counts_as_a_long_line() -> None:
    words, link = "word " * 25, "https://example.com/" + "x" * COLUMNS
    text = f"{words}\n- {words}\n| {words} |\n```sh\n{words}\n```\n\n    {words}\n{link}\n- {link}\n{words}"
    assert [number for number, _ in long_lines(text)] == [1, 2, 11]
