"""Small pictures for an index: curves and paths without a word, of the data that a page draws when it is touched."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.render.figures.decimate import decimate

WIDE, HIGH = 320, 192
_EDGE = 12
_COLOURS = (
    "#3b82d0", "#cf5a35", "#a37a12", "#8f63d2", "#c9559a",
    "#2c9472", "#bb6567", "#b5545f", "#8d74e0", "#7a74c4",
)  # fmt: skip
"""As those of the curves, and between light and dark: each has at least 3:1 on white and on the dark page."""
_CONTOUR, _STAR = "#8a97a5", "#d3a012"
_MOST, _COLUMNS = 160, 80
"""Points of a path over a surface, and the parts of a curve whose extremes are drawn."""
_CONTOURS = 100
"""Contour lines that are drawn, the longest ones."""
_LINES = 10
"""Lines that can be told apart at this size; of more, some at equal distances are drawn."""
_STAIRS = 120
"""Values of a line that are drawn as stairs."""

Point = tuple[float, float]


def thumbnail(view: Mapping[str, Any]) -> bytes:
    """Return the small picture of a view, an SVG that is seen on light and on dark ground."""
    drawn = _race(view) if view["kind"] == "race" else _schedule(view)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" fill="none" '
        f'stroke-linejoin="round" stroke-linecap="round">{"".join(drawn)}</svg>\n'
    ).encode()


def _schedule(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield the learning rates, or what varies where they do not."""
    panel = next((one for one in view["panels"] if any(map(_varies, one["lines"]))), view["panels"][0])
    log = view["log"] and panel is view["panels"][0]
    drawn = panel["lines"][:: -(-len(panel["lines"]) // _LINES)]
    lines = [(line, _seen(list(_corners(line, share=view["share"], log=log)))) for line in drawn]
    known = [point for _, points in lines for point in points]
    if not known:
        return
    (left, right), (low, high) = _ends(x for x, _ in known), _ends(y for _, y in known)
    # A linear axis that could begin at zero does.
    low = 0.0 if not log and 0 <= low < 0.6 * high else low
    for line, points in reversed([(line, points) for line, points in lines if points]):
        dash = ' stroke-dasharray="6 4"' if line["look"] == "projected" or line["dash"] % 7 else ""
        placed = _placed(points, (left, right), (low, high), _EDGE, most=len(points))
        yield f'<path d="{placed}" stroke="{_colour(line)}" stroke-width="3"{dash}/>'


def _race(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield contour lines, paths, their ends, and the minima."""
    across, up = view["box"]
    known = [line for contour in view["contours"] for line in contour["lines"]]
    lines = sorted(known, key=len)[-_CONTOURS:]
    contours = "".join(
        _placed(list(zip(line[::2], line[1::2], strict=True)), across, up, 0, most=48, digits=0) for line in lines
    )
    yield f'<path d="{contours}" stroke="{_CONTOUR}" stroke-width="1" opacity=".75"/>'
    for entry in reversed(view["entries"]):
        path = entry.get("average", entry)
        points = [(x, y) for x, y in zip(path["x"], path["y"], strict=True) if x is not None and y is not None]
        if not points:
            continue
        yield f'<path d="{_placed(points, across, up, 0)}" stroke="{_colour(entry)}" stroke-width="2.5"/>'
        x, y = _at(points[-1], across, up, 0)
        yield f'<circle cx="{x}" cy="{y}" r="4.5" fill="{_colour(entry)}"/>'
    for minimum in view["minima"]:
        x, y = _at(minimum, across, up, 0)
        yield f'<path d="{_star(x, y)}" fill="{_STAR}"/>'


def _seen(points: list[Point]) -> list[Point]:
    """Return the points of a curve that are seen: of every few pixels the first, the last, the lowest, the highest."""
    kept = decimate(np.array([y for _, y in points]), _COLUMNS) if points else ()
    return [points[at] for at in kept]


def _corners(line: Mapping[str, Any], *, share: bool, log: bool) -> Iterator[Point]:
    """Yield the corners of a line, as stairs where they are few enough to be seen."""
    values = line["values"]
    gaps = line.get("gaps")
    ticks = list(itertools.accumulate(gaps)) if gaps else range(line["first"], line["first"] + len(values))
    scale = 1 / line["whole"] if share else line["scale"]
    stairs = line["look"] == "stairs" and len(values) <= _STAIRS
    last: float | None = None
    for tick, value in zip([*ticks, line["end"]], [*values, *values[-1:]], strict=True):
        if value is None or (log and value <= 0):
            continue
        height = math.log10(value) if log else float(value)
        if last is not None and stairs and height != last:
            yield tick * scale, last
        yield tick * scale, height
        last = height


def _placed(
    points: Sequence[Point],
    across: Sequence[float],
    up: Sequence[float],
    edge: int,
    *,
    most: int = _MOST,
    digits: int = 1,
) -> str:
    """Return a path through points, of which those that are nearer than can be seen are left out."""
    places = [place for place, _ in itertools.groupby(_at(point, across, up, edge, digits) for point in points)]
    # Of many more than `most`, which are a smooth line, or a tangle, every n-th is enough.
    kept = places[:: -(-len(places) // most)]
    kept += [places[-1]] if kept[-1] != places[-1] else []
    return "M" + "L".join(f"{x} {y}" for x, y in kept)


def _at(point: Point, across: Sequence[float], up: Sequence[float], edge: int, digits: int = 1) -> tuple[str, str]:
    """Return the place of a point, in units with so many digits; a point far outside is kept near the edge."""
    (left, right), (low, high) = across, up
    x = (point[0] - left) / ((right - left) or 1.0)
    y = (point[1] - low) / ((high - low) or 1.0) if high != low else 0.5
    x, y = (min(max(part, -2.0), 3.0) for part in (x, y))
    return f"{edge + x * (WIDE - 2 * edge):.{digits}f}", f"{HIGH - edge - y * (HIGH - 2 * edge):.{digits}f}"


def _ends(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    return min(known), max(known)


def _varies(line: Mapping[str, Any]) -> bool:
    return len(set(line["values"])) > 1


def _colour(one: Mapping[str, Any]) -> str:
    return _COLOURS[one["colour"] % len(_COLOURS)]


def _star(across: str, up: str) -> str:
    """Return a star of five points around a place."""
    x, y = float(across), float(up)
    corners = [
        (x + far * math.sin(turn * math.pi / 5), y - far * math.cos(turn * math.pi / 5))
        for turn, far in enumerate((8, 3.4) * 5)
    ]
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in corners) + "Z"
