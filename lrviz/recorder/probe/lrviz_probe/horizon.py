"""After how many steps a scheduler is done, as far as its attributes say so."""

import functools
import math

_NAMES = ("total_steps", "T_max", "num_training_steps", "t_total", "max_steps", "total_iters", "max_iters", "num_steps")
"""Names of the length of the whole run in schedulers and functions of the step; the first that exists counts."""

_PARTS = ("num_warmup_steps", "num_stable_steps", "num_decay_steps")
"""Lengths of transformers' warmup_stable_decay that together make the whole run."""


def steps_left(scheduler, made):
    """Return how many more steps a scheduler states, None where it states no end.

    made: how far it is, if it does not count itself. For a scheduler with cycles it is the rest of the cycle.
    """
    end = _end(scheduler, 0)
    return None if end is None else int(end) - int(getattr(scheduler, "last_epoch", made))


def _end(one, depth):
    held = vars(one)
    members = held.get("_schedulers")
    if isinstance(members, (list, tuple)) and depth < 5:
        return _of_members(members, held.get("_milestones"), depth)
    if "T_i" in held and "T_cur" in held:
        # Warm restarts: to the end of the cycle.
        return math.ceil(held["last_epoch"] + held["T_i"] - held["T_cur"])
    if _whole(held.get("total_size")):
        return (held["last_epoch"] // held["total_size"] + 1) * held["total_size"]
    if held.get("milestones") and "gamma" in held:
        return _beyond(max(held["milestones"]))
    if held.get("start_factor", 1) < held.get("end_factor", 0) or type(one).__name__ == "ConstantLR":
        # The length of a warm-up, or a constant in its place, is not the length of the run.
        return None
    if callable(getattr(one, "get_cycle_length", None)):
        # timm's schedulers.
        return one.get_cycle_length() or None
    stated = _stated(held)
    if stated is not None:
        return stated
    functions = held.get("lr_lambdas")
    ends = [_stated(_arguments(each)) for each in functions or ()]
    return max((end for end in ends if end is not None), default=None)


def _of_members(members, milestones, depth):
    ends = [_end(each, depth + 1) for each in members]
    if milestones is None:
        return max((end for end in ends if end is not None), default=None)
    last = milestones[-1] if milestones else 0
    return _beyond(last) if ends[-1] is None else last + ends[-1]


def _beyond(last):
    """Return an end after the last change that is stated, so that what follows it shows."""
    return last + max(1, last // 10)


def _arguments(function):
    """Return the values that a function of the step was made with, by name."""
    found = {}
    while isinstance(function, functools.partial):
        found.update(function.keywords)
        function = function.func
    cells = getattr(function, "__closure__", None) or ()
    names = function.__code__.co_freevars if cells else ()
    for name, cell in zip(names, cells):
        try:
            found.setdefault(name, cell.cell_contents)
        except ValueError:
            continue
    return {**getattr(function, "__dict__", {}), **found}


def _stated(held):
    if all(_whole(held.get(name)) for name in _PARTS):
        return sum(held[name] for name in _PARTS)
    return next((held[name] for name in _NAMES if _whole(held.get(name))), None)


def _whole(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
