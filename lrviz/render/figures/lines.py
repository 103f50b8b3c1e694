"""The lines of a picture: one for each curve that differs from the others, named and styled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.render.figures import style
from lrviz.render.figures.timeline import Timeline
from lrviz.render.many_groups import drawn, most_drawn
from lrviz.render.projection import seen
from lrviz.results import Curves, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve, `values` of the ticks from `first` on, drawn up to tick `extent` with `scale` axis units per tick.

    members: (schedule, group) of every curve with exactly these values; the first gives the style.
    cut: whether the run goes on after it; `colour` and `dash` count into the palette and the line styles;
    seen: the tick from which on it is projected, infinite where it is not; logged: of a log, the ticks that have
    values; None where every tick has one.
    """

    label: str
    members: tuple[tuple[int, int], ...]
    values: FloatArray
    first: int
    extent: float
    scale: float
    cut: bool
    colour: int
    dash: int
    seen: float
    logged: IntArray | None = None

    @property
    def end(self) -> float:
        """Where the last tick that is drawn ends on the axis."""
        return self.extent * self.scale


_NAMED = 6
"""The most groups of one line that are all named; of more, half as many are."""
_Curve = tuple[FloatArray, int, float, list[tuple[int, int]]]
"""Values, their first tick, axis units per tick, and whose they are."""


def distinct_lines(curves: Sequence[Curves], axis: Timeline, quantity: str = "lr") -> tuple[Line, ...]:
    """Return the lines of `quantity`, "lr" or a key of `params`, over all schedules that have it.

    Of a schedule with more different curves than `many_groups.most_drawn` only some are lines.

    The colour shows the schedule, or the group if there is only one schedule. Lines are solid; dashes distinguish the
    groups of each of several schedules, and lines that have to share a colour.
    """
    found: list[_Curve] = []
    for schedule, one in enumerate(curves):
        table = one.lr if quantity == "lr" else one.params.get(quantity)
        if table is not None:
            own = _different(found, schedule, table, axis)
            found += [own[index] for index in drawn(len(own), len(curves))]
    several, colours = len(curves) > 1, len(style.PALETTE)
    # Of many groups the few that are drawn are renumbered, so that they have colours of their own.
    drawn_of = [[members[0][1] for *_, members in found if members[0][0] == each] for each in range(len(curves))]
    many = [len(one.groups) > most_drawn(len(curves)) for one in curves]

    def number(schedule: int, group: int) -> int:
        return drawn_of[schedule].index(group) if many[schedule] else group

    return tuple(
        Line(
            label=_label(curves, members),
            members=tuple(members),
            values=values,
            first=start,
            extent=min(curves[schedule].extent, start + len(values)),
            scale=scale,
            cut=start + len(values) < curves[schedule].steps,
            colour=schedule if several else number(schedule, group),
            dash=schedule // colours + number(schedule, group) if several else number(schedule, group) // colours,
            logged=curves[schedule].logged[group].at if curves[schedule].logged else None,
            seen=math.inf if curves[schedule].projected is None else seen(curves[schedule]),
        )
        for values, start, scale, members in found
        for schedule, group in members[:1]
    )


def _different(known: Sequence[_Curve], schedule: int, table: FloatArray, axis: Timeline) -> list[_Curve]:
    """Return those of a schedule's curves that are not known; known ones get more members."""
    (start, stop), scale = axis.windows[schedule], axis.scales[schedule]
    own: list[_Curve] = []
    alike: dict[object, list[_Curve]] = {}
    for one in known:
        alike.setdefault(_key(*one[:3]), []).append(one)
    for group in range(table.shape[1]):
        values = table[start:stop, group]
        here = alike.setdefault(_key(values, start, scale), [])
        same = next((one for one in here if np.array_equal(one[0], values, equal_nan=True)), None)
        if same is None:
            here.append((values, start, scale, [(schedule, group)]))
            own.append(here[-1])
        else:
            same[3].append((schedule, group))
    return own


def _key(values: FloatArray, start: int, scale: float) -> object:
    """Return a key that equal curves share: a few of their values, because most others differ there."""
    few = np.linspace(0, len(values) - 1, 16).astype(int)
    # Adding 0 makes -0 and 0 the same.
    return start, scale, len(values), (values[few] + 0.0).tobytes()


def hidden(curves: Sequence[Curves], lines: Sequence[Line]) -> list[int]:
    """Return how many groups of each schedule have no line."""
    told = [schedule for line in lines for schedule, _ in line.members]
    return [len(one.groups) - told.count(schedule) for schedule, one in enumerate(curves)]


def _label(curves: Sequence[Curves], members: Sequence[tuple[int, int]]) -> str:
    """Name a line: its groups; among several schedules their names, with groups where they differ."""
    if len(curves) == 1:
        return _listed([curves[0].groups[group] for _, group in members]) if len(curves[0].groups) > 1 else ""
    names = []
    for schedule in dict.fromkeys(schedule for schedule, _ in members):
        one = curves[schedule]
        groups = [one.groups[group] for index, group in members if index == schedule]
        whole = len(groups) == len(one.groups)
        names.append(one.name if whole else f"{one.name} / {_listed(groups)}")
    return ", ".join(names)


def _listed(groups: Sequence[str]) -> str:
    """Return the names of groups that have one curve; of many the first few."""
    few = groups if len(groups) <= _NAMED else groups[: _NAMED // 2]
    return ", ".join(few) + (f" and {len(groups) - len(few):,} more" if len(few) < len(groups) else "")
