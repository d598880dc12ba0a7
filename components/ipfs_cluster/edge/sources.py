"""Pure: the JavaScript of the edge functions."""

from pathlib import Path

FUNCTIONS = Path(__file__).parent / "functions"


def source(function: str) -> str:
    """The JavaScript of an edge function."""
    return (FUNCTIONS / function).read_text()
