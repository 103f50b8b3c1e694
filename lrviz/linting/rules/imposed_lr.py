"""An lr by which a constructor replaces the optimizer's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.one_cycle import warmed_up_twice

_FEW = 6
"""How many groups are named one by one."""
_APART = 1.01
"""How far an lr may lie outside a range and still be its end, written with fewer digits."""


class ScalarFlattensGroups(Rule):
    """One scalar max_lr or base_lr for groups whose learning rates differ.

    OneCycleLR and CyclicLR overwrite the lr of every group with it: the smaller lr of a backbone is lost from the
    first update on. A list gives each group its own.
    """

    id = "LR016"
    name = "scalar-flattens-groups"
    severity = Severity.error
    fires = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: backbone, lr: 0.01}
    - {name: head}
scheduler: {name: OneCycleLR, max_lr: 0.5, total_steps: 30, cycle_momentum: true}
"""
    near = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: backbone, lr: 0.01}
    - {name: head}
scheduler: {name: OneCycleLR, max_lr: [0.05, 0.5], total_steps: 30, cycle_momentum: true}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        given = at.given
        if len(set(given)) == 1 or max(given) <= 0:
            return
        few = ", ".join(map(short, given[:_FEW]))
        said = few if len(given) <= _FEW else f"from {short(min(given))} to {short(max(given))}"
        for one in at.acting:
            own = one.scheduler
            imposed = own.imposed()
            for key in imposed.keys if imposed is not None else ():
                value = getattr(own, key)
                if isinstance(value, float):
                    shared = [float(f"{value * lr / max(given):.6g}") for lr in given]
                    yield Found(
                        one.field(key),
                        f"{key} is {short(value)} for every group, though the optimizer gives them {said}",
                        (Edit(one.field(key), shared),),
                    )


class LrReplaced(Rule):
    """An lr of the optimizer that is outside the range by which OneCycleLR or CyclicLR replaces it.

    Their constructors overwrite the optimizer's lr with max_lr / div_factor, or base_lr. torch does not warn, and the
    lr that the document gives the optimizer has no effect.
    """

    id = "LR043"
    name = "lr-replaced"
    severity = Severity.warning
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.5, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        given = at.given
        if at.foreign is not None:
            return  # LR107 says it of DeepSpeed
        if at.written(("optimizer", "lr")) is None and len(set(given)) == 1:
            return  # nobody asked for torch's default
        for one in at.acting:
            imposed = one.scheduler.imposed()
            # LR019 says what a later stage does to those before it.
            if imposed is None or (one.parents and not warmed_up_twice(one, at)):
                continue
            ends = (imposed.start, imposed.peak)
            low, high = (np.broadcast_to(np.asarray(part, dtype=float), len(given)) for part in ends)
            apart = [
                group
                for group, lr in enumerate(given)
                if not low[group] / _APART <= lr <= high[group] * _APART and at.peaks[group] > 0
            ]
            if not apart or (len(set(given)) > 1 and len(set(high.tolist())) == 1):
                continue  # one range for unlike groups is LR016's
            group = apart[0]
            path = at.hyperparameter(group, "lr")
            alone = not at.document.optimizer.grouped
            yield Found(
                path,
                f"the optimizer's lr{at.group(group)} of {short(given[group])} is never used: {one.scheduler.name} "
                f"starts at {short(float(low[group]))}"
                + (f" and rises to {short(float(high[group]))}" if high[group] > low[group] else ""),
                (Edit(path, float(high[group])),) if alone else (),
            )
            return
