"""What the files of code are: from each its first sentence, and from its syntax tree what it creates and imports."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPONENT = ROOT / "components" / "ipfs_cluster"

_BUILT = COMPONENT / "edge" / "console"
"""What is built from the code in console/."""

RESOURCES, PURE = "resources", "pure"

_SUFFIXES = {".py", ".sh", ".js", ".mjs"}
_LOWER_CASE_NAMES = ("kubo", "ipfs-cluster", "pulumi-")
_PROVIDERS = {"aws", "pulumi_aws", "pulumi_random"}


@dataclass(frozen=True)
class File:
    """A file of the repository."""

    path: str
    """Within the repository."""
    sentence: str
    """What it is: its first sentence."""
    kind: str
    """RESOURCES if it creates some, PURE if it says that it is, empty if neither."""
    imports: frozenset[str] = frozenset()
    """Paths of the component's files that it imports."""

    @property
    def folder(self) -> str:
        """The path of the folder that it is in."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The path without the folder."""
        return self.path.rpartition("/")[2]


def files(folder: str) -> list[File]:
    """The files of code in a folder and the folders within it. An empty file is left out."""
    every = (path for path in (ROOT / folder).rglob("*") if path.suffix in _SUFFIXES and _BUILT not in path.parents)
    found = sorted(path for path in every if "__pycache__" not in path.parts)
    return [_python(path) if path.suffix == ".py" else _script(path) for path in found if path.read_text().strip()]


def _script(path: Path) -> File:
    comment = re.match(r"(?:#!.*\n)?((?:(?:#|//).*\n)+)", path.read_text())
    lines = (re.sub(r"^(#|//) ?", "", line) for line in comment[1].splitlines()) if comment else ()
    return File(path.relative_to(ROOT).as_posix(), sentence(" ".join(lines)), "")


def _python(path: Path) -> File:
    tree = ast.parse(path.read_text())
    said = " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())
    kind = RESOURCES if creates_resources(tree) else PURE if re.search(r"\bpure\b", said, re.IGNORECASE) else ""
    return File(path.relative_to(ROOT).as_posix(), sentence(said), kind, frozenset(_imports(tree, path)))


def sentence(text: str) -> str:
    """The first sentence, without the word that says that a file is pure."""
    text = re.sub(r"^Pure: |, pure(?=[.:])", "", text)
    first = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0].replace("``", "`")
    return first if first.startswith(_LOWER_CASE_NAMES) else first[:1].upper() + first[1:]


def creates_resources(tree: ast.AST) -> bool:
    """Whether code defines a component resource, or calls the class of a provider's resource."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("ComponentResource") for base in node.bases):
            return True
        if isinstance(node, ast.Call):
            words = ast.unparse(node.func).split(".")
            if words[0] in _PROVIDERS and re.fullmatch(r"[A-Z]\w+", words[-1]):
                return True
    return False


def _imports(tree: ast.AST, path: Path) -> set[str]:
    """The component's files that are imported: `from .edge import plan` and `from ..naming import Names` alike."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level or not path.is_relative_to(COMPONENT):
            continue
        module = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        for name in node.names:
            file = next((one for one in (module / f"{name.name}.py", module.with_suffix(".py")) if one.is_file()), None)
            if file is not None:
                found.add(file.relative_to(ROOT).as_posix())
    return found
