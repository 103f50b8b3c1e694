"""The lines of a picture: one for each curve that differs from the others, named and styled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.render.figures import style
from lrviz.render.figures.timeline import Timeline
from lrviz.results import Curves, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve, `values` of the ticks from `first` on, drawn up to tick `extent` with `scale` axis units per tick.

    members: (schedule, group) of every curve with exactly these values; the first gives the style.
    cut: whether the run goes on after it; `colour` and `dash` count into the palette and the line styles.
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

    @property
    def end(self) -> float:
        """Where the last tick that is drawn ends on the axis."""
        return self.extent * self.scale


def distinct_lines(curves: Sequence[Curves], axis: Timeline, quantity: str = "lr") -> tuple[Line, ...]:
    """Return the lines of `quantity`, "lr" or a key of `params`, over all schedules that have it.

    The colour tells the schedule, or the group where there is one schedule. Lines are solid; dashes tell the groups
    of one schedule apart among several, and what has the same colour for want of others.
    """
    found: list[tuple[FloatArray, int, float, list[tuple[int, int]]]] = []
    for schedule, one in enumerate(curves):
        table = one.lr if quantity == "lr" else one.params.get(quantity)
        if table is None:
            continue
        for group in range(len(one.groups)):
            (start, stop), scale = axis.windows[schedule], axis.scales[schedule]
            values = table[start:stop, group]
            for other, first, other_scale, members in found:
                if (start, scale) == (first, other_scale) and _same(values, other):
                    members.append((schedule, group))
                    break
            else:
                found.append((values, start, scale, [(schedule, group)]))
    several, colours = len(curves) > 1, len(style.PALETTE)
    return tuple(
        Line(
            label=_label(curves, members),
            members=tuple(members),
            values=values,
            first=start,
            extent=min(curves[schedule].extent, start + len(values)),
            scale=scale,
            cut=start + len(values) < curves[schedule].steps,
            colour=schedule if several else group,
            dash=schedule // colours + group if several else group // colours,
        )
        for values, start, scale, members in found
        for schedule, group in members[:1]
    )


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Compare two curves exactly; a few values first, as most curves differ there."""
    if len(one) != len(other):
        return False
    few = np.linspace(0, len(one) - 1, 16).astype(int)
    return np.array_equal(one[few], other[few], equal_nan=True) and np.array_equal(one, other, equal_nan=True)


def _label(curves: Sequence[Curves], members: Sequence[tuple[int, int]]) -> str:
    """Name a line: its groups; among several schedules their names, with groups where they differ."""
    if len(curves) == 1:
        return ", ".join(curves[0].groups[group] for _, group in members) if len(curves[0].groups) > 1 else ""
    names = []
    for schedule in dict.fromkeys(schedule for schedule, _ in members):
        one = curves[schedule]
        groups = [one.groups[group] for index, group in members if index == schedule]
        whole = len(groups) == len(one.groups)
        names.append(one.name if whole else f"{one.name} / {', '.join(groups)}")
    return ", ".join(names)
