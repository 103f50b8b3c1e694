"""A warm-up that takes most of the run, or all of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.cycles import whole_cycles
from lrviz.results import FloatArray

_MOST = 0.5
_SAME = 1e-9
_SHARE, _LEAST = "0.05dur", 20
"""A usual warm-up, and the ticks of a run from which on that is at least one of them."""


class PeakNotReached(Rule):
    """A rise that is longer than the run.

    The intended lr is never reached: the whole run is a warm-up.
    """

    id = "LR004"
    name = "peak-not-reached"
    severity = Severity.error
    fires = """\
epochs: 20
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 50}
"""
    near = """\
epochs: 20
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 5}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            rise = self._rise(one)
            if rise is None:
                continue
            key, top = rise
            path = one.field(key)
            if not 1 < one.ticks <= top or not at.ends_run(one) or at.miscounted(path):
                continue
            given = getattr(one.scheduler, key) or "longer than the run"
            told = f"{key} is {given}, but it runs for {plural(one.ticks, one.noun)}"
            if at.foreign is not None:
                told = f"{at.key(path).rpartition('.')[2]} is longer than the run of {plural(at.rows, at.noun)}"
            yield Found(path, f"{told}: the highest lr of the run is {short(max(at.peaks))}", self._fix(one, path, at))

    @staticmethod
    def _rise(one: Acting) -> tuple[str, int] | None:
        """Return the length that is to fit the run, and the tick of the top; None where nothing rises at first."""
        own, first = one.scheduler, one.first
        if first is None or not first.key:
            return None
        at_first = own.cycle(1)
        if at_first is not None:
            # Cycles that begin at their top have nothing to reach.
            return (first.key, getattr(own, first.key)) if at_first.height == 0 else None
        if own.run_length is not None and first.lifts:
            key, length = own.run_length
            return (key, length - 1 if first.stop is None else first.stop) if getattr(own, key) == length else None
        # A later stage that begins low is a drop.
        return (first.key, first.stop or 0) if first.lifts and not one.later else None

    @staticmethod
    def _fix(one: Acting, path: Path, at: Subject) -> tuple[Edit, ...]:
        if one.scheduler.cycle(one.ticks) is not None:
            return whole_cycles(one, at, max(2, one.ticks // 2))
        return (Edit(path, at.ticks(one, one.ticks) if one.scheduler.run_length is not None else _SHARE),)


class MostlyWarmUp(Rule):
    """A warm-up that takes more than half of the run.

    A warm-up is there to get through the first updates; the intended lr is used only after it. 1% to 10%
    of the run is usual, 30% in the one-cycle policy.
    """

    id = "LR045"
    name = "mostly-warm-up"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 80}
"""
    near = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 8}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        group = int(np.argmax(at.peaks))
        top, highest = self._top(at.lr[:, group]), at.peaks[group]
        # A run that rises to its end is a range test, or LR004's; a group that rises beside others is added late.
        if not _MOST * at.rows < top < at.rows - 1 or not all(map(self._rises, at.lr[: top + 1].T)):
            return
        one = next((one for one in at.acting if self._warms_up(one, top)), None)
        if one is None:
            return
        first = one.first
        path = one.field(first.key) if first is not None and one.scheduler.warms_up else one.path
        if at.miscounted(path):
            return
        yield Found(
            path,
            f"the lr rises until {at.noun} {top:,} of {at.rows:,}, {top / at.rows:.0%} of the run, before it "
            f"reaches its peak of {short(highest)}",
            self._shorter(one),
        )

    @staticmethod
    def _warms_up(one: Acting, top: int) -> bool:
        """Tell whether a scheduler begins the run, and may have a warm-up that ends in a row."""
        own = one.scheduler
        if one.start or not one.ticks or top >= (one.row(own.warms_up) + 1 if own.warms_up else one.stop):
            return False
        # LR015 says what a cycle of another length does.
        whole = own.run_length is not None and own.run_length[1] == one.ticks
        return whole or bool(own.warms_up) or (own.assigns and bool(own.formula))

    @staticmethod
    def _top(lr: FloatArray) -> int:
        return int((lr >= lr.max() * (1 - _SAME)).argmax())

    @staticmethod
    def _rises(lr: FloatArray) -> bool:
        return bool((np.diff(lr) >= -_SAME * abs(lr[-1])).all())

    @staticmethod
    def _shorter(one: Acting) -> tuple[Edit, ...]:
        """Return a usual length; none where a stage ends with the warm-up, and those after it would move too."""
        first = one.first
        if first is None or one.staged or one.clock.ticks < _LEAST:
            return ()
        if one.scheduler.run_length is not None:
            return (Edit(one.field(first.key), 0.3),)
        return (Edit(one.field(first.key), _SHARE),) if one.scheduler.warms_up else ()
