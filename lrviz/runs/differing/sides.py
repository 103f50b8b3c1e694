"""A source as one of two that are compared: its values over one unit, whatever kind of source it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import UsageError
from lrviz.foundation.numerals import plural
from lrviz.results import Convention, Curves, FloatArray, IntArray, Logged, Track, Unit

AS_IT_IS = Convention("the update's own lr", 0)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The values of one source. source: as it was typed; steps: how many updates or epochs long it is.

    stated: whether it says how many updates an epoch has. document: the one it was simulated from, if any.
    conventions, tolerance: of a log, see `lrviz.results.Logged`. updates: where its last epoch is cut off.
    survival: a sentence on how long its updates survive weight decay, if that was asked for.
    """

    source: str
    tracks: tuple[Track, ...]
    unit: Unit
    steps: int
    steps_per_epoch: int
    stated: bool
    document: ScheduleDocument | None = None
    conventions: tuple[Convention, ...] = (AS_IT_IS,)
    tolerance: float = 0.0
    updates: int | None = None
    survival: str = ""

    @classmethod
    def of_curves(
        cls,
        source: str,
        curves: Sequence[Curves],
        document: ScheduleDocument | None = None,
        quantity: str = "lr",
    ) -> Side:
        """Return curves as a side, with all groups of all optimizers of one source.

        Raises UsageError where they have no such hyperparameter.
        """
        first = curves[0]
        tracks = tuple(track for one in curves for track in _tracks(one, quantity, several=len(curves) > 1))
        if not tracks:
            raise UsageError(f"--param {quantity}: {source} has none")
        rate, steps = first.steps_per_epoch, max(one.steps for one in curves)
        stated = rate > 1 or (document is not None and _states_epochs(document))
        told = "; ".join(one.footnote for one in curves if one.footnote)
        # A document with `steps` counts updates, although an epoch of unknown length is one step.
        counted = rate == 1 and document is not None and document.length_key == "steps"
        unit: Unit = "step" if counted else first.unit
        return cls(source, tracks, unit, steps, rate, stated, document, updates=first.updates, survival=told)

    @classmethod
    def of_log(cls, source: str, logged: Logged) -> Side:
        """Return a log as a side, in which not every update has a value."""
        tracks = tuple(Track(one.name, one.at, one.lr, logged.resolution) for one in logged.groups)
        steps = max(int(one.at[-1]) + 1 for one in tracks)
        conventions = logged.conventions or (AS_IT_IS,)
        return cls(source, tracks, logged.unit, steps, 1, False, conventions=conventions, tolerance=logged.tolerance)

    @property
    def is_log(self) -> bool:
        """Whether it is a log, in which not every update has a value."""
        return self.tolerance > 0

    def under(self, convention: Convention) -> Side:
        """Return a log whose values belong to other updates, under a convention."""
        if convention.shift == 0:
            return self
        return replace(self, tracks=tuple(replace(one, at=one.at + convention.shift) for one in self.tracks))

    def between(self, start: int, stop: int) -> Side:
        """Return the part from `start` (included) to `stop` (excluded)."""
        parts = []
        for one in self.tracks:
            first, last = np.searchsorted(one.at, [start, stop])
            parts.append(replace(one, at=one.at[first:last], lr=one.lr[first:last]))
        return replace(self, tracks=tuple(parts), steps=min(self.steps, stop))

    def in_updates(self, rate: int, longest: int | None = None) -> Side:
        """Return it with the value of each epoch at each of its `rate` updates; of a log at the last one.

        longest: updates of the run that it is compared with, of which the last epoch may be shorter.
        """
        if self.unit == "step":
            return self
        if self.is_log:
            ends = (replace(one, at=_last_updates(one.at, rate, longest)) for one in self.tracks)
            return replace(self, tracks=tuple(ends), unit="step", steps=self.steps * rate, steps_per_epoch=rate)
        steps = min(self.steps * rate, self.updates or self.steps * rate)
        tracks = tuple(Track(one.name, np.arange(steps), one.lr.repeat(rate)[:steps]) for one in self.tracks)
        return replace(self, tracks=tracks, unit="step", steps=steps, steps_per_epoch=rate)


def _tracks(curves: Curves, quantity: str, *, several: bool) -> Iterator[Track]:
    table: FloatArray | None = curves.lr if quantity == "lr" else curves.params.get(quantity)
    for index, group in enumerate(curves.groups if table is not None else ()):
        name = f"{curves.name}: {group}" if several and len(curves.groups) > 1 else curves.name if several else group
        assert table is not None
        yield Track(name, np.arange(curves.steps), np.ascontiguousarray(table[:, index]))


def _last_updates(epochs: IntArray, rate: int, longest: int | None) -> IntArray:
    """Return the last update of each epoch; the run may end in the middle of its last epoch."""
    last = (epochs + 1) * rate - 1
    if longest is not None:
        last = np.where(epochs * rate < longest, np.minimum(last, longest - 1), last)
    return last


def _states_epochs(document: ScheduleDocument) -> bool:
    return document.steps_per_epoch is not None or document.epoch_batches is not None


def in_one_unit(a: Side, b: Side) -> tuple[Side, Side, tuple[str, ...]]:
    """Return both sides over epochs, where both have one value an epoch, else over updates; and what was assumed.

    Raises UsageError where one counts epochs of unknown length, and the other updates.
    """
    if a.unit == b.unit == "epoch":
        if a.steps_per_epoch == b.steps_per_epoch or not (a.stated and b.stated):
            return a, b, ()
        told = f"an epoch has {a.steps_per_epoch:,} updates in A and {b.steps_per_epoch:,} in B"
        return a.in_updates(a.steps_per_epoch), b.in_updates(b.steps_per_epoch), (told,)
    notes: list[str] = []
    for one, other in ((a, b), (b, a)):
        if one.unit == "epoch" and not one.stated:
            rate = other.steps_per_epoch
            if one.is_log:
                if rate == 1 and not other.stated:
                    raise UsageError(
                        f"{one.source} counts epochs, and {other.source} updates, and neither says how many updates an "
                        f"epoch has{'' if other.document is None else f': set steps_per_epoch in {other.source}'}"
                    )
                told = f"a value of {one.source}, which counts epochs, is taken as that of the last of the"
                notes.append(f"{told} {rate:,} updates of its epoch")
                continue
            if rate == 1 and other.steps > one.steps:
                told = f"{one.source} has a value for each of {plural(one.steps, 'epoch')}, and does not say how many"
                raise UsageError(
                    f"{told} updates an epoch has; {other.source} has {plural(other.steps, 'update')}: set "
                    f"steps_per_epoch in {one.source}"
                )
            words = f"taken as {rate:,} updates, as in {other.source}" if rate > 1 else "taken as one update"
            notes.append(f"an epoch of {one.source}, which does not say how long it is, is {words}")
    rates = [other.steps_per_epoch if not one.stated else one.steps_per_epoch for one, other in ((a, b), (b, a))]
    return a.in_updates(rates[0], b.steps), b.in_updates(rates[1], a.steps), tuple(notes)
