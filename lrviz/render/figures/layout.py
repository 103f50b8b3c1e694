"""What is wrong with how a figure is laid out, found in its artists once it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick
from matplotlib.cbook import STEP_LOOKUP_MAP
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lrviz.foundation.wording import shown
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes
from lrviz.results import FloatArray

SMALLEST = 6.5
"""Points below which a text is unreadable."""
_AIR, _OVER, _RIM = 1.2, 0.6, 1.0
"""Points by which boxes of texts may overlap, as letters do not fill them; by which something may extend over an edge,
as an outline does; and of a mark that must be visible next to the mark over it."""
_LONGEST = 40
"""The most letters of a text that a fault quotes."""
CURVES = frozenset({"line", "resumed", "uninterrupted", "before", "path", "path in front", "loss", "lr"})
"""The gids of curves whose ends must be visible."""
LEAVING = frozenset({"exit", "leaves", "beyond"})
"""Marks on the edge of axes, of curves that end outside of them."""
MARKS = LEAVING | {"start", "end", "average end", "chosen", "diverges"}
"""Marks that nothing may hide."""


def faults(figure: Figure) -> list[str]:
    """Return what is wrong with the layout of a figure as it was drawn last, a sentence for each fault.

    Texts that overlap, are cut off, or are too small to be read; axes that show nothing; curves whose end cannot be
    seen: it is under something else, or outside of their axes without a mark that says so.
    """
    point = figure.dpi / 72
    with missing_glyphs_shown_as_boxes():
        drawn = list(_drawn(figure))
        words = [_Word.of(one) for one in drawn if isinstance(one, Text) and _says(one)]
        whole = figure.bbox.padded(_OVER * point)
        found = [*_small(words), *_outside(words, whole), *_overlapping(words, _AIR * point)]
        for ax in (one for one in drawn if isinstance(one, Axes)):
            panel = _Panel.of(ax, words, point)
            found += [*panel.empty(), *panel.crossed(), *panel.lost_ends(), *panel.hidden_marks()]
    return found


def _drawn(artist: Artist) -> Iterator[Artist]:
    """Yield an artist and all that is drawn with it."""
    if not artist.get_visible():
        return
    yield artist
    for child in artist.get_children():
        frameless = isinstance(artist, Axes) and not artist.axison and isinstance(child, Axis)
        beyond = isinstance(artist, Axis) and isinstance(child, Tick) and not _in_view(artist, child)
        if not (frameless or beyond):
            yield from _drawn(child)


def _in_view(axis: Axis, tick: Tick) -> bool:
    low, high = sorted(axis.get_view_interval())
    at: Any = tick.get_loc()
    return bool(low <= at <= high or np.isclose(at, (low, high), rtol=1e-9, atol=1e-9 * (high - low)).any())


@dataclass(frozen=True, slots=True)
class _Word:
    """A text that is drawn, its box in pixels of the figure, and that of its background, if any."""

    artist: Text
    box: Bbox
    ground: Bbox | None

    @classmethod
    def of(cls, artist: Text) -> _Word:
        ground = artist.get_bbox_patch()
        # An annotation's own box holds its arrow, too.
        return cls(artist, Text.get_window_extent(artist), None if ground is None else ground.get_window_extent())

    @property
    def name(self) -> str:
        text = " ".join(self.artist.get_text().split())
        return shown(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")

    def covers(self, at: FloatArray, zorder: float) -> bool:
        """Return whether its background hides a point of what is drawn at `zorder`."""
        return self.ground is not None and self.artist.get_zorder() > zorder and self.ground.contains(*at)


def _says(text: Text) -> bool:
    return bool(text.get_text().strip())


def _small(words: Sequence[_Word]) -> Iterator[str]:
    for one in words:
        size: Any = one.artist.get_fontsize()
        if size < SMALLEST:
            yield f"{one.name} is set in {size:g} points; {SMALLEST:g} are the least that can be read"


def _outside(words: Sequence[_Word], whole: Bbox) -> Iterator[str]:
    for one in words:
        if not all(whole.contains(*corner) for corner in one.box.get_points()):
            yield f"{one.name} does not fit in the figure"


def _overlapping(words: Sequence[_Word], air: float) -> Iterator[str]:
    low, high = np.array([one.box.get_points() for one in words]).reshape(-1, 2, 2).swapaxes(0, 1)
    common = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    for one, other in np.argwhere(np.triu((common > air).all(axis=2), 1)):
        yield f"{words[one].name} and {words[other].name} overlap"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark, its place in pixels of the figure, its radius, and its place in the order of drawing."""

    artist: Line2D
    at: FloatArray
    radius: float
    order: tuple[float, int]

    def covers(self, other: _Mark, rim: float) -> bool:
        """Return whether it leaves less than a rim of another visible."""
        away = float(np.hypot(*(self.at - other.at)))
        # The slices of one disc share its centre.
        slices = away < 0.1 and isinstance(other.artist.get_marker(), Path)
        filled = str(self.artist.get_markerfacecolor()) != "none"
        return filled and not slices and self.order > other.order and away + other.radius < self.radius + rim


