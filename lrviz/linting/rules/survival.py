"""How long an update survives weight decay."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.survival import half_life
from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity

_SOON = 0.01
"""The share of the run within which half of an update may be gone at the earliest."""
_OFTEN = 5
"""How many half-lives a run has under the weight decay that a fix gives."""
_LARGEST = 1.0
"""The largest weight decay that a fix gives."""
_LOOKED_AT = 2_001
"""Of how many rows the half-life is taken, at most: they are spread over the run, and their median is what counts."""
_STEPS = ("steps_per_epoch", "batches_per_epoch", "dataset_size", "steps")
"""The keys that say how many updates the run really has."""


class UpdatesForgotten(Rule):
    """A weight decay that halves every update within a hundredth of the run, or halves none before its end.

    Under decoupled weight decay the weights are an average over updates: each update loses half its weight in ln 2 /
    (lr weight_decay) updates. If this half-life is far shorter than the run, nearly all of the training is forgotten;
    if it is longer than the run, weight decay changes next to nothing. Choose it by the length of the run (arXiv
    2405.13698).
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
            decay = float(reference.row_of(document.optimizer, "weight_decay")[index])
            momentum = group.optimizer.hyperparameters().get("momentum", 0.0)
            # The library's own default is not a choice of the user.
            chosen = decay != type(group.optimizer).model_fields["weight_decay"].default
            with np.errstate(over="ignore"):
                taken = group.optimizer.shrinkage(at.lr[:, [index]], np.array([decay]), momentum)
            if not chosen or taken is None or not taken.any():
                continue
            told.add(path)
            words = f"weight_decay {short(decay)}"
            some = np.unique(np.linspace(0, at.rows - 1, _LOOKED_AT).astype(np.int64))
            found = half_life(taken, each, some)
            usual = np.nan if np.isnan(found).all() else float(np.nanmedian(found))
            if np.isnan(usual):
                message = f"under {words} no update loses half its weight in all {updates:,}: it changes little"
                wanted = decay * _OFTEN * math.log(2) / float(taken.sum() * each)
                yield Found(path, message, _fix(path, wanted))
            elif usual < _SOON * updates:
                message = f"under {words} an update has lost half its weight after {usual:,.0f} of {updates:,}"
                yield Found(
                    path, f"{message}, {usual / updates:.2%} of the run", _fix(path, decay * usual * _OFTEN / updates)
                )


def _fix(path: Path, decay: float) -> tuple[Edit, ...]:
    """Return the weight decay under which half of an update lasts a fifth of the run; nothing where it is too large."""
    return (Edit(path, float(f"{decay:.1g}")),) if 0 < decay <= _LARGEST else ()
