"""No circle of imports among the project's files, and no long file."""

import ast
import graphlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.helpers.support import ROOT

FOLDERS = ("accept", "bench", "chaos", "components", "cost", "examples", "sandbox", "tests", "tools")
LONGEST = 400
"""Lines that a file may have."""


def files() -> list[Path]:
    """All Python files of the project."""
    return [*ROOT.glob("*.py"), *(file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in file.parts)]


def module(path: str) -> str:
    """A file's name in an import, from its path in the project: a package's for its ``__init__.py``."""
    return path.removeprefix("components/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(path: str, source: str) -> Iterator[tuple[str, str]]:
    """What a file imports, wherever in it, for types too: the module, and the name out of it (empty for the module itself)."""
    package = module(path).split(".") if path.endswith("/__init__.py") else module(path).split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield from ((".".join([*base, *filter(None, [node.module])]), alias.name) for alias in node.names)


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """For each file, by path, the files that it imports. A module out of a package is the module's file alone."""
    paths = {module(path): path for path in sources}
    found: dict[str, set[str]] = {}
    for path, source in sources.items():
        named = (paths.get(f"{of}.{name}") or paths.get(of) for of, name in imports(path, source))
        found[path] = {other for other in named if other and other != path}
    return found


def circle(sources: Mapping[str, str]) -> list[str]:
    """The files of one circle of imports, if there is any."""
    try:
        graphlib.TopologicalSorter(graph(sources)).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_files_import_each_other() -> None:
    sources = {str(file.relative_to(ROOT)): file.read_text() for file in files()}
    assert circle(sources) == [], "move what they share to a file of its own, or name only what is needed by a Protocol"


def test_no_file_is_long() -> None:
    long = [str(file.relative_to(ROOT)) for file in files() if len(file.read_text().splitlines()) > LONGEST]
    assert long == [], f"split what has over {LONGEST} lines"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("import a.b, c", {("a.b", ""), ("c", "")}),
        ("from a.b import c", {("a.b", "c")}),
        ("from . import c", {("top.inner", "c")}),
        ("from .b import c", {("top.inner.b", "c")}),
        ("from ..b import c as d", {("top.b", "c")}),
        ("if TYPE_CHECKING:\n    from .b import c", {("top.inner.b", "c")}),
        ("def f():\n    from .b import c", {("top.inner.b", "c")}),
    ],
)
def test_every_form_of_import_counts(source: str, wanted: set[tuple[str, str]]) -> None:
    assert set(imports("top/inner/file.py", source)) == wanted


def test_a_package_imports_from_itself() -> None:
    assert set(imports("top/__init__.py", "from .b import c")) == {("top.b", "c")}


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [
        ({"p/a.py": "from .b import x", "p/b.py": "from .c import x", "p/c.py": ""}, 0),
        ({"p/a.py": "from .b import x", "p/b.py": "from .a import y"}, 2),
        ({"p/a.py": "from .b import x", "p/b.py": "def f():\n    from . import c", "p/c.py": "import p.a"}, 3),
        ({"p/__init__.py": "from .a import x", "p/a.py": "from . import b", "p/b.py": ""}, 0),
        ({"p/__init__.py": "from .a import x", "p/a.py": "from . import x"}, 2),
        ({"components/p/a.py": "import p.b", "components/p/b.py": "import p.a"}, 2),
    ],
)
def test_circles_are_found(sources: dict[str, str], wanted: int) -> None:
    assert len(set(circle(sources))) == wanted
