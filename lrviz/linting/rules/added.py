"""Parameter groups that are added while a schedule runs."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity

_ABOVE = 1.01
"""How far above the lr that it was given a group has to come."""


class AddedGroupOvershoots(Rule):
    """A group that is added during a warm-up, which then takes its lr above the one that it was given.

    A warm-up multiplies the current lr until it has made up for its first factor. A group that is added later begins
    at its full lr, and the rest of the warm-up multiplies that: with torch's defaults by up to three.
    """

    id = "LR050"
    name = "added-group-overshoots"
    severity = Severity.error
    fires = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: head}
    - {name: backbone, lr: 0.01, added: 2ep}
scheduler: {name: LinearLR, start_factor: 0.1, total_iters: 5}
"""
    near = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: head}
    - {name: backbone, lr: 0.01, added: 5ep}
scheduler: {name: LinearLR, start_factor: 0.1, total_iters: 5}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        document = at.document
        for index, row in enumerate(document.added_rows):
            given = at.given[index]
            highest = 0.0 if row is None else float(at.lr[row:, index].max())
            if row is None or not 0 < _ABOVE * given < highest:
                continue
            done = [(one.row(one.scheduler.warms_up), one) for one in at.acting if self._runs(one, row)]
            if not done:
                continue
            last, one = max(done, key=lambda each: each[0])
            yield Found(
                ("optimizer", "groups", index, "added"),
                f"the group is added at {at.noun} {row:,}, and the warm-up of {one.scheduler.name} lasts to {at.noun} "
                f"{last:,}: its lr rises to {short(highest)}, {highest / given:.3g} times the "
                f"{short(given)} that it was given",
                self._fix(index, last, at),
            )

    @staticmethod
    def _runs(one: Acting, row: int) -> bool:
        """Tell whether a warm-up is still running in a row."""
        return bool(one.scheduler.warms_up) and one.ticks > 0 and one.start <= row < one.row(one.scheduler.warms_up)

    @staticmethod
    def _fix(index: int, row: int, at: Subject) -> tuple[Edit, ...]:
        """Add it, and the groups that are added before that, when the warm-up is over."""
        document = at.document
        if row >= at.rows:
            return ()
        each = document.epoch_steps
        step = row * document.row_steps
        when = f"{step}ba" if step % each or (each == 1 and document.unit == "step") else f"{step // each}ep"
        late = [later for later, added in enumerate(document.added_rows) if later >= index and (added or 0) < row]
        return tuple(Edit(("optimizer", "groups", later, "added"), when) for later in late)
