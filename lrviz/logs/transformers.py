"""What Transformers' Trainer logs: `trainer_state.json`, and under which of its two conventions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lrviz.foundation.arrays import FloatArray, IntArray, np
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.logs.layout import Asked, Layout, plain
from lrviz.logs.table import JsonLines
from lrviz.results import Convention

KIND = "trainer_state.json"
CONVENTIONS: tuple[Convention, ...] = (
    Convention("the update's own lr, as Transformers logs it from 4.51 on", 0),
    Convention("the next update's lr, as Transformers logged it before 4.51", 1),
)
"""Step k is logged after update k, counted from 1; its lr was read after the scheduler's step until
transformers#36973, and before it since."""
_LINE = 1e-6
"""Relative difference up to which values are on one straight line."""
_OLD, _NEW = (CONVENTIONS[1],), (CONVENTIONS[0],)
_LIKELY_OLD = (CONVENTIONS[1], CONVENTIONS[0])


def read(source: str, text: str, given: Asked) -> tuple[JsonLines, Layout, Mapping[str, Any]]:
    """Return the records of a trainer's state, where its steps and values are, and the state itself.

    Raises DocumentError.
    """
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f"{source}:{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else source
        told = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise DocumentError(Fault(place, "", f"not complete JSON: {told}")) from None
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise DocumentError(Fault(source, "log_history", "a list of what was logged is needed"))
    table = JsonLines.of(source, history)
    found = plain(source, table.names, KIND, given)
    if given.step is None and given.epoch is None:
        found = Layout(KIND, found.steps, found.lr, first=1, conventions=CONVENTIONS)
    return table, found, state


def conventions(
    steps: IntArray, lr: FloatArray, last: int | None = None, state: Mapping[str, Any] | None = None
) -> tuple[Convention, ...]:
    """Return the convention that values tell of, both where they do not; steps: counted from 1.

    A warm-up or a decay on a straight line meets 0 at update 0, or at the end of the run: `last`, where that is known;
    exactly there an lr of 0 is written under one convention only. `state` tells of a Transformers before 4.50 by what
    it lacks.
    """
    told = [_start(steps, lr), None if last is None else _end(steps, lr, last)]
    known = {one for one in told if one is not None and len(one) == 1}
    if len(known) == 1:
        return known.pop()
    if not known and state is not None and "is_hyper_param_search" in state and "best_global_step" not in state:
        return _OLD
    return _LIKELY_OLD if not known and _LIKELY_OLD in told else CONVENTIONS


def _start(steps: IntArray, lr: FloatArray) -> tuple[Convention, ...] | None:
    """Return what the warm-up says: it starts at 0 with the first update, which is logged as step 1 or as step 0."""
    if len(lr) > 1 and lr[0] == 0 < lr[1]:
        return _NEW if steps[0] == 1 else None
    zero = _meets_zero(steps[:3], lr[:3])
    # cosine_warmup_with_min_lr begins above 0: under the newer convention it is on the line of the older one.
    return {0: _LIKELY_OLD, 1: _NEW}.get(zero) if zero is not None and lr[0] < lr[1] else None


def _end(steps: IntArray, lr: FloatArray, last: int) -> tuple[Convention, ...] | None:
    """Return what the decay says: it ends at 0 when the run's `last` update was made."""
    if len(lr) > 1 and steps[-1] == last and lr[-1] == 0 < lr[-2]:
        return _OLD
    zero = _meets_zero(steps[-3:], lr[-3:])
    return {last: _OLD, last + 1: _NEW}.get(zero) if zero is not None and lr[-1] < lr[-2] else None


def _meets_zero(steps: IntArray, lr: FloatArray) -> int | None:
    """Return the step at which the straight line through three values is 0, None where they are not on one."""
    if len(lr) < 3 or not (lr > 0).all():
        return None
    slope = (lr[2] - lr[0]) / (steps[2] - steps[0])
    if slope == 0 or abs(lr[0] + slope * (steps[1] - steps[0]) - lr[1]) > _LINE * lr.max():
        return None
    zero = float(steps[0] - lr[0] / slope)
    nearest = round(zero)
    return nearest if np.isfinite(zero) and abs(zero - nearest) < 0.01 else None
