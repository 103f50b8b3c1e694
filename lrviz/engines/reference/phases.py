"""The named parts of a curve, and the ticks at which something happens to it, for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from lrviz.engines.reference.construction import Turn, WatchingTurn
from lrviz.engines.reference.line import Line
from lrviz.foundation.beats import spacing
from lrviz.results import Mark, Phase
from lrviz.schedulers.facts import Span

MOST = 400
"""More phases or marks than this would not help a reader; then there are none."""


def phases(turns: Sequence[Turn | WatchingTurn], line: Line) -> tuple[Phase, ...]:
    """Return the phases of a run; where several schedulers act at once their names are joined by " + "."""
    rows = line.rows
    named: list[tuple[int, int, Span]] = []
    for turn in turns:
        if isinstance(turn, Turn):
            for part in _spans(turn, line):
                named.append(part)
                if len(named) > MOST:
                    return ()
    watched = any(isinstance(turn, WatchingTurn) for turn in turns)
    edges = sorted({0, rows, *(start for start, _, _ in named), *(stop for _, stop, _ in named)})
    merged: list[Phase] = []
    for start, stop in pairwise(edges):
        here: dict[str, Span] = {}
        for first, last, span in named:
            if first <= start and stop <= last:
                here.setdefault(span.label, span)
        telling = [label for label, span in here.items() if not span.rests] or ([] if watched else list(here))
        label = " + ".join(telling)
        if merged and merged[-1].label == label and label != "":
            merged[-1] = replace(merged[-1], stop=stop)
        elif label:
            merged.append(Phase(start, stop, label, here[telling[0]].kind))
    return tuple(merged)


def marks(turns: Sequence[Turn | WatchingTurn], reductions: Iterable[int], line: Line) -> tuple[Mark, ...]:
    """Return milestones, drops, restarts and reductions, each at the first row it acts in."""
    rows = line.rows
    found: list[Mark] = []
    for turn in turns:
        if isinstance(turn, Turn):
            if turn.entered and line.row(int(turn.when[0])) < rows:
                found.append(Mark(line.row(int(turn.when[0])), turn.live.leaf.name, "milestone"))
            for event in turn.live.leaf.events(turn.at.stop):
                row = _row(turn, event.tick, line)
                if event.tick >= turn.at.first and row < rows:
                    found.append(Mark(row, event.label, event.kind))
                if len(found) > MOST:
                    return ()
    reduced = (line.row(moment) for moment in reductions)
    found += [Mark(row, "reduced", "reduction") for row in reduced if row < rows]
    return tuple(sorted(found, key=lambda mark: mark.tick)) if len(found) <= MOST else ()


def _row(turn: Turn, tick: int, line: Line) -> int:
    """Return the first row in which one of a leaf's own ticks is in force."""
    index = turn.at.step_at(tick)
    if index < 0:
        return line.row(max(-1, int(turn.when[0]) + index * spacing(turn.when)))
    return line.row(int(turn.when[index])) if index < len(turn.when) else line.rows


def _spans(turn: Turn, line: Line) -> Iterator[tuple[int, int, Span]]:
    """Yield start and stop of the parts of one turn, in rows of the run, and what they are.

    The lr that a leaf has set holds until another takes over, so its last part ends where the next turn
    begins; a first stage is in force from row 0.
    """
    ends = line.row(int(turn.when[-1]) + spacing(turn.when))
    for span in turn.live.leaf.spans(turn.live.base_lr):
        start = _row(turn, span.start, line)
        if start >= ends:
            return
        stop = ends if span.stop is None else min(_row(turn, span.stop, line), ends)
        if stop > start:
            yield start, stop, span
