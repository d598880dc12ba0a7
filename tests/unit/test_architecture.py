"""The structure of the code: what docs/architecture.md says of it, and the rules that it states."""

import ast

import pytest

from tools import architecture, code, drawing
from tools.code import PURE, RESOURCES, File
from tools.drawing import Imports

COMPONENT = {file.path: file for file in code.files("components/ipfs_cluster")}


def test_the_page_lists_the_files_that_there_are() -> None:
    page = architecture.PAGE.read_text()
    assert page == architecture.documented(page), "docs/architecture.md is out of date: write it by `make generate`"


def test_the_drawing_shows_the_folders_and_imports_that_there_are() -> None:
    assert architecture.DRAWING.read_text() == drawing.svg(list(COMPONENT.values())), "docs/architecture.svg is out of date: write it by `make generate`"


def test_every_file_says_what_it_is() -> None:
    assert [file.path for folder in architecture.MAPPED for file in code.files(folder) if len(file.sentence) < 5] == []


def test_pure_files_neither_create_resources_nor_import_files_that_do() -> None:
    kinds = [file.kind for file in COMPONENT.values()]
    assert min(kinds.count(PURE), kinds.count(RESOURCES)) > 10
    for path, file in COMPONENT.items():
        if file.kind == PURE:
            assert [other for other in file.imports if COMPONENT[other].kind == RESOURCES] == [], path
        else:
            assert "Pure" not in (code.ROOT / path).read_text().partition("\n")[0], f"{path} says that it is pure"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Pure: the inputs' types. `shape` reads them.", "The inputs' types."),
        ("Pure: kubo's settings", "kubo's settings"),
        ("A bill, pure.", "A bill."),
        ("``python -m cost``: a bill. More.", "`python -m cost`: a bill."),
        ("Reads docs/cost.md. ipfs-cluster-ctl is next.", "Reads docs/cost.md."),
    ],
)
def test_a_sentence(said: str, sentence: str) -> None:
    assert code.sentence(said) == sentence


@pytest.mark.parametrize(
    ("source", "creates"),
    [
        ("class Node(pulumi.ComponentResource): ...", True),
        ("aws.s3.Bucket('b')", True),
        ("pulumi_random.RandomPet('p')", True),
        ("aws.ec2.get_vpc_output(default=True)", False),
        ("x: aws.s3.Bucket\npulumi.ResourceOptions()", False),
    ],
)
def test_what_creates_resources(source: str, creates: bool) -> None:
    assert code.creates_resources(ast.parse(source)) is creates


def files(**imports: str) -> dict[str, File]:
    """Files of one folder each, by name, with what they import."""
    return {name: File(f"{name}/x.py", "", RESOURCES, frozenset(f"{other}/x.py" for other in imported.split())) for name, imported in imports.items()}


def test_what_imports_stands_above_what_is_imported() -> None:
    given = files(a="b c", b="c", c="")
    between = drawing.edges(lambda file: file.folder, list(given.values()))
    assert between == {("a", "b"): Imports(1, 0), ("a", "c"): Imports(1, 0), ("b", "c"): Imports(1, 0)}
    assert drawing.levels(given, between) == [["a"], ["b"], ["c"]]


def test_a_circle_is_cut_where_there_are_fewest_imports() -> None:
    assert drawing.levels("ab", {("a", "b"): Imports(3, 0), ("b", "a"): Imports(1, 5)}) == [["a"], ["b"]]
    assert drawing.levels("ab", {("a", "b"): Imports(1, 0), ("b", "a"): Imports(2, 0)}) == [["b"], ["a"]]


def test_an_arrow_has_a_lane_in_each_row_that_it_crosses() -> None:
    rows = [[drawing.Box(name, name)] for name in "abc"]
    paths = drawing.routes(rows, {("a", "c"): Imports(1, 0), ("a", "b"): Imports(1, 0), ("c", "a"): Imports(0, 1)})
    assert [len(row) for row in rows] == [1, 3, 1]
    assert {edge: len(path) for edge, path in paths.items()} == {("a", "c"): 3, ("a", "b"): 2, ("c", "a"): 3}
