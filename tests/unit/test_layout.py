"""How the repository's Python files hang together."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.support import ROOT

FOLDERS = ("accept", "bench", "chaos", "components/ipfs_cluster", "components/ipfs_cluster_cli", "cost", "examples", "sandbox", "tests", "tools")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py") if not {".venv", "sdks"} & set(file.parts))


def imported(source: str) -> Iterator[str]:
    """The modules that a file imports, and the names that it takes out of them, in full."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def out_of_tests(source: str) -> list[str]:
    """What a file imports out of a file of tests."""
    return [name for name in imported(source) if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))]


def test_there_are_files() -> None:
    assert len(FILES) > 150
    assert Path(__file__) in FILES


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from tests.unit.test_docs import PAGES", ["tests.unit.test_docs.PAGES"]),
        ("def f():\n    from tests.unit import test_docs", ["tests.unit.test_docs"]),
        ("import tests.unit.test_docs", ["tests.unit.test_docs"]),
        ("from tests.helpers.pages import PAGES\nimport pytest", []),
    ],
)
def test_it_would_be_found(source: str, found: list[str]) -> None:
    assert out_of_tests(source) == found


def test_nothing_is_imported_out_of_a_test() -> None:
    wrong = {str(file.relative_to(ROOT)): found for file in FILES if (found := out_of_tests(file.read_text()))}
    assert wrong == {}, "what several files need is in tests/helpers"
