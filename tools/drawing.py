"""Pure: the component's folders as a drawing: a box for each folder, an arrow for each import between two of them.

Boxes stand in rows, each above those that it imports. What nearly every folder imports stands in the last row, without arrows.
"""

import itertools
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from tools.code import PURE, RESOURCES, File


class Imports(NamedTuple):
    """How many imports there are between two groups of files."""

    resources: int
    """Of files that create resources."""
    others: int


Edges = Mapping[tuple[str, str], Imports]
"""By importing and imported group of files."""

Path = tuple["Box", ...]
"""What an arrow leads through: its two boxes, and the lanes between them."""

ENTRY, BASE = "entry points", "shared"

_LINE, _GAP, _ROW_GAP, _MARGIN, _COLUMN, _FILES_IN_A_COLUMN = 15, 34, 70, 20, 134, 11
_COLOURS = ("#1f77b4", "#c0392b", "#2c8c3c", "#8e5bb5", "#d07a00", "#7a4b2a", "#c2408f")
_LEGEND = "■ creates resources   □ pure   · neither      ━▶ imports a file that creates resources   ┅▶ imports pure files only"


@dataclass
class Box:
    """A group of files, or the lane in a row through which an arrow passes: that has no title."""

    name: str
    title: str = ""
    files: Sequence[File] = ()
    note: Sequence[str] = ()
    """Lines below the title."""
    x: float = 0
    y: float = 0
    height: float = 0

    def __post_init__(self) -> None:
        """The height follows from the files; a lane's is its row's."""
        if self.title:
            self.height = 30 + _LINE * (len(self.note) + min(len(self.files), _FILES_IN_A_COLUMN))

    @property
    def width(self) -> float:
        """In pixels."""
        columns = -(-len(self.files) // _FILES_IN_A_COLUMN)
        return max(columns * _COLUMN, len(self.title) * 7 + 16, *(len(line) * 5.6 + 16 for line in self.note), 0) if self.title else 8

    @property
    def centre(self) -> float:
        """Horizontally."""
        return self.x + self.width / 2


def edges(group_of: Callable[[File], str], files: Sequence[File]) -> dict[tuple[str, str], Imports]:
    """The imports between groups of files."""
    known = {file.path: file for file in files}
    found: dict[tuple[str, str], Imports] = {}
    for file in files:
        for imported in (known[path] for path in sorted(file.imports & known.keys())):
            edge = (group_of(file), group_of(imported))
            resources, others = found.get(edge, Imports(0, 0))
            if edge[0] != edge[1]:
                found[edge] = Imports(resources + 1, others) if imported.kind == RESOURCES else Imports(resources, others + 1)
    return found


def levels(groups: Iterable[str], between: Edges) -> list[list[str]]:
    """The groups in rows, importing above imported, by the imports of files that create resources. A circle is cut where the fewest are cut."""
    left, level = sorted(groups), dict[str, int]()
    while left:
        missing = {group: sum(count.resources for (of, to), count in between.items() if of == group and to in left) for group in left}
        group = min(left, key=lambda one: missing[one])
        imported = [to for (of, to), count in between.items() if of == group and count.resources]
        level[group] = 1 + max((level[to] for to in imported if to in level), default=-1)
        left.remove(group)
    return [sorted(group for group in level if level[group] == row) for row in sorted(set(level.values()), reverse=True)]


def routes(rows: list[list[Box]], between: Edges) -> dict[tuple[str, str], Path]:
    """The path of each arrow. In each row that it crosses it has a lane, which is added to the row."""
    row_of = {box.name: index for index, row in enumerate(rows) for box in row}
    box_of = {box.name: box for row in rows for box in row}
    found = {}
    for of, to in sorted(between):
        step = 1 if row_of[to] >= row_of[of] else -1
        crossed = range(row_of[of] + step, row_of[to], step)
        lanes = [Box(f"{of} {to} {index}") for index in crossed]
        for index, lane in zip(crossed, lanes, strict=True):
            rows[index].append(lane)
        found[of, to] = (box_of[of], *lanes, box_of[to])
    return found


def place(rows: Sequence[list[Box]], top: float) -> float:
    """Gives every box its place, in centred rows; the lower end."""
    widths = [sum(box.width for box in row) + _GAP * (len(row) - 1) for row in rows]
    y = top
    for row, width in zip(rows, widths, strict=True):
        x, height = _MARGIN + (max(widths) - width) / 2, max(box.height for box in row if box.title)
        for box in row:
            box.x, box.y, box.height = x, y, box.height if box.title else height
            x += box.width + _GAP
        y += height + _ROW_GAP
    return y - _ROW_GAP


def order(rows: Sequence[list[Box]], paths: Iterable[Path]) -> None:
    """Sorts the rows so that few arrows cross: each box near those that its arrows lead to."""
    near: dict[str, list[Box]] = {}
    for path in paths:
        for one, other in itertools.pairwise(path):
            near.setdefault(one.name, []).append(other)
            near.setdefault(other.name, []).append(one)
    for row in (*rows, *reversed(rows)) * 6:
        place(rows, 0)
        wanted = {box.name: sum(other.centre for other in near[box.name]) / len(near[box.name]) if box.name in near else box.centre for box in row}
        row.sort(key=lambda box: (wanted[box.name], box.name))


def svg(files: Sequence[File]) -> str:
    """The drawing."""
    root = min((file.folder for file in files), key=len)
    inside = {file.path for file in files if file.folder != root}
    base = {path for file in files if file.path in inside for path in file.imports} - inside

    def group_of(file: File) -> str:
        first = file.path.removeprefix(f"{root}/").split("/")
        return first[0] if len(first) > 1 else BASE if file.path in base else ENTRY

    groups: dict[str, list[File]] = {}
    for file in files:
        groups.setdefault(group_of(file), []).append(file)
    between = edges(group_of, files)
    drawn = sorted(group for group in groups if group != ENTRY and any(file.kind == RESOURCES for file in groups[group]))
    shared = sorted(groups.keys() - {ENTRY, *drawn})
    arrows = {edge: count for edge, count in between.items() if set(edge) <= set(drawn)}

    def box(group: str) -> Box:
        title = f"{root.rpartition('/')[2]}/: {group}" if group in (ENTRY, BASE) else f"{group}/"
        return Box(group, title, sorted(groups[group], key=_by_kind), textwrap.wrap(_note(group, between, shared, drawn), 44))

    entry, last = box(ENTRY), [box(group) for group in shared]
    rows = [[box(folder) for folder in row] for row in levels(drawn, arrows)]
    paths = routes(rows, arrows)
    order(rows, paths.values())
    place([[entry], *rows, last], _MARGIN + 24)
    everything = [entry, *last, *(one for row in rows for one in row if one.title)]
    width, height = max(one.x + one.width for one in everything) + _MARGIN, max(one.y + one.height for one in everything) + _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="11">',
            '<rect width="100%" height="100%" fill="white"/>',
            f'<text x="{_MARGIN}" y="{_MARGIN}" fill="#555">{_LEGEND}</text>',
            *_arrows(paths, arrows),
            *(part for one in everything for part in _box(one)),
            "</svg>\n",
        ]
    )


