"""CloudWatch's filter patterns, as far as the program uses them: moto does not apply them."""

import fnmatch
import json
import re
from typing import Any

_TOKEN = re.compile(r'\s*(\(|\)|\|\||&&|=|"(?:[^"\\]|\\.)*"|\$\.[\w.]+)')


def matches(pattern: str, line: str) -> dict[str, Any] | None:
    """The fields of a line that a pattern matches, else nothing."""
    if pattern.startswith("{"):
        try:
            event = json.loads(line)
        except ValueError:
            return None
        return event if isinstance(event, dict) and _Condition(pattern[1:-1], event).value() else None
    if pattern.startswith("["):
        return _columns(pattern[1:-1], line)
    return {} if pattern.strip('"') in line else None


def _columns(pattern: str, line: str) -> dict[str, Any] | None:
    """Words divided by spaces, each with a name, some of which must have a value."""
    declared, words = [column.strip() for column in pattern.split(",")], line.split()
    if len(declared) != len(words):
        return None
    fields = {}
    for column, word in zip(declared, words, strict=True):
        name, _, wanted = column.partition("=")
        if wanted and wanted.strip('"') != word:
            return None
        fields[name] = word
    return fields


class _Condition:
    """`($.a = "x*") && (…)`, read from left to right."""

    def __init__(self, text: str, event: dict[str, Any]) -> None:
        self._tokens = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", text), f"not read to the end: {text}"
        self._event = event

    def value(self) -> bool:
        result = self._part()
        while self._tokens and self._tokens[0] in ("&&", "||"):
            operator, other = self._tokens.pop(0), self._part()
            result = (result and other) if operator == "&&" else (result or other)
        return result

    def _part(self) -> bool:
        if self._tokens[0] == "(":
            self._tokens.pop(0)
            result = self.value()
            assert self._tokens.pop(0) == ")"
            return result
        selector, sign, wanted = (self._tokens.pop(0) for _ in range(3))
        assert sign == "="
        found = self._event
        for key in selector[2:].split("."):
            found = found.get(key) if isinstance(found, dict) else None  # type: ignore[assignment]
        return isinstance(found, str) and fnmatch.fnmatchcase(found, wanted.strip('"'))
