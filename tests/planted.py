"""Schedules as people write them, and faults planted into their curves: what `lrviz diff` has to find again."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrviz.documents.load import document
from lrviz.results import FloatArray, Track
from lrviz.runs.differing.sides import Side
from lrviz.runs.differing.simulated import simulated

Plain = dict[str, Any]
Change = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Plan:
    """A document as plain data, the ticks of its warm-up, and what it gives."""

    plain: Plain
    warm_up: int
    side: Side


def side_of(plain: Plain, source: str = "plan") -> Side:
    """Return what a document gives, by the reference alone."""
    return simulated(document(plain), source)


def plan(rng: random.Random) -> Plan:
    """Return a schedule of one of the usual families, with a warm-up or without, and one group or two."""
    n, lr = rng.choice([60, 90, 120, 200]), rng.choice([0.1, 3e-4, 0.02, 1.0])
    w = rng.choice([0, 3, 5, 10])
    left = n - w
    decays: tuple[Plain, ...] = (
        {"name": "CosineAnnealingLR", "T_max": left, "eta_min": rng.choice([0.0, lr / 100])},
        {"name": "LinearLR", "start_factor": 1.0, "end_factor": rng.choice([0.01, 0.1]), "total_iters": left},
        {"name": "StepLR", "step_size": rng.randint(8, left // 3), "gamma": rng.choice([0.1, 0.3, 0.5])},
        {"name": "ExponentialLR", "gamma": rng.choice([0.9, 0.95, 0.98])},
        {"name": "PolynomialLR", "total_iters": left, "power": rng.choice([0.9, 1.0, 2.0])},
        {"name": "MultiStepLR", "milestones": sorted(rng.sample(range(5, left), 3)), "gamma": 0.2},
        {"name": "CosineAnnealingWarmRestarts", "T_0": rng.randint(10, left // 2)},
    )
    scheduler: Plain
    shape = rng.randrange(len(decays) + 2)
    if shape == len(decays):
        w = 0
        scheduler = {"name": "OneCycleLR", "max_lr": lr, "total_steps": n, "cycle_momentum": False}
    else:
        rise = {"name": "LinearLR", "start_factor": rng.choice([0.001, 0.01, 0.1]), "total_iters": max(w, 1)}
        hold: Plain = {"name": "ConstantLR", "factor": 1.0, "total_iters": 1}
        fall: Plain = {"name": "LinearLR", "start_factor": 1.0, "end_factor": 0.01, "total_iters": n // 4}
        if shape > len(decays):
            w = max(w, 3)
            stages: Plain = {"milestones": [w, n - n // 4], "schedulers": [{**rise, "total_iters": w}, hold, fall]}
            scheduler = {"name": "SequentialLR", **stages}
        elif w:
            scheduler = {"name": "SequentialLR", "milestones": [w], "schedulers": [rise, decays[shape]]}
        else:
            scheduler = decays[shape]
    plain: Plain = {"epochs": n, "optimizer": {"name": "SGD", "lr": lr}, "scheduler": scheduler}
    if rng.random() < 0.4 and shape != len(decays):
        plain["optimizer"]["groups"] = [{"name": "backbone", "lr": lr * 0.1}, {"name": "head"}]
    if rng.random() < 0.3:
        plain["steps_per_epoch"] = rng.choice([3, 7])
    return Plan(plain, w, side_of(plain))


def changed(side: Side, change: Change, *, only: int | None = None) -> Side:
    """Return the curves of all groups, or of one, changed: a side without a document."""
    tracks = tuple(
        Track(one.name, np.arange(len(lr)), lr)
        for index, one in enumerate(side.tracks)
        for lr in [change(one.lr) if only in {None, index} else one.lr]
    )
    return replace(side, source="run", tracks=tracks, steps=max(len(one.lr) for one in tracks), document=None)


def _shifted(rng: random.Random, side: Side, _: Plan) -> Side:
    n = side.steps
    k, first = rng.randint(1, n // 5), rng.randint(n // 5 + 1, n // 2)
    late: Change = lambda lr: np.concatenate([np.full(k, lr[0]), lr[:-k]])  # noqa: E731 - one of three
    early: Change = lambda lr: lr[k:]  # noqa: E731 - likewise
    since: Change = lambda lr: np.concatenate([lr[:first], lr[first - k : -k]])  # noqa: E731 - likewise
    return changed(side, rng.choice([late, early, since]))


def _scaled(rng: random.Random, side: Side, _: Plan) -> Side:
    factor = rng.choice([0.5, 2.0, 8.0, 0.1, 1 / 3, 0.37])
    return changed(side, lambda lr: lr * factor)


def _stretched(rng: random.Random, side: Side, _: Plan) -> Side:
    n = rng.randint(2, 5)
    faster: Change = lambda lr: lr[::n]  # noqa: E731 - one of three: ticks an update
    slower: Change = lambda lr: lr[np.arange(len(lr)) // n]  # noqa: E731 - updates a tick
    held: Change = lambda lr: lr[np.arange(len(lr)) // n * n]  # noqa: E731 - once an epoch
    return changed(side, rng.choice([faster, slower, held]))


def _cut(rng: random.Random, side: Side, _: Plan) -> Side:
    stop = rng.randint(side.steps // 3, side.steps - 3)
    return changed(side, lambda lr: lr[:stop])


def _horizon(rng: random.Random, side: Side, plan: Plan) -> Side | None:
    plain = copy.deepcopy(plan.plain)
    last = plain["scheduler"]
    last = last["schedulers"][-1] if "schedulers" in last else last
    key = next((key for key in ("T_max", "total_iters", "step_size", "T_0", "total_steps") if key in last), None)
    if key is None or side is not plan.side:
        return None
    length = rng.randint(last[key] // 2 + 1, 2 * last[key])
    last[key] = max(length + (length == last[key]), plain["epochs"] + 5 if key == "total_steps" else 1)
    other = side_of(plain, "run")
    # A recording of it has no document.
    return other if rng.random() < 0.5 else replace(other, document=None)


def _restarted(rng: random.Random, side: Side, _: Plan) -> Side:
    k = rng.randint(5, side.steps - 10)
    return changed(side, lambda lr: np.concatenate([lr[:k], lr[: len(lr) - k]]))


def _one_group(rng: random.Random, side: Side, _: Plan) -> Side | None:
    factor, only = rng.choice([10.0, 0.5]), rng.randint(0, 1)
    return changed(side, lambda lr: lr * factor, only=only) if len(side.tracks) > 1 else None


def _warm_up(_: random.Random, side: Side, plan: Plan) -> Side | None:
    """Count the warm-up from 1: (t + 1) / (w + 1), as some libraries do."""
    w = plan.warm_up
    ramp = (np.arange(side.steps) + 1) / (w + 1)
    return changed(side, lambda lr: np.where(ramp < 1, lr.max() * ramp[: len(lr)], lr)) if w else None


def _rounded(rng: random.Random, side: Side, _: Plan) -> Side:
    digits = rng.choice([4, 5, 6, 0])
    if not digits:
        return changed(side, lambda lr: lr.astype(np.float32).astype(np.float64))
    return changed(side, lambda lr: np.array([float(f"{value:.{digits}g}") for value in lr]))


Fault = Callable[[random.Random, Side, Plan], Side | None]

FAULTS: dict[str, Fault] = {
    "shifted": _shifted,
    "scaled": _scaled,
    "stretched": _stretched,
    "cut": _cut,
    "horizon": _horizon,
    "restarted": _restarted,
    "one-group": _one_group,
    "warm-up": _warm_up,
    "rounding": _rounded,
}
"""Every fault, by the name of its explanation; one that is cut is a horizon. None where a plan cannot have it."""

PAIRS = (
    ("shifted", "scaled"),
    ("scaled", "restarted"),
    ("scaled", "stretched"),
    ("one-group", "shifted"),
    ("one-group", "scaled"),
    ("scaled", "rounding"),
    ("shifted", "rounding"),
    ("restarted", "rounding"),
    ("horizon", "scaled"),
    ("warm-up", "scaled"),
    ("cut", "scaled"),
    ("cut", "shifted"),
)
"""Faults that come together."""


def planted(seed: int) -> tuple[tuple[str, ...], Plan, Side]:
    """Return one fault, or in a quarter of all cases two, a plan, and the plan with them; the same for one seed."""
    rng = random.Random(seed)
    while True:
        one = plan(rng)
        names = (rng.choice(list(FAULTS)),) if rng.random() < 0.75 else rng.choice(PAIRS)
        side: Side | None = one.side
        for name in names:
            side = None if side is None else FAULTS[name](rng, side, one)
        if side is not None:
            return names, one, side
