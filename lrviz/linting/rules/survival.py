"""How long an update survives weight decay."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.survival import half_life
from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Found, Rule, Severity
from lrviz.results import FloatArray

_SOON = 0.01
"""The share of the run within which half of an update may be gone at the earliest."""
_STEPS = ("steps_per_epoch", "batches_per_epoch", "dataset_size", "steps")
"""The keys that say how many updates the run really has."""


class UpdatesForgotten(Rule):
    """A weight decay that takes half of every update within a hundredth of the run, or of none before its end.

    Decoupled weight decay keeps an average over updates: each of them loses half its weight in ln 2 / (lr weight_decay)
    updates. Far shorter than the run, nearly all of the training is forgotten; longer than the run, weight decay
    changes next to nothing. Its half-life belongs to the run's length (arXiv 2405.13698).
    """

    id = "LR055"
    name = "updates-forgotten"
    severity = Severity.note
    fires = """\
steps: 100000
interval: step
optimizer: {name: AdamW, lr: 3e-3, weight_decay: 0.5}
scheduler: {name: ConstantLR, factor: 1.0}
"""
    near = """\
steps: 100000
interval: step
optimizer: {name: AdamW, lr: 3e-4, weight_decay: 0.1}
scheduler: {name: ConstantLR, factor: 1.0}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        document = at.document
        if "weight_decay" in document.scheduled_params or not any(at.written((key,)) for key in _STEPS):
            return
        each = document.row_steps
        updates, told = at.rows * each, set[Path]()
        for index, group in enumerate(document.optimizer.groups):
            path = at.hyperparameter(index, "weight_decay")
            if at.written(path) is None or path in told:
                continue
            decay = reference.row_of(document.optimizer, "weight_decay")[[index]]
            momentum = group.optimizer.hyperparameters().get("momentum", 0.0)
            taken = group.optimizer.shrinkage(at.lr[:, [index]], decay, momentum)
            if taken is None or not taken.any():
                continue
            told.add(path)
            yield from _judged(path, half_life(taken, each), updates, f"weight_decay {short(float(decay[0]))}")


def _judged(path: Path, found: FloatArray, updates: int, words: str) -> Iterator[Found]:
    if np.isnan(found).all():
        yield Found(path, f"{words} takes half of no update before the run's {updates:,} are over: it changes little")
        return
    usual = float(np.nanmedian(found))
    if usual < _SOON * updates:
        share = usual / updates
        yield Found(path, f"{words} takes half of an update within {usual:,.0f} of {updates:,}, {share:.2%} of the run")
