"""A warm-up that is most of the run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.results import FloatArray
from lrviz.schedulers import OneCycleLR, SequentialLR
from lrviz.schedulers.torch.lambda_lr import LambdaLR

_MOST = 0.5
_SAME = 1e-9
_SHARE, _LEAST = "0.05dur", 20
"""A usual warm-up, and the ticks of a run from which on that is at least one of them."""


class MostlyWarmUp(Rule):
    """A warm-up that takes more than half of the run.

    A warm-up is there to survive the first updates; the lr that the document is about is used only after it. Usual
    are 1% to 10% of the run, 30% in the one-cycle policy.
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
        path = one.field("total_iters") if one.scheduler.warms_up else one.path
        if at.miscounted(path):
            return
        yield Found(
            path,
            f"the lr rises until {at.noun} {top:,} of {at.rows:,}, {top / at.rows:.0%} of the run, before it has its "
            f"peak of {short(highest)}",
            self._fix(one),
        )

    @staticmethod
    def _warms_up(one: Acting, top: int) -> bool:
        """Tell whether a scheduler begins the run, and may have a warm-up that ends in a row."""
        own = one.scheduler
        if one.start or not one.ticks or top >= (one.row(own.warms_up) + 1 if own.warms_up else one.stop):
            return False
        # LR015 says what a cycle of another length does.
        whole = isinstance(own, OneCycleLR) and own.length == one.ticks
        return whole or bool(own.warms_up) or isinstance(own, LambdaLR)

    @staticmethod
    def _top(lr: FloatArray) -> int:
        return int((lr >= lr.max() * (1 - _SAME)).argmax())

    @staticmethod
    def _rises(lr: FloatArray) -> bool:
        return bool((np.diff(lr) >= -_SAME * abs(lr[-1])).all())

    @staticmethod
    def _fix(one: Acting) -> tuple[Edit, ...]:
        """Return a usual length; none where a stage ends with the warm-up, and those after it would move too."""
        if any(isinstance(parent, SequentialLR) for parent, _ in one.parents) or one.clock.ticks < _LEAST:
            return ()
        if isinstance(one.scheduler, OneCycleLR):
            return (Edit(one.field("pct_start"), 0.3),)
        return (Edit(one.field("total_iters"), _SHARE),) if one.scheduler.warms_up else ()
