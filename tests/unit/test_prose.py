"""The form of the documentation's prose."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.helpers.pages import PAGES
from tests.helpers.support import ROOT

COLUMNS = 120


def long_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of paragraphs that should be wrapped: number and text. A line without a space to break at may be longer, for its link."""
    lines = text.splitlines()
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "paragraph_open" and token.map:
            for number in range(token.map[0] + 1, token.map[1] + 1):
                line = lines[number - 1]
                if len(line) > COLUMNS and " " in line.lstrip(" -*0123456789."):
                    yield number, line


@pytest.mark.parametrize("page", sorted({*PAGES, *ROOT.glob("*.md")}), ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_is_wrapped(page: Path) -> None:
    assert list(long_lines(page.read_text())) == []


def test_what_counts_as_a_long_line() -> None:
    words, link = ("word " * 25).strip(), "https://example.com/" + "x" * COLUMNS
    text = f"{words}\n\n- {words}\n  - one\n    {words}\n\n| head |\n|---|\n| {words} |\n\n```sh\n{words}\n```\n\n{link}\n\n1. {link}\n\n## {words}"
    assert [number for number, _ in long_lines(text)] == [1, 3, 5]