def _by_kind(file: File) -> tuple[int, str]:
    return [RESOURCES, PURE, ""].index(file.kind), file.name


def _note(group: str, between: Edges, shared: Sequence[str], drawn: Sequence[str]) -> str:
    """What arrows do not show."""
    imported, importing = ({edge[1 - end] for edge in between if edge[end] == group} for end in (0, 1))
    if group == ENTRY:
        return f"imports {_names(imported, drawn)}"
    if group not in shared:
        return ""
    pure = sorted(imported - {ENTRY, BASE})
    return f"imported by {_names(importing, drawn)}" + (f"; imports pure files of {', '.join(pure)}" if pure else "")


def _names(groups: set[str], drawn: Sequence[str]) -> str:
    names = sorted(groups - {ENTRY, BASE})
    return "every folder" if set(drawn) <= groups else ", ".join(names)


def _box(box: Box) -> Iterator[str]:
    yield f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="4" fill="#f7f9fb" stroke="#667"/>'
    yield f'<text x="{box.x + 8:.0f}" y="{box.y + 17:.0f}" font-weight="bold" font-size="12">{escape(box.title)}</text>'
    for index, words in enumerate(box.note):
        yield f'<text x="{box.x + 8:.0f}" y="{box.y + 32 + _LINE * index:.0f}" fill="#555" font-style="italic">{escape(words)}</text>'
    for index, file in enumerate(box.files):
        column, row = divmod(index, _FILES_IN_A_COLUMN)
        mark = {RESOURCES: "■", PURE: "□", "": "·"}[file.kind]
        x, y = box.x + 8 + column * _COLUMN, box.y + 34 + _LINE * (row + len(box.note))
        yield f'<text x="{x:.0f}" y="{y:.0f}">{mark} {escape(file.name)}</text>'


def _arrows(paths: Mapping[tuple[str, str], Path], between: Edges) -> Iterator[str]:
    """Each as a curve from its box to the other, straight through lanes, in the colour of the importing folder."""
    colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(sorted({of for of, _ in paths}))}
    for colour in sorted(set(colours.values())):
        yield (
            f'<marker id="{colour[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        )
    for edge, path in paths.items():
        points = [_end(path, 0, paths.values())]
        for lane in path[1:-1]:
            ends = [(lane.centre, lane.y), (lane.centre, lane.y + lane.height)]
            points += ends if path[-1].y > path[0].y else ends[::-1]
        points.append(_end(path, -1, paths.values()))
        commands = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            bend = (y2 - y1) / 2 or -_ROW_GAP / 2  # an arrow within a row is a bow above it
            commands += f" C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend if y2 != y1 else y2 + bend:.0f} {x2:.0f},{y2:.0f}"
        colour, dashes = colours[edge[0]], "" if between[edge].resources else ' stroke-dasharray="5,4"'
        yield f'<path d="{commands}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes} marker-end="url(#{colour[1:]})"/>'


def _end(path: Path, end: int, paths: Iterable[Path]) -> tuple[float, float]:
    """Where an arrow meets a box, at its upper or lower side: the arrows of a side are in the order of what they lead to."""

    def key(one: Path, of: int) -> tuple[float, str, int, str]:
        other = one[1] if of == 0 else one[-2]
        return other.centre, other.name, of, one[0].name

    def is_below(one: Path, of: int) -> bool:
        return (one[1] if of == 0 else one[-2]).y > one[of].y

    box, below = path[end], is_below(path, end)
    side = sorted(key(one, of) for one in paths for of in (0, -1) if one[of] is box and is_below(one, of) == below)
    return box.x + box.width * (side.index(key(path, end)) + 1) / (len(side) + 1), box.y + box.height * below
