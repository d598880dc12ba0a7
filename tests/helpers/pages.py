"""The code in the documentation: blocks and code within sentences, as CommonMark has them."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from tests.helpers.support import ROOT
from tools.runbook import anchor

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("components/*.md")),
    *sorted(ROOT.glob("examples/*/*.md")),
]


@dataclass(frozen=True)
class Code:
    """A block of code, or code within a sentence."""

    page: str
    """The page's path within the repository."""
    line: int
    """Where it begins, or the paragraph that it is in."""
    kind: str
    """fenced, indented or inline."""
    language: str
    """The first word behind a fence; empty without one."""
    mark: str
    """The words after it."""
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text.splitlines()[0] if self.text else ''}"


def code(page: Path) -> Iterator[Code]:
    """All code of a page, in its order."""
    name, line = page.relative_to(ROOT).as_posix(), 0
    for token in MarkdownIt().parse(page.read_text()):
        line = token.map[0] + 1 if token.map else line
        if token.type in ("fence", "code_block"):
            language, _, mark = token.info.strip().partition(" ")
            yield Code(name, line, "fenced" if token.type == "fence" else "indented", language, mark.strip(), token.content)
        for part in token.children or ():
            if part.type == "code_inline":
                yield Code(name, line, "inline", "", "", part.content)


def every_code() -> Iterator[Code]:
    """All code of all pages."""
    for page in PAGES:
        yield from code(page)


def command_blocks() -> list[Code]:
    """Every fenced block of command lines."""
    return [block for block in every_code() if block.kind == "fenced" and block.language == "sh"]


def commands(text: str) -> list[str]:
    """The lines of a block, each with those that it goes on in by a backslash."""
    return re.sub(r"\\\n\s*", "", text).splitlines()


def blocks_after(page: str, after: str, count: int = 1) -> list[Code]:
    """The first blocks of command lines for a deployed stack after a text in a page."""
    text = (ROOT / page).read_text()
    assert after in text, f"{page} has no {after!r}"
    line = text[: text.index(after)].count("\n") + 1
    found = [block for block in command_blocks() if block.page == page and block.mark == "aws" and block.line > line]
    assert len(found) >= count
    return found[:count]


def documented(page: str, after: str, count: int = 1) -> str:
    """The same blocks as one script."""
    return "".join(block.text for block in blocks_after(page, after, count))


def anchors(page: Path) -> list[str]:
    """What links to a page's headings end with."""
    tokens = MarkdownIt().parse(page.read_text())
    titles = [inline.content for heading, inline in itertools.pairwise(tokens) if heading.type == "heading_open"]
    return [anchor(title) for title in titles]
