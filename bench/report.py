"""The results as a table and as a plot. Pure functions."""

import math
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from .setups import NAMES

Result = Mapping[str, Any]
"""A run, as in its JSON file."""

_COLOURS = {"sample": "#b0b0b0", "program": "#1f77b4", "kubo": "#e0c060"}


def gain(row: Mapping[str, Any], of: str, over: str) -> float | None:
    """How many times better the median of one set-up is than another's; above 1 is better."""
    figures = row["figures"]
    if not figures.get(of) or not figures.get(over):
        return None
    ours, theirs = statistics.median(figures[of]), statistics.median(figures[over])
    better, worse = (ours, theirs) if row["more_is_better"] else (theirs, ours)
    return better / worse if worse else None


_BEGIN, _END = "<!-- made by: make bench BENCH='report <result>' -->\n", "<!-- end -->\n"


def documented(text: str, result: Result) -> str:
    """The page with its table regenerated."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + conditions(result) + "\n" + table(result) + _END + rest.split(_END)[1]


def conditions(result: Result) -> str:
    """The machine and the images of the run, as a paragraph."""
    machine, images = result["machine"], ", ".join(result["versions"].values())
    text = (
        f"{result['date']}, {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, {machine['os']}, "
        f"load {machine['load']} before the start; {images}. "
        "Minimum / median / maximum; – if a set-up does not have it, ≥ if the wait was ended."
    )
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def table(result: Result) -> str:
    """A Markdown table: minimum / median / maximum of each set-up, and the ratios of the medians."""
    lines = ["| | unit | " + " | ".join(NAMES.values()) + " | times better than the sample |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        limit = result["patience"] if row["unit"] == "s" else math.inf
        cells = [_figures(row["figures"].get(name, []), limit) for name in NAMES]
        ratio = gain(row, "program", "sample")
        lines.append(f"| {row['title']} | {row['unit']} | " + " | ".join(cells) + f" | {'' if ratio is None else f'**{ratio:.1f}**'} |")
    return "\n".join(lines) + "\n"


def _figures(values: Sequence[float], limit: float) -> str:
    if not values:
        return "–"
    return " / ".join(f"≥ {limit:g}" if value >= limit else _figure(value) for value in (min(values), statistics.median(values), max(values)))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def plot(result: Result) -> str:
    """An SVG: for each line of the table one bar per set-up, as long as its median in proportion to the line's largest.

    A thin line spans minimum and maximum.
    """
    bar, gap, left, width, right = 11, 12, 400, 330, 90
    parts: list[str] = []
    y = 34
    for row in result["rows"]:
        present = [name for name in NAMES if row["figures"].get(name)]
        if not present:
            continue
        longest = max(max(row["figures"][name]) for name in present)
        better = "more" if row["more_is_better"] else "less"
        middle = y + bar * len(present) / 2 + 4
        parts.append(f'<text x="{left - 10}" y="{middle:.0f}" text-anchor="end">{escape(row["title"])} ({row["unit"]}, {better} is better)</text>')
        for name in present:
            values = row["figures"][name]
            low, median, high = (value / longest * width for value in (min(values), statistics.median(values), max(values)))
            parts.append(f'<rect x="{left}" y="{y}" width="{median:.1f}" height="{bar - 2}" fill="{_COLOURS[name]}"/>')
            centre = y + (bar - 2) / 2
            parts.append(f'<line x1="{left + low:.1f}" x2="{left + high:.1f}" y1="{centre}" y2="{centre}" stroke="#333"/>')
            parts.append(f'<text x="{left + high + 6:.1f}" y="{y + bar - 2}">{_figure(statistics.median(values))}</text>')
            y += bar
        y += gap
    legend = "".join(
        f'<rect x="{left + index * 120}" y="8" width="10" height="10" fill="{_COLOURS[name]}"/><text x="{left + 14 + index * 120}" y="17">{NAMES[name]}</text>'
        for index, name in enumerate(NAMES)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + right}" height="{y}" font-family="sans-serif" font-size="10">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{legend}\n' + "\n".join(parts) + "\n</svg>\n"
    )
