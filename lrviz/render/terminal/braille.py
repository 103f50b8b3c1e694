"""Curves as braille dots, told apart by letters: for a terminal, with or without colours, or a pipe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, chop_cells
from rich.text import Text

from lrviz.foundation.numerals import alike
from lrviz.render.figures import style
from lrviz.results import FloatArray

BLANK = 0x2800
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bits of a braille cell's four rows and two columns, as Unicode numbers them."""
_UP, _DOWN, _GONE = "↑", "↓", "×"
_LETTERS_ALONG = 3
"""How often a curve carries its letter on the way."""
_APART = 4
"""Columns between the last of them and the letter at the end."""
_LEAST_COLUMNS = 50
"""Columns that a legend next to the curves must leave them; else it is below."""
_MOST_TICKS = 6

Place = tuple[int, int]
"""The row and the column of a cell."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A curve: `values` evenly spaced from 0 to `end` on the axis, each until the next; `colour` as in `style`."""

    values: FloatArray
    end: float
    label: str
    colour: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The axes: `low` and `high` are values or, with `log`, their powers of ten; `extent` is told as `begin` to `end`.

    level: a value that has a line of its own, and its name.
    """

    low: float
    high: float
    extent: float
    end: str
    log: bool = False
    level: tuple[float, str] | None = None
    begin: str = "0"

    def heights(self, values: FloatArray) -> FloatArray:
        """Return where values lie between low and high."""
        return np.log10(values) if self.log else values

    def ticks(self, rows: int) -> dict[int, str]:
        """Return the labels of the value axis by their rows: powers of ten if there are two, else ends and middle."""
        powers = range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1) if self.log else range(0)
        if len(powers) > 1:
            stride = -(-len(powers) // min(_MOST_TICKS, rows))
            heights = [float(power) for power in powers[::-1][::stride]]
        else:
            heights = [self.high, self.low / 2 + self.high / 2, self.low]
        told = alike([10 ** min(height, 308.0) if self.log else height for height in heights])
        return dict(zip((self.row(height, rows) for height in heights), told, strict=True))

    def shares(self, heights: FloatArray) -> FloatArray:
        """Return how far below the upper end heights lie, as shares of the axis; what is far outside is near it."""
        half = self.high / 2 - self.low / 2
        return np.asarray((self.high / 2 - np.clip(heights, self.low - half, self.high + half) / 2) / half)

    def row(self, height: float, rows: int) -> int:
        """Return the row of a height among `rows`, row 0 the highest."""
        return int((rows * 4 - 1) * self.shares(np.array(height))) // 4


@dataclass(slots=True, eq=False)
class _Drawn:
    """What a trace sets: `dots` of a raster, where it leaves the frame, and the cell at its end."""

    dots: NDArray[np.bool_]
    exits: list[tuple[Place, str]] = field(default_factory=list)
    end: Place | None = None

    @property
    def cells(self) -> NDArray[np.int64]:
        """The bits of the braille cells [rows, columns]."""
        rows, columns = self.dots.shape
        return np.asarray((self.dots.reshape(rows // 4, 4, columns // 2, 2) * DOTS[:, None, :]).sum(axis=(1, 3)))


def plot(traces: Sequence[Trace], frame: Frame, width: int, height: int) -> Text:
    """Return a plot of `width` by `height` characters, its axis labels included; a legend below comes on top.

    Each column of dots is filled from the smallest to the largest value it stands for and joined to its
    neighbour, so a spike of one step is seen. What leaves the frame ends in an arrow, what is not finite any more
    in a cross. Several traces carry letters, at their ends and along them, that the legend explains.
    """
    rows = max(height - 2, 2)
    ticks = frame.ticks(rows)
    gutter = max(map(len, ticks.values()))
    letters = [ascii_letters[index % len(ascii_letters)] for index in range(len(traces))] if len(traces) > 1 else []
    names = max((cell_len(one.label) for one in traces), default=0) + 4
    tail = len(letters) and 1 + _most_together(traces, frame, rows)
    columns = max(width - gutter - 2 - tail, 2)
    beside = bool(letters) and len(traces) <= rows and columns - names >= _LEAST_COLUMNS
    columns -= names if beside else 0
    drawn = [_draw(trace, frame, columns, rows) for trace in traces]
    marks = _marks(drawn, letters)
    lines = _canvas(traces, drawn, frame, marks)
    ends: dict[int, list[int]] = {}
    for index, one in enumerate(drawn):
        if one.end is not None and one.end[1] == columns - 1 and letters:
            ends.setdefault(one.end[0], []).append(index)
    order = sorted(range(len(traces)), key=lambda index: (drawn[index].end or (rows, 0))[0])

    told = Text(no_wrap=True)
    for row, line in enumerate(lines):
        told.append(f"{ticks.get(row, ''):>{gutter}} {'┤' if row in ticks else '│'}").append_text(line)
        for index in ends.get(row, ()):
            told.append(letters[index], style.colour(traces[index].colour))
        if beside and row < len(order):
            told.append(" " * (tail - len(ends.get(row, ())) + 1))
            told.append_text(_named(traces[order[row]], letters[order[row]]))
        told.append("\n")
    told.append(f"{'':>{gutter}} └{'─' * columns}\n")
    told.append(f"{'':>{gutter}}  {frame.begin}{frame.end:>{columns - len(frame.begin)}}")
    if letters and not beside:
        for line in _legend(traces, letters, width - gutter - 2):
            told.append(f"\n{'':>{gutter}}  ").append_text(line)
    return told


def _most_together(traces: Sequence[Trace], frame: Frame, rows: int) -> int:
    """Return the most traces that end in one row, which is the number of letters next to it."""
    ends = [_draw(replace(trace, values=trace.values[-1:]), frame, 2, rows).end for trace in traces]
    places = [end[0] for end in ends if end is not None]
    return max((places.count(row) for row in places), default=0)


def _draw(trace: Trace, frame: Frame, columns: int, rows: int) -> _Drawn:
    """Return the dots of a trace in a raster of `columns` by `rows` cells; row 0 is at the top."""
    wide, tall = 2 * columns, 4 * rows
    drawn = _Drawn(np.zeros((tall, wide), dtype=bool))
    used = max(round(wide * trace.end / frame.extent), 1)
    steps = len(trace.values)
    before: int | None = None
    out, last_column = "", 0
    for column in range(used):
        start = column * steps // used
        values = trace.values[start : max((column + 1) * steps // used, start + 1)]
        values = values[np.isfinite(values) & ((values > 0) | (not frame.log))]
        if not values.size:
            before = None
            continue
        heights = frame.heights(np.array([values.min(), values.max(), values[-1]]))
        places = np.rint((tall - 1) * frame.shares(heights))
        # The row at the edge represents all values farther out.
        bottom, top, last = map(int, np.clip(places, -1, tall))
        leaves = _UP if top < 0 else _DOWN if bottom == tall else ""
        if leaves and leaves != out:
            drawn.exits.append(((0 if leaves == _UP else rows - 1, column // 2), leaves))
        out, last_column = leaves, column
        if before is not None:
            # Up to the neighbour, not onto it: level curves stay one dot thick.
            top, bottom = min(top, before + 1), max(bottom, before - 1)
        drawn.dots[max(top, 0) : max(bottom + 1, 0), column] = True
        before = last
        drawn.end = None if leaves else (last // 4, column // 2)
    if drawn.end is not None and not np.isfinite(trace.values[-1]):
        drawn.exits.append(((drawn.end[0], last_column // 2), _GONE))
        drawn.end = None
    return drawn


def _marks(drawn: Sequence[_Drawn], letters: Sequence[str]) -> dict[Place, tuple[str, int]]:
    """Return the characters in place of dots, each with the number of its trace."""
    marks: dict[Place, tuple[str, int]] = {}
    for index, one in enumerate(drawn):
        # Of a curve that swings in and out the first and the last are enough.
        marks |= {place: (mark, index) for place, mark in (*one.exits[:1], *one.exits[-1:])}
    cells = [one.cells > 0 for one in drawn]
    crowd = np.sum(cells, axis=0)
    columns = crowd.shape[1]
    for index, letter in enumerate(letters):
        one = drawn[index]
        end = one.exits[-1][0] if one.end is None and one.exits else one.end
        if end is not None and (one.end is None or end[1] < columns - 1):
            # Beside the end; farther to the right where other ends are already named, else to the left.
            free = ((end[0], column) for column in (*range(end[1] + 1, columns), *range(end[1], -1, -1)))
            if place := next((place for place in free if place not in marks), None):
                marks[place] = (letter, index)
        early = cells[index][:, : end[1] - _APART + 1] if end is not None else cells[index]
        for place in _along(early, crowd, (index + 0.5) / len(letters), marks):
            marks[place] = (letter, index)
    return marks


def _along(
    own: NDArray[np.bool_], crowd: NDArray[np.int64], shift: float, taken: Mapping[Place, object]
) -> Iterator[Place]:
    """Yield where a trace carries its letter: where it runs alone, if it does, and where the others have none."""
    places = [(int(row), int(column)) for row, column in np.argwhere(own)]
    apart = crowd.shape[1] / _LETTERS_ALONG
    for turn in range(_LETTERS_ALONG):
        target = (turn + shift) * apart
        near = [place for place in places if abs(place[1] - target) <= apart / 2 and place not in taken]
        if near:
            yield min(near, key=lambda place: (crowd[place] > 1, abs(place[1] - target)))


def _canvas(
    traces: Sequence[Trace], drawn: Sequence[_Drawn], frame: Frame, marks: dict[Place, tuple[str, int]]
) -> list[Text]:
    """Return the lines of the plot between its axes."""
    shape = drawn[0].cells.shape
    cells, owner = np.zeros(shape, dtype=np.int64), np.full(shape, -1)
    for index in reversed(range(len(drawn))):
        own = drawn[index].cells
        cells |= own
        owner[own > 0] = index
    lines = []
    rows, columns = shape
    for row in range(rows):
        plain = [chr(BLANK + cell) for cell in cells[row]]
        styles: list[str | None] = [style.colour(traces[who].colour) if who >= 0 else None for who in owner[row]]
        if frame.level is not None and row == frame.row(float(frame.heights(np.array(frame.level[0]))), rows):
            plain = _levelled(plain, frame.level[1])
        for column in range(columns):
            if mark := marks.get((row, column)):
                plain[column], styles[column] = mark[0], style.colour(traces[mark[1]].colour)
        line = Text()
        for look, run in groupby(zip(styles, plain, strict=True), key=itemgetter(0)):
            line.append("".join(character for _, character in run), look)
        lines.append(line)
    return lines


def _levelled(plain: list[str], name: str) -> list[str]:
    """Return a row with a line through what is empty, and the line's name in it where there is room."""
    text = "".join("┈" if character == chr(BLANK) else character for character in plain)
    room = text.rfind("┈" * (len(name) + 4))
    return list(text if room < 0 else f"{text[: room + 1]} {name} {text[room + len(name) + 3 :]}")


def _named(trace: Trace, letter: str) -> Text:
    return Text.assemble((letter, style.colour(trace.colour)), f" {trace.label}")


def _legend(traces: Sequence[Trace], letters: Sequence[str], width: int) -> Iterator[Text]:
    """Yield lines that say which letter is which, as many on a line as it holds."""
    line = Text()
    for trace, letter in zip(traces, letters, strict=True):
        named = _named(trace, letter)
        if line and line.cell_len + 3 + named.cell_len > width:
            yield line
            line = Text()
        line = Text.assemble(line, "   " if line else "", named)
        if line.cell_len > width:
            yield from map(Text, chop_cells(line.plain, max(width, 2)))
            line = Text()
    if line:
        yield line
