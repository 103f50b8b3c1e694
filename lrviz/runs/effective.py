"""Curves together with the effective lr under momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrviz.foundation.errors import UsageError
from lrviz.results import EFFECTIVE_LR, Curves, FloatArray


def with_effective_lr(curves: Curves, given: Mapping[str, FloatArray]) -> Curves:
    """Return curves with lr (1 - dampening) / (1 - momentum), the step per gradient where the gradient stays the same.

    Under momentum a gradient keeps acting: lr (1 + momentum + momentum² + ...) in all.
    given: momentum, and dampening where the optimizer has it, in the shape of lr or a row; from a momentum of
    1 on the sum diverges, and the value is NaN.
    Raises UsageError where there is no momentum; a beta1 averages gradients and adds nothing to their step.
    """
    if "momentum" not in given:
        raise UsageError(f"{EFFECTIVE_LR}: {curves.source}: {curves.optimizer} has no momentum that sums up gradients")
    forgotten = np.where(given["momentum"] < 1, 1 - given["momentum"], np.nan)
    found = curves.lr * (1 - given.get("dampening", np.zeros(1))) / forgotten
    params = {name: table for name, table in curves.params.items() if name != EFFECTIVE_LR}
    return replace(curves, params={**params, EFFECTIVE_LR: found})
