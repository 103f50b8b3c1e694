"""A race as data for a page: the surface as bands and contour lines, every path step by step, and its losses."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import replace
from typing import Any

import contourpy
import numpy as np
from PIL import Image

from lrviz.foundation.numerals import plural, short
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.losses import ABOVE, BELOW, costs, dearest, loss_words, spent
from lrviz.render.figures.surface import bands
from lrviz.render.interactive.stored import PAGE, Detail, fewer_columns, numbers, rows_record
from lrviz.render.text.names import without_lr
from lrviz.render.text.presentable import presentable
from lrviz.render.text.protocol import ranks, sentences
from lrviz.results import Contest, Contestant, FloatArray, IntArray

_PER_ROW = 4
"""Numbers of a row of a path: x, y, the loss, and the lr or the cost."""
_LINES = 60
"""Contour lines of one level; of more the surface cannot be seen."""


def race_view(contest: Contest, detail: Detail = PAGE) -> dict[str, Any]:
    """Return a race as data; detail: how much of it is stored."""
    contest = _one_panel(without_lr(presentable(contest)))
    kept = _rows(contest, detail.most)
    have, all_of = sum(map(len, kept)), sum(len(one.trajectory.loss) for one in contest.contestants)
    told = "Every step is stored" if have == all_of else f"Of {plural(all_of, 'step')} {have:,} are stored"
    return {
        "kind": "race",
        "title": contest.name,
        "words": [
            f"{contest.function.title} · {plural(contest.steps, contest.unit)} from {short(contest.start[0])}, "
            f"{short(contest.start[1])}"
        ],
        "notes": [" ".join(sentences(contest))],
        "box": contest.surface.box,
        "start": contest.start,
        "minima": contest.function.minima,
        **_ground(contest, detail.cells),
        "cost": {"label": costs(contest), "most": dearest(contest)},
        "loss": _losses(contest),
        "scheduled": any(one.chain for one in contest.contestants),
        "entries": [
            _entry(contest, one, index, rows, detail.digits)
            for index, (one, rows) in enumerate(zip(contest.contestants, kept, strict=True))
        ],
        "stored": f"{told}, as the engine computed it, to {detail.digits} digits.",
    }


def _one_panel(contest: Contest) -> Contest:
    """Return a race; of one that varies several hyperparameters, what its first panel shows."""
    if not contest.varied:
        return contest
    of_it = [contest.contestants[index] for index in contest.varied[0].entries]
    return replace(contest, contestants=tuple(of_it), varied=())


def _rows(contest: Contest, most: int) -> list[IntArray]:
    """Return the rows of each path that are stored: all, or the ends and extremes of equal parts of it."""
    paths = [one.trajectory for one in contest.contestants]
    if sum(len(one.loss) for one in paths) * _PER_ROW <= most:
        return [np.arange(len(one.loss)) for one in paths]
    for columns in fewer_columns():
        kept = [np.unique(np.concatenate([decimate(row, columns) for row in (*one.path.T, one.loss)])) for one in paths]
        if sum(map(len, kept)) * _PER_ROW <= most:
            break
    return kept


def _entry(contest: Contest, one: Contestant, index: int, rows: IntArray, digits: int) -> dict[str, Any]:
    path, mean = one.trajectory, one.average
    scheduled = any(other.chain for other in contest.contestants)

    def followed(points: FloatArray, loss: FloatArray) -> dict[str, Any]:
        above = loss[rows] - (contest.function.minimum or 0.0)
        x, y = points[rows].T
        return {"x": numbers(x, digits), "y": numbers(y, digits), "loss": numbers(above, digits)}

    found: dict[str, Any] = {
        "name": one.name,
        "words": _words(one, ranked=ranks(contest)),
        "colour": index,
        **rows_record(rows, len(path.loss)),
        **followed(path.path, path.loss),
        "lr": numbers(np.append(path.lr, path.lr[-1:])[rows] if scheduled else path.lr[:1], digits),
    }
    if contest.unit != "step":
        found["spent"] = np.diff(spent(contest, one)[rows].astype(np.int64), prepend=0).tolist()
    if mean is not None:
        found["average"] = {"name": f"{one.name}, {mean.words}", **followed(mean.path, mean.loss)}
    return found


def _words(one: Contestant, *, ranked: bool) -> str:
    """Say how an entry did, in a few words."""
    lr = f"lr {short(one.lr)} ({one.lr_source})"
    if one.diverged:
        return f"{lr}, diverged"
    if one.outside:
        return f"{lr}, left the domain"
    told = f"rank {one.rank}, {lr}" if ranked and one.rank is not None else lr
    if one.steps_to_tolerance is not None:
        return f"{told}, arrived after {plural(one.steps_to_tolerance, 'step')}"
    return told


def _losses(contest: Contest) -> dict[str, Any]:
    """Return what the axis of the losses is called, where a log one may begin and end, and the tolerance."""
    first = max(float(contest.contestants[0].trajectory.loss[0]) - (contest.function.minimum or 0.0), 1e-300)
    known = contest.tolerance is not None
    return {
        "label": loss_words(contest),
        "log": known,
        "tolerance": contest.tolerance,
        "least": BELOW * contest.tolerance if contest.tolerance is not None else None,
        "largest": ABOVE * first if math.isfinite(first) else None,
    }


def _ground(contest: Contest, cells: int) -> dict[str, Any]:
    """Return the surface: which band each cell lies in, as a PNG of greys, and its contour lines."""
    values = contest.surface.values
    step = -(-max(values.shape) // cells)
    seen = values[::step, ::step]
    scale = bands(values, contest.function.minimum)
    (left, right), (low, high) = contest.surface.box
    places = np.rint(scale.of(seen) * 255).astype(np.uint8)
    picture = io.BytesIO()
    Image.fromarray(places[::-1]).save(picture, "PNG", compress_level=9)
    heights = values - scale.minimum
    if scale.logarithmic:
        heights = np.log10(np.maximum(heights, 1e-300))
    rows, columns = values.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = low + (np.arange(rows) + 0.5) * (high - low) / rows
    found = contourpy.contour_generator(x, y, np.ma.masked_invalid(heights))
    fine = max(right - left, high - low) / cells
    contours = []
    for level in scale.levels():
        lines: Any = found.lines(math.log10(level) if scale.logarithmic else level)
        if len(lines) <= _LINES:
            contours.append({"level": short(level), "lines": [_thinned(line, fine) for line in lines]})
    return {
        "ground": "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode(),
        "contours": [one for one in contours if one["lines"]],
        "scale": ", ".join(scale.words()),
    }


def _thinned(line: FloatArray, fine: float) -> list[float | int | None]:
    """Return x, y, x, y, ... of a contour line, [n, 2], of points about `fine` apart along it, and its end."""
    way = np.hypot(*np.diff(line, axis=0, prepend=line[:1]).T).cumsum() // fine
    kept = np.flatnonzero(np.diff(way, prepend=-1.0) > 0)
    return numbers(line[np.union1d(kept, len(line) - 1)].ravel(), 5)