@dataclass(frozen=True, slots=True)
class _Panel:
    """Axes as they are drawn; curves: what is followed, and its points, [n, 2], in pixels of the figure."""

    ax: Axes
    words: Sequence[_Word]
    curves: Sequence[tuple[Line2D, FloatArray]]
    marks: Sequence[_Mark]
    point: float

    @classmethod
    def of(cls, ax: Axes, words: Sequence[_Word], point: float) -> _Panel:
        seen = [(index, one, _pixels(one)) for index, one in enumerate(ax.get_children()) if isinstance(one, Line2D)]
        seen = [(index, one, at) for index, one, at in seen if one.get_visible() and len(at)]
        curves = [(one, at) for _, one, at in seen if one.get_gid() in CURVES]
        marks = [
            _Mark(one, at[-1], one.get_markersize() / 2 * point, (one.get_zorder(), index))
            for index, one, at in seen
            if len(at) == 1 and str(one.get_marker()) != "None"
        ]
        return cls(ax, words, curves, marks, point)

    def empty(self) -> Iterator[str]:
        """Report axes that show nothing; what only spans them, such as a tolerance's line, does not count."""
        for one in (*self.ax.lines, *self.ax.collections, *self.ax.patches, *self.ax.images):
            if not (one.get_visible() and all(one.get_transform().contains_branch_seperately(self.ax.transData))):
                continue
            if not isinstance(one, Line2D) or _meets(_pixels(one), self.ax.bbox):
                return
        name = str(self.ax.get_gid() or self.ax.get_ylabel() or self.ax.get_title(loc="left"))
        yield f"the axes {shown(name)} show nothing"

    def crossed(self) -> Iterator[str]:
        """Report the texts, of these axes or others, that a curve runs through; a background keeps a text readable."""
        air = self.point * np.array([(0.0, _AIR), (0.0, -_AIR)])
        for word in self.words:
            if word.ground is not None:
                continue
            # A curve is clipped to its axes, but texts of other axes may lie over these.
            box = Bbox.intersection(Bbox(word.box.get_points() + air), self.ax.bbox)
            if box is not None and any(_meets(points, box) for _, points in self.curves):
                yield f"a curve runs through {word.name}"

    def lost_ends(self) -> Iterator[str]:
        """Report the curves whose end cannot be seen."""
        over = _OVER * self.point
        seen, insets = self.ax.bbox.padded(over), [one.bbox for one in self.ax.child_axes if one.get_visible()]
        for line, points in self.curves:
            end, name = points[-1], _name(line)
            marks = {one.artist.get_gid() for one in self.marks if same_color(one.artist.get_color(), line.get_color())}
            if not seen.contains(*end):
                if not marks & LEAVING:
                    yield f"{name} ends outside of its axes, and no mark says so"
                continue
            if line.get_gid() == "path" and not marks & {"end", "exit"}:
                yield f"{name} ends without a mark"
            if any(inset.contains(*end) for inset in insets):
                yield f"{name} ends under an inset"
            yield from (f"{name} ends under {one.name}" for one in self.words if one.covers(end, line.get_zorder()))

    def hidden_marks(self) -> Iterator[str]:
        """Report the marks that lie under something else."""
        for mark in (one for one in self.marks if one.artist.get_gid() in MARKS):
            name = f"the mark {_name(mark.artist)}"
            yield from (f"{name} lies under {one.name}" for one in self.words if one.covers(mark.at, mark.order[0]))
            if any(other.covers(mark, _RIM * self.point) for other in self.marks):
                yield f"{name} lies under another"


def _pixels(line: Line2D) -> FloatArray:
    """Return the finite points of a line as it is drawn, in pixels of the figure, [n, 2]."""
    drawn = STEP_LOOKUP_MAP[line.get_drawstyle()](*np.transpose(np.asarray(line.get_xydata())))
    points: FloatArray = line.get_transform().transform(np.transpose(drawn))
    return points[np.isfinite(points).all(axis=1)]


def _meets(points: FloatArray, box: Bbox) -> bool:
    return len(points) > 0 and Path(points).intersects_bbox(box, filled=False)


def _name(line: Line2D) -> str:
    """Name a line by its label where it has one, and by its kind."""
    label = str(line.get_label())
    return shown(str(line.get_gid()) if label.startswith("_") else label)
