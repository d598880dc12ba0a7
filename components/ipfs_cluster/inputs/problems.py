"""Pure: problems with inputs, and how they name the inputs: in the caller's own spelling."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi

from ..spelling import Spelling, as_in_python, camel_case


class Key(str):
    """A key of a map, which keeps its spelling: a zone, a host, a node."""

    __slots__ = ()


Path = tuple[str | int, ...]
"""Where an input is: names of inputs, ``Key`` and list indexes."""


def path(*parts: str | int) -> Path:
    """``path("nodes.registry_mirrors", Key("docker.io"))``: names may be joined by dots."""
    names: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and not isinstance(part, Key):
            names += part.split(".")
        else:
            names.append(part)
    return tuple(names)


def spell(where: Path, spelling: Spelling) -> str:
    """A path in a sentence: ``nodes.registry_mirrors['docker.io']``."""
    text = ""
    for part in where:
        if isinstance(part, Key):
            text += f"[{str(part)!r}]"
        elif isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + spelling(part)
    return text


def property_path(where: Path) -> str:
    """A path as the engine shows it: ``nodes.registryMirrors["docker.io"]``."""
    return re.sub(r"\['(.*?)'\]", r'["\1"]', spell(where, camel_case))


# Between these (private-use characters) a text names an input in snake_case.
_OPEN, _CLOSE = "\ue000", "\ue001"


def ref(*parts: str | int) -> str:
    """An input that a text mentions; it is spelled as the caller spells it."""
    return f"{_OPEN}{spell(path(*parts), as_in_python)}{_CLOSE}"


def spell_text(text: str, spelling: Spelling) -> str:
    """A text with its inputs in the caller's spelling."""

    def whole(match: re.Match[str]) -> str:
        return re.sub(r"\[[^\]]*\]|\w+", lambda part: part[0] if part[0].startswith("[") else spelling(part[0]), match[1])

    return re.sub(f"{_OPEN}(.*?){_CLOSE}", whole, text)


@dataclass(frozen=True)
class Problem:
    """What is wrong with an input."""

    path: Path
    text: str
    """A sentence that goes on after the path: the value, what is wrong with it, what would do."""

    def spelled(self, spelling: Spelling) -> str:
        """The whole sentence."""
        return f"{spell(self.path, spelling)}: {spell_text(self.text, spelling)}"


Problems = Iterator[Problem]


class InvalidInput(pulumi.RunError):
    """Input that was refused before any resource; its text names every problem, one a line."""

    def __init__(self, name: str, problems: Sequence[Problem], spelling: Spelling, component: str = "IpfsCluster") -> None:
        """``name`` is the component's, ``component`` what it is."""
        self.name = name
        self.found = tuple(problems)
        """The problems by their paths."""
        self.problems = [problem.spelled(spelling) for problem in problems]
        """The problems as sentences."""
        super().__init__("\n".join([f"{component} {name!r}: {len(problems)} problem(s) with its inputs:", *(f"  - {p}" for p in self.problems)]))
