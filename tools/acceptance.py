"""Generates the tables of docs/acceptance.md from the probes: ``python -m tools.acceptance``."""

from pathlib import Path

from accept.probes import PROBES
from accept.questions import QUESTIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "acceptance.md"
_BEGIN, _END = "<!-- made by: python -m tools.acceptance -->\n", "<!-- end -->\n"


def tables() -> str:
    """A row for each probe, and one for each question."""
    rows = ["| probe | what it shows | minutes |", "|---|---|---:|", *(f"| `{probe.name}` | {probe.proves} | {probe.minutes:g} |" for probe in PROBES)]
    owners = {question: probe.name for probe in PROBES for question in probe.questions}
    questions = ["| question | answered by |", "|---|---|", *(f"| {text} | `{owners[key]}` |" for key, text in QUESTIONS.items())]
    return "\n".join(rows) + "\n\n" + "\n".join(questions) + "\n"


def documented(text: str) -> str:
    """The page with its tables regenerated."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + tables() + _END + rest.split(_END)[1]


if __name__ == "__main__":
    PAGE.write_text(documented(PAGE.read_text()))
