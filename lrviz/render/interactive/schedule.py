"""Schedules over one another as data for a page: panels of lines over one time axis, with phases and marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.foundation.numerals import counted, plural
from lrviz.render.axes import ScheduleAxes, unlike
from lrviz.render.figures import schedule_words
from lrviz.render.figures.lines import Line, distinct_lines, hidden
from lrviz.render.figures.timeline import Timeline, timeline
from lrviz.render.interactive.stored import PAGE, Detail, numbers, rows_record, stored
from lrviz.render.projection import joined
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.results import HALF_LIFE, Curves, FloatArray, IntArray, Interrupted

_PANELS = {HALF_LIFE: "half-life in updates", "lr": "learning rate"}
_STAIRS = 400
"""A line of more values is drawn straight from one to the next: its stairs are smaller than pixels."""
_MOST = 400
"""Phases, and marks, of a page."""


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A line of a panel. at: [values], the ticks at which each begins to hold, in ticks of its schedule."""

    name: str
    at: IntArray
    values: FloatArray
    colour: int
    dash: int
    scale: float
    whole: float
    end: float
    """The tick up to which the last value holds."""
    unit: str
    look: str
    """As stairs, straight from value to value, from dot to dot, or dashed for what is projected."""


def schedule_view(curves: Sequence[Curves], axes: ScheduleAxes, detail: Detail = PAGE) -> dict[str, Any]:
    """Return schedules as data; detail: how much of it is stored."""
    shared, told = told_apart([joined(one) for one in presentable(curves)])
    axis = timeline(told, ScheduleAxes(axes.log, "time", axes.windows))
    drawn = {name: distinct_lines(told, axis, name) for name in ("lr", *_params(told))}
    panels = {name: [part for line in lines for part in _parts(told, line, name)] for name, lines in drawn.items()}
    panels |= {name: lines for name, lines in [_metrics(told, axis)] if lines}
    lengths = [(stop - start) * scale for (start, stop), scale in zip(axis.windows, axis.scales, strict=True)]
    names = [one.name for one in told]
    said = schedule_words.settings(names) or " vs ".join(names[:4]) + (f" and {len(names) - 4} more" * (len(names) > 4))
    return {
        "title": f"{shared}: {said}" if shared else said,
        "words": [
            *schedule_words.subtitle(told),
            *schedule_words.part(told, axes.ticks(told)),
            *_left_out(told, drawn["lr"]),
        ],
        "notes": [one.footnote for one in told if one.footnote],
        **_record(panels, axis, axes.logarithmic(told), detail),
        "share": axes.x == "share" or (len(told) > 1 and axes.x == "time" and unlike(lengths)),
        **_time_marks(told, axis),
    }


def resume_view(interrupted: Interrupted, detail: Detail = PAGE) -> dict[str, Any]:
    """Return a run that was interrupted as data: as it would have gone on, and as it goes on under each recipe."""
    interrupted = presentable(interrupted)
    curves = interrupted.curves
    axis = timeline([curves])
    start = curves.steps - max((len(one.lr) for one in interrupted.resumed), default=0)
    lines = []
    for group, name in enumerate(curves.groups):
        of = f", {name}" if len(curves.groups) > 1 else ""
        ways = [("uninterrupted", 0, curves.lr)] + [(one.name, start, one.lr) for one in interrupted.resumed]
        for index, (way, first, lr) in enumerate(ways):
            at = np.arange(first, first + len(lr))
            end = float(first + len(lr))
            line = (f"{way}{of}", at, lr[:, group], index, group, axis.scales[0], curves.extent, end, curves.unit)
            lines.append(_Told(*line, "stairs"))
    return {
        "title": curves.name,
        "words": [schedule_words.words(curves)],
        "notes": [],
        **_record({"lr": lines}, axis, False, detail),
        "share": False,
        "spans": [],
        "marks": [{"at": interrupted.at * axis.scales[0], "label": "interrupted", "cause": True}],
    }


def _record(panels: dict[str, list[_Told]], axis: Timeline, log: bool, detail: Detail) -> dict[str, Any]:
    """Return panels as data, with a sentence on what of them is stored."""
    lines = [line for own in panels.values() for line in own]
    kept = stored([line.values for line in lines], detail.most)
    records = [_line(line, rows, detail.digits) for line, rows in zip(lines, kept, strict=True)]
    turn = iter(records)
    return {
        "kind": "schedule",
        "axis": {"label": axis.label, "noun": axis.noun, "other": axis.other},
        "limits": axis.limits,
        "log": log,
        "panels": [
            {"name": _PANELS.get(name) or name.replace("_", " "), "lines": [next(turn) for _ in own]}
            for name, own in panels.items()
        ],
        "stored": _stored_words(lines, kept, detail.digits),
    }


