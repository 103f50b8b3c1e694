"""Curves together with the half-life of each update."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lrviz.engines.reference.survival import half_life
from lrviz.foundation.errors import UsageError
from lrviz.foundation.numerals import short
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.base import Optimizer
from lrviz.results import HALF_LIFE, Curves, FloatArray

NEEDED = ("weight_decay", "momentum", "beta1")
"""The hyperparameters that a half-life follows from, beside lr."""


def with_survival(curves: Curves, optimizer: Optimizer, given: Mapping[str, FloatArray]) -> Curves:
    """Return curves together with the half-life of each update, and a sentence on it.

    given: weight_decay, and momentum or beta1 where the optimizer has one, in the shape of lr or a row.
    Raises UsageError where weight decay does not take a share of the parameters that the lr decides.
    """
    name = optimizer.name
    decay = given.get("weight_decay")
    if decay is None or not np.any(decay):
        raise UsageError(f"--survival: {curves.source}: {name} has no weight decay here, so nothing is forgotten")
    with np.errstate(over="ignore"):
        taken = optimizer.shrinkage(curves.lr, np.broadcast_to(decay, curves.lr.shape), given.get("momentum", 0.0))
    if taken is None:
        told = "joins the gradient, and what it removes depends on that; that of AdamW removes lr times weight_decay"
        raise UsageError(f"--survival: {curves.source}: the weight decay of {name} {told}")
    each = curves.steps_per_epoch if curves.unit == "epoch" else 1
    found = half_life(taken, each)
    params = dict(curves.params) if np.isnan(found).all() else {**curves.params, HALF_LIFE: found}
    return replace(curves, params=params, footnote=_sentence(found, curves.steps * each, given))


def survived(curves: Curves, asked: Sequence[str] = (), optimizer: Optimizer | None = None) -> Curves:
    """Return recorded curves, which hold `NEEDED` where the optimizer has it, likewise; asked: those to keep.

    optimizer: the one that made them, where there is more of it than its name.

    Raises UsageError as `with_survival` does, and for an optimizer that lrviz does not know.
    """
    if optimizer is None:
        cls = OPTIMIZERS.find(OPTIMIZERS.spelled(curves.optimizer))
        if cls is None:
            told = "lrviz does not know how its weight decay works"
            raise UsageError(f"--survival: {curves.source}: {curves.optimizer} was recorded, and {told}")
        optimizer = cls.model_construct(name=curves.optimizer)
    found = with_survival(curves, optimizer, curves.params)
    params = {
        name: table for name, table in found.params.items() if name not in NEEDED or name in asked or _varies(table)
    }
    return replace(found, params=params)


def _varies(table: FloatArray) -> bool:
    return bool((np.nan_to_num(table) != np.nan_to_num(table[:1])).any())


def _sentence(found: FloatArray, updates: int, given: Mapping[str, FloatArray]) -> str:
    if np.isnan(found).all():
        told = f"No update loses half its weight before the {updates:,} updates are over: weight decay is too weak, or"
        told += " the run too short, to change much."
    else:
        low, high = float(np.nanmin(found)), float(np.nanmax(found))
        span = f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"
        told = f"An update has lost half its weight to weight decay after {span} of the {updates:,} updates"
        last = int(np.isnan(found).all(axis=1).argmax()) if np.isnan(found[-1]).all() else 0
        told += (
            f"; those of the last {1 - last / len(found):.0%} of the run keep more than half to its end."
            if last
            else "."
        )
    for name in ("momentum", "beta1"):
        kept = float(np.max(given[name])) if name in given else 0.0
        if 0 < kept < 1:
            within = math.log(2) / -math.log(kept)
            told += f" Under {name} {short(kept)}, half of a gradient's effect comes within {within:,.1f} updates."
    return told
