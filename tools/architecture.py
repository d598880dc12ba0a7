"""The map of the files, and the drawing of the component's folders: `python -m tools.architecture` writes both, from the code."""

from tools import drawing
from tools.code import ROOT, files

PAGE, DRAWING = ROOT / "docs" / "architecture.md", ROOT / "docs" / "architecture.svg"

MAPPED = ("components/ipfs_cluster", "components/ipfs_cluster_cli", "sandbox", "cost", "bench", "chaos", "accept", "tools", "tests/helpers")
"""The folders whose files the page lists."""

_BEGIN, _END = "<!-- made by: python -m tools.architecture -->\n", "<!-- end -->\n"


def table(folder: str) -> str:
    """A table of the files for each folder that has some."""
    found = files(folder)
    parts = []
    for name in sorted({file.folder for file in found}, key=lambda name: (name.count("/"), name)):
        rows = [f"| `{file.name}` | {file.kind} | {file.sentence.replace('|', '&#124;')} |" for file in found if file.folder == name]
        parts.append("\n".join([f"#### {name}/\n", "| file | | what it is |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def documented(text: str) -> str:
    """The page with its tables regenerated."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + "\n" + "\n".join(map(table, MAPPED)) + "\n" + _END + rest.split(_END)[1]


def main() -> None:
    """Writes the page's tables and the drawing."""
    PAGE.write_text(documented(PAGE.read_text()))
    DRAWING.write_text(drawing.svg(files("components/ipfs_cluster")))


if __name__ == "__main__":
    main()