def _line(line: _Told, kept: IntArray, digits: int) -> dict[str, Any]:
    whole = len(kept) == len(line.at) and bool((np.diff(line.at) == 1).all())
    return {
        "name": line.name,
        "colour": line.colour,
        "dash": line.dash,
        "scale": line.scale,
        "whole": line.whole,
        "unit": counted(line.unit),
        "first": int(line.at[0]) if whole and len(kept) else 0,
        "end": line.end,
        "look": "straight"
        if line.look == "stairs" and (len(kept) < len(line.at) or len(kept) > _STAIRS)
        else line.look,
        "values": numbers(line.values[kept], digits),
        **({} if whole else rows_record(line.at[kept], -1)),
    }


def _parts(curves: Sequence[Curves], line: Line, quantity: str) -> Iterable[_Told]:
    """Yield a line as it is recorded, and as it is projected where it goes on."""
    one = curves[line.members[0][0]]
    at, values = np.arange(line.first, line.first + len(line.values)), line.values
    look = "stairs"
    if line.logged is not None and len(line.logged) < len(values):
        at = line.logged[(line.logged >= line.first) & (line.logged < line.first + len(values))]
        values, look = values[at - line.first], "dots"
    name = line.label or (quantity if len(curves) == 1 else one.name)
    seen = int(np.searchsorted(at, line.seen)) if np.isfinite(line.seen) else len(at)
    common = (line.colour, line.dash, line.scale, one.extent)
    if seen:
        end = line.extent if seen == len(at) else float(at[seen])
        yield _Told(name, at[:seen], values[:seen], *common, end, one.unit, look)
    if seen < len(at):
        yield _Told(f"{name}, projected", at[seen:], values[seen:], *common, line.extent, one.unit, "projected")


def _left_out(curves: Sequence[Curves], lines: Sequence[Line]) -> list[str]:
    """Say that of many groups only some are drawn; nothing where all are."""
    count, missing = sum(len(one.groups) for one in curves), sum(hidden(curves, lines))
    return [f"{missing:,} of {count:,} groups are not drawn; --csv has them"] if missing else []


def _metrics(curves: Sequence[Curves], axis: Timeline) -> tuple[str, list[_Told]]:
    """Return the metrics that plateau schedulers watch, each value where its tick ends, and the best of a lone one."""
    found: list[_Told] = []
    label = "metric"
    each = enumerate(zip(curves, axis.scales, axis.windows, strict=True))
    for index, (one, scale, (start, stop)) in each:
        if one.metric is None:
            continue
        label = one.metric.label
        rows = np.flatnonzero((one.metric.ticks >= start) & (one.metric.ticks < stop))
        at = one.metric.ticks[rows] + 1
        end = float(at[-1]) if len(at) else 0.0
        common = (scale, one.extent, end, one.unit)
        name = "metric" if len(curves) == 1 else one.name
        found.append(_Told(name, at, one.metric.values[rows], index, 0, *common, "dots"))
        if len(curves) == 1:
            found.append(_Told("best so far", at, one.metric.best[rows], 1, 0, *common, "stairs"))
    return label, [line for line in found if len(line.at)]


def _params(curves: Sequence[Curves]) -> list[str]:
    return list(dict.fromkeys(name for one in curves for name in one.params))


def _time_marks(curves: Sequence[Curves], axis: Timeline) -> dict[str, Any]:
    """Return phases and marks on the axis; of several schedules the causes only."""
    alone = len(curves) == 1
    marks = [
        {"at": mark.tick * scale, "label": mark.label, "cause": mark.kind == "cause"}
        for one, scale, (start, stop) in zip(curves, axis.scales, axis.windows, strict=True)
        for mark in one.marks
        if start <= mark.tick < stop and (alone or mark.kind == "cause")
    ]
    spans = [
        {"start": max(one.start, axis.windows[0][0]) * axis.scales[0],
         "stop": min(one.stop, axis.windows[0][1]) * axis.scales[0], "label": one.label}
        for one in (curves[0].phases if alone else ())
        if one.start < axis.windows[0][1] and one.stop > axis.windows[0][0]
    ]  # fmt: skip
    return {"spans": spans[:_MOST], "marks": marks[:_MOST]}


def _stored_words(lines: Sequence[_Told], kept: Sequence[IntArray], digits: int) -> str:
    """Say which of the values are stored."""
    have, all_of = sum(map(len, kept)), sum(len(line.at) for line in lines)
    if have == all_of:
        return f"Every value that is drawn is stored, as the engine computed it, to {digits} digits."
    return (
        f"Of {plural(all_of, 'value')} {have:,} are stored, as the engine computed them, to {digits} digits: of equal "
        "parts of each line the first, the last, the lowest and the highest, and more where it changes most. No peak "
        "and no end is lost; --csv has all."
    )
