"""The named parts of a curve, and the ticks at which something happens to it, for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from lrviz.engines.reference.construction import Turn, WatchingTurn
from lrviz.results import Mark, Phase
from lrviz.schedulers.facts import Span

MOST = 400
"""More phases or marks than this tell a reader nothing; then there are none."""


def phases(turns: Sequence[Turn | WatchingTurn], rows: int) -> tuple[Phase, ...]:
    """Return the phases of a run; where several schedulers act at once their names are joined by " + "."""
    named: list[tuple[int, int, Span]] = []
    for turn in turns:
        if isinstance(turn, Turn):
            for part in _spans(turn, rows):
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


def marks(turns: Sequence[Turn | WatchingTurn], reductions: Iterable[int], rows: int) -> tuple[Mark, ...]:
    """Return milestones, drops, restarts and reductions, each at the first row it acts in."""
    found: list[Mark] = []
    for turn in turns:
        if isinstance(turn, Turn):
            if turn.entered and turn.when[0] + 1 < rows:
                found.append(Mark(turn.when[0] + 1, turn.live.leaf.name, "milestone"))
            for event in turn.live.leaf.events(turn.at.first + len(turn.when)):
                row = _row(turn, event.tick, rows)
                if event.tick >= turn.at.first and row < rows:
                    found.append(Mark(row, event.label, event.kind))
                if len(found) > MOST:
                    return ()
    found += [Mark(row + 1, "reduced", "reduction") for row in reductions if row + 1 < rows]
    return tuple(sorted(found, key=lambda mark: mark.tick)) if len(found) <= MOST else ()


def _row(turn: Turn, tick: int, rows: int) -> int:
    """Return the first row in which one of a leaf's own ticks is in force."""
    index = tick - turn.at.first
    if index < 0:
        return max(0, turn.when[0] + 1 + index * turn.when.step)
    return turn.when[index] + 1 if index < len(turn.when) else rows


def _spans(turn: Turn, rows: int) -> Iterator[tuple[int, int, Span]]:
    """Yield start and stop of the parts of one turn, in rows of the run, and what they are.

    What a leaf has set holds until another takes over, so its last part ends where the next turn
    begins; a first stage is in force from row 0.
    """
    ends = rows if turn.when[-1] + turn.when.step >= rows else turn.when[-1] + turn.when.step + 1
    for span in turn.live.leaf.spans(turn.live.base_lr):
        start = _row(turn, span.start, rows)
        if start >= ends:
            return
        stop = ends if span.stop is None else min(_row(turn, span.stop, rows), ends)
        if stop > start:
            yield start, stop, span
