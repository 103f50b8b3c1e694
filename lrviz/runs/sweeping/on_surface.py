"""The problem of sweeps on a surface: a grid of points for each entry, in tiles of about equal work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import override

from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.numerals import short
from lrviz.foundation.printable import printable
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import Protocol, Swept, SweptEntry, Tiles
from lrviz.runs.racing.surface import objective
from lrviz.runs.racing.terms import Terms
from lrviz.runs.racing.tuning import tune
from lrviz.runs.sweeping.borders import border
from lrviz.runs.sweeping.plane import Conditions, PlaneTile, set_for_each
from lrviz.runs.sweeping.problem import QUARTILES, Problem, best, given_lr
from lrviz.runs.sweeping.scheduled import schedule_words
from lrviz.runs.sweeping.tile import Arrays

_WORK = 20_000_000
"""Steps of paths in a tile: a fraction of a second, so that little is lost when a sweep is interrupted."""
_FEWEST, _MOST = 1024, 65_536
"""Paths in a tile, however long they are: fewer are slow, more fill the memory."""
_KEPT = 4_000_000
"""Points, or values of scheduled learning rates, that a tile keeps at once: 32 MB or so."""


@dataclass(frozen=True, slots=True, eq=False)
class OnSurface(Problem):
    """Entries on a surface. told: the settings of each subject that are not swept, in words."""

    conditions: Conditions
    told: tuple[str, ...]

    @classmethod
    def of(cls, document: SweepDocument) -> OnSurface:
        """Return the problem of a document; where an lr is neither given nor swept, it is chosen as in a race."""
        race = document.race
        terms = Terms.of(race)
        conditions = Conditions(
            terms.function, terms.start, document.starts, terms.steps, race.noise, race.seed, race.clip, terms.averaging
        )
        subjects, told = [], []
        for subject in document.subjects:
            found, words = _with_lr(subject, document, terms)
            subjects.append(found)
            told.append(words)
        return cls(document, tuple(subjects), conditions, tuple(told), warnings=terms.warnings)

    @property
    def order(self) -> tuple[int, ...]:
        """The axes in the order in which the grid is cut: lr last: paths that differ in it alone are stepped as one."""
        keys = self.document.keys
        return tuple(sorted(range(len(keys)), key=lambda index: keys[index] == "lr"))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the grid, its axes in that order."""
        return tuple(len(self.document.values[index]) for index in self.order)

    @property
    @override
    def fields(self) -> Mapping[str, str]:
        if self.document.over_start:
            return {"median": "f8", "diverged": "f8", "basin": "i8", "arrived": "f8"}
        return QUARTILES

    @override
    def tile(self, subject: Subject, first: int, last: int) -> PlaneTile:
        keys = tuple(self.document.keys[index] for index in self.order)
        values = tuple(self.document.values[index] for index in self.order)
        return PlaneTile(subject, keys, values, first, last, self.conditions)

    @override
    def size(self, subject: Subject) -> int:
        steps, starts = self.conditions.steps, self.conditions.starts
        paths = min(max(_WORK // steps, _FEWEST), _MOST)
        if subject.entry.schedule is not None or isinstance(subject.optimizer, LBFGS):
            paths = min(paths, _KEPT // steps)
        points = paths // starts
        if not self.document.over_start:
            # Values of other keys are stepped separately, and a few paths take as long as many.
            each, axes = set_for_each(subject), zip(self.document.keys, self.document.values, strict=True)
            together = starts * int(np.prod([len(values) for key, values in axes if key in each]))
            points = points * min(together, _FEWEST) // _FEWEST
        return max(1, points)

    @override
    def put_together(self, arrays: Arrays, tiles: Tiles) -> Swept:
        document, conditions = self.document, self.conditions
        race, function, judge = document.race, conditions.function, conditions.judge
        entries = []
        for index, (subject, told) in enumerate(zip(self.subjects, self.told, strict=True)):
            # There are at most two axes: the order is its own inverse.
            own: dict[str, Any] = {
                name: np.ascontiguousarray(array[index].reshape(self.shape).transpose(self.order))
                for name, array in arrays.items()
            }
            median = own["median"]
            entries.append(
                SweptEntry(
                    subject.entry.label, printable(subject.entry.name), told, median, own.get("low", median),
                    own.get("high", median), own["diverged"], own.get("basin"), own.get("arrived"),
                    best(median, own["diverged"]), border(subject, document, function),
                )
            )  # fmt: skip
        terms = [f"noise {short(race.noise)}"] if race.noise else []
        terms += [f"gradients clipped to {short(race.clip)}"] if race.clip is not None else []
        terms += [f"{race.average.words} of the path"] if race.average else []
        return Swept(
            name=printable(document.title),
            function=objective(function),
            record={"function": {"name": function.name}},
            start=conditions.start,
            first=self._first(),
            tolerance=None if judge is None else judge.tolerance,
            starts=conditions.starts,
            steps=conditions.steps,
            axes=self.axes,
            entries=tuple(entries),
            tiles=tiles,
            told=tuple(terms),
        )

    def _first(self) -> float:
        """Return the loss at the race's start."""
        function, start = self.conditions.function, self.conditions.start
        return float(function.value(np.array(start[:1]), np.array(start[1:]))[0]) - (function.minimum or 0.0)


def _with_lr(subject: Subject, document: SweepDocument, terms: Terms) -> tuple[Subject, str]:
    """Return a subject with an lr, and a note on it: if it is not given, it is tuned as in a race."""
    entry = subject.entry
    if entry.schedule is not None:
        return subject, schedule_words(subject, document)
    if "lr" in document.keys:
        return subject, ""
    if terms.judge is None or not terms.tuned(entry):
        return subject, given_lr(subject)
    protocol = Protocol(tuned=True, seed=document.race.seed, clip=document.race.clip)
    found = tune(entry.optimizer, terms.judge, terms.start, terms.steps, protocol)
    chosen = replace(entry, optimizer=entry.optimizer.with_lr(found.lr))
    return replace(subject, entry=chosen), f"lr {short(found.lr)}, tuned"
