"""Optimizer classes that a user names: what their signatures say, and how each can be stepped."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lrviz.engines.real.imported import run_as
from lrviz.engines.real.libraries import versions
from lrviz.engines.real.schedule import torch
from lrviz.engines.real.walking import Flock, class_of, points_of, stepped, surroundings, walked
from lrviz.engines.tasks.coded import Known, Look, Manner, Named, Walk
from lrviz.foundation.errors import UsageError
from lrviz.foundation.progress import Progress
from lrviz.foundation.wording import did_you_mean
from lrviz.results import FloatArray

_TRIED = (Manner(), Manner(single=True), Manner(shape=(1, 2)), Manner(shape=(1, 2), single=True))
"""The manners that are tried in turn: first a vector in float64, with which everything else is raced."""
_TRIAL, _LONGER = 12, 24
"""Steps that show whether a class can be stepped (some need more at the tenth), and steps over which points in one
tensor must move as each does alone."""
_SHARES = (1.0, 1e-3, 1e-6)
"""Shares of the lr at which that is tried; the next one is tried where paths diverge."""
_TRIAL_LR = 1e-3
_SAME = 1e-9
"""The largest difference, as a share of the points, that counts as rounding."""


def look(asked: Look, _: Progress | None = None) -> Known:
    """Import a class, and find out how it can be stepped.

    Raises UsageError where there is no such class, or it cannot race; UnfinishedError where it raises in each manner of
    stepping; its traceback is then on stderr.
    """
    named = asked.named
    with run_as(named.spec), surroundings():
        cls = class_of(named)
        arguments = _arguments(cls, named)
        lr = arguments.get("lr")
        needs_lr = lr is not None and lr.default is lr.empty and "lr" not in named.typed
        rate = _TRIAL_LR if needs_lr else None
        manner, flock = _manner(cls, asked, rate)
        (group, *_) = flock.optimizer.param_groups
        used = _number(group.get("lr"))
        if lr is not None:
            manner = replace(manner, together=_together(cls, asked, manner, used or _TRIAL_LR))
        defaults = {
            key: _plain(one.default)
            for key, one in arguments.items()
            if key not in named.typed and one.default is not one.empty
        }
        ran = versions([named.module])
    return Known(defaults, lr is not None, needs_lr, None if needs_lr else used, flock.kept(), manner, ran)


def _arguments(cls: Callable[..., Any], named: Named) -> Mapping[str, inspect.Parameter]:
    """Return the arguments of a class, except the parameters to optimize.

    Raises UsageError where it requires other arguments, or lacks one that was typed.
    """
    try:
        parameters = [*inspect.signature(cls).parameters.values()]
    except (TypeError, ValueError):
        # A class written in C may have no signature.
        return {}
    several = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    first, *rest = parameters or [inspect.Parameter("nothing", inspect.Parameter.POSITIONAL_ONLY)]
    open_ended = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)
    known = {one.name: one for one in rest if one.kind not in several}
    wrapped = [one.name for one in (first, *rest) if one.default is one.empty and "optimizer" in one.name]
    if wrapped:
        told = f"wraps another optimizer ({wrapped[0]}), which a race cannot give it; write a class of your own that "
        raise UsageError(f"{named.spec}: {told}builds both from the parameters")
    if first.name in {"model", "module", "nothing"}:
        raise UsageError(f"{named.spec}: takes {first.name}; a class that takes the parameters is needed")
    unknown = [] if open_ended else [key for key in named.typed if key not in known]
    problems = [f"{key}: it has no such argument{did_you_mean(key, known) or _listed(known)}" for key in unknown]
    problems += [
        f"{key}: missing; write {named.spec}:{key}=..."
        for key, one in known.items()
        if one.default is one.empty and key != "lr" and key not in named.typed
    ]
    if problems:
        raise UsageError(*(f"{named.spec}: {problem}" for problem in problems))
    return known


def _listed(known: Mapping[str, object]) -> str:
    return f"; allowed are {', '.join(known)}" if known else ""


def _manner(cls: Callable[..., Any], asked: Look, rate: float | None) -> tuple[Manner, Flock]:
    """Return the first manner in which a class makes some steps, and what made them.

    Raises what the class raises in the first manner where there is none.
    """
    raised: Exception | None = None
    for tried in _TRIED:
        manner = tried
        while True:
            trial = Walk(asked.named, manner, asked.function, asked.starts[:, :1], _row(rate, 1), _TRIAL, main=True)
            try:
                points = points_of(trial)
                flock = Flock(cls, trial, points, slice(0, 1))
                stepped([flock], trial, points, None)
            except UsageError:
                raise
            except Exception as error:
                raised = raised or error
                words = f"{type(error).__name__} {error}".lower()
                if ("create_graph" in words or "grad_fn" in words) and not manner.graph:
                    manner = replace(manner, graph=True)
                elif "closure" in words and not manner.closure:
                    manner = replace(manner, closure=True)
                else:
                    break
            else:
                return manner, flock
    assert raised is not None
    raise raised


def _together(cls: Callable[..., Any], asked: Look, manner: Manner, lr: float) -> bool:
    """Tell whether points in one tensor, and in groups of two lrs, move as each does alone."""
    if manner.shape != (2,):
        return False
    within = _SAME * float(np.abs(asked.starts).max())
    for share in _SHARES:
        rates = share * np.array([lr, lr, lr / 10])
        trials = [
            Walk(asked.named, one, asked.function, asked.starts, rates, _LONGER)
            for one in (manner, replace(manner, together=True))
        ]
        try:
            alone, joined = (walked(cls, trial, None).path for trial in trials)
        except Exception:  # a class need not support several groups or points
            return False
        # Paths that diverge prove nothing.
        if np.isfinite(alone).all():
            return np.allclose(joined, alone, rtol=_SAME, atol=within)
    return False


def _row(rate: float | None, paths: int) -> FloatArray | None:
    return None if rate is None else np.full(paths, rate)


def _number(value: Any) -> float | None:
    """Return a finite number as a float, whatever its type."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _plain(value: Any) -> Any:
    """Return a default as data that other programs can read, or else the name of its type."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    return type(value).__name__
