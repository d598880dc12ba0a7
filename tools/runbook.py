"""The runbook as a page that the console links to, from docs/operations.md: `python -m tools.runbook` writes it."""

import itertools
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from ipfs_cluster.edge import page
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "operations.md"
FILE = page.FOLDER / page.RUNBOOK

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="runbook.css">
</head>
<body>
<main>
"""
_END = "</main>\n</body>\n</html>\n"


def anchor(heading: str) -> str:
    """What a link to a heading has behind the `#`, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def text() -> str:
    """The page. It has no script and nothing of another site."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = list(_served(markdown.parse(SOURCE.read_text())))
    title = next(following.content for token, following in itertools.pairwise(tokens) if token.type == "heading_open")
    body = str(markdown.renderer.render(tokens, markdown.options, {}))
    # What is wider than a phone is scrolled by itself.
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
    return _HEAD.format(title=escape(title)) + body + _END


def _served(tokens: Iterable[Token]) -> Iterator[Token]:
    """The same with anchors, without what the console does not serve."""
    heading: Token | None = None
    for token in tokens:
        token.attrs.pop("style", None)  # the alignment of a column: the console's policy allows no style within a page
        if token.type == "heading_open":
            heading = token
        elif token.type == "inline":
            if heading:
                heading.attrs["id"] = anchor(token.content)
                heading = None
            token.children = list(_inline(token.children or []))
        yield token


def _inline(tokens: Iterable[Token]) -> Iterator[Token]:
    """Links to other pages of the documentation become their text, with the page's name."""
    elsewhere = ""
    for token in tokens:
        if token.type == "image":
            continue
        if token.type == "link_open":
            target = str(token.attrs["href"])
            if not target.startswith(("#", "https://")):
                elsewhere = target
                continue
            if target.startswith("https://"):
                token.attrs["rel"] = "noreferrer"
        if token.type == "link_close" and elsewhere:
            yield Token("text", "", 0, content=f" (docs/{elsewhere})")
            elsewhere = ""
            continue
        yield token


if __name__ == "__main__":
    FILE.write_text(text())
