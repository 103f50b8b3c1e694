"""The torch side of an interruption: real objects, saved and loaded for real, in the order of each recipe."""

from __future__ import annotations

import copy
import inspect
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lrviz.engines.real.libraries import library_class
from lrviz.engines.real.schedule import (
    all_constructed,
    blank,
    constructed,
    follow,
    in_double_precision,
    recording,
    torch,
)
from lrviz.engines.tasks.resume import Act, Continued, Interruption, Kept, Recipe
from lrviz.engines.tasks.schedule import Node, Plan
from lrviz.foundation.beats import count
from lrviz.foundation.errors import Problem, Refusal, UnfinishedError
from lrviz.foundation.printable import printable
from lrviz.foundation.progress import Progress
from lrviz.foundation.rounding import rounded_to

_LONGEST = 500
"""The most characters of a message of torch's: it may repeat what a checkpoint holds."""
_MOVES = {
    "optimizer", "last_epoch", "best", "num_bad_epochs", "cooldown_counter", "T_cur", "T_i",
    "lr_lambdas", "last_lr", "base_values", "warmup_steps",
}  # fmt: skip
"""Attributes of schedulers, also of timm's and mmengine's, that belong to the run or follow from others; so do all
that begin with _."""
_OF_GROUPS = {"params", "lr", "foreach", "fused", "capturable", "differentiable"}
"""Keys of groups that belong to the run, or say how an update is computed and not what it is."""


def interrupt(work: Interruption, progress: Progress | None = None) -> tuple[Continued, ...]:
    """Run, save and load, and continue under each recipe.

    Raises Refusal where torch refuses the document itself.
    """
    with in_double_precision():
        checkpoint = _saved(work)
        recipes = [one for one in work.recipes if _possible(one, work.resumed)]
        found = []
        for done, recipe in enumerate(recipes):
            found.append(_continued(work, recipe, checkpoint))
            if progress is not None:
                progress(done + 1, len(recipes))
        return tuple(found)


def _possible(recipe: Recipe, plan: Plan) -> bool:
    """Return whether a recipe can build these schedulers: timm's, for example, take no last_epoch."""
    if not {Act.build_scheduler_at, Act.build_scheduler_before} & set(recipe.acts):
        return True
    others = [one.node for one in plan.stepped if one.node.module.partition(".")[0] != "torch"]
    return all("last_epoch" in inspect.signature(_class_of(node)).parameters for node in others)


def _class_of(node: Node) -> Any:
    return library_class(node.module, node.name, node.install, by_itself=node.by_itself)


def _saved(work: Interruption) -> bytes:
    """Return a checkpoint as torch saves it: the given states, or those of a run up to the interruption."""
    if work.saved is not None:
        groups = [{**group, "params": [index]} for index, group in enumerate(work.saved.groups or ())]
        states = {
            "optimizer": {"state": {}, "param_groups": groups},
            "scheduler": list(work.saved.schedulers or ()),
        }
    else:
        optimizer = _optimizer(work.plan)
        schedulers = all_constructed(work.plan.stepped, optimizer)
        rows = range(work.at)
        follow(work.plan, (optimizer, schedulers), rows, blank(work.plan, rows))
        states = {"optimizer": optimizer.state_dict(), "scheduler": [one.state_dict() for one in schedulers]}
    stream = io.BytesIO()
    torch.save(states, stream)
    return stream.getvalue()


def _continued(work: Interruption, recipe: Recipe, checkpoint: bytes) -> Continued:
    plan = work.resumed
    rows = range(work.at, plan.rows)
    values = blank(plan, rows)
    try:
        optimizer, schedulers = _performed(work, recipe, checkpoint)
        kept = tuple(_kept(plan, optimizer, schedulers)) if work.into is not None or work.saved is not None else ()
    except UnfinishedError:
        raise
    except Exception as error:
        return Continued(recipe, recording(plan, values), (work.at, _words(error)))
    try:
        follow(plan, (optimizer, schedulers), rows, values)
    except Exception as error:
        reached = int((~np.isnan(values["lr"][:, 0])).sum())
        return Continued(recipe, recording(plan, values), (work.at + reached, _words(error)), kept)
    return Continued(recipe, recording(plan, values), None, kept)


def _words(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, Refusal) and error.__cause__ is not None else error
    return printable(f"{type(cause).__name__}: {' '.join(str(cause).split())}"[:_LONGEST])


def _performed(work: Interruption, recipe: Recipe, checkpoint: bytes) -> tuple[torch.optim.Optimizer, list[Any]]:
    """Return the objects that the lines of a recipe make."""
    plan = work.resumed
    # Each recipe stands for a process of its own, which reads the file; and CyclicLR changes the dict it is given.
    # A state that was made here may hold functions, as that of mmengine's OneCycleLR does.
    saved = torch.load(io.BytesIO(checkpoint), weights_only=work.saved is not None)
    optimizer, schedulers = _optimizer(plan), list[Any]()
    for act in recipe.acts:
        match act:
            case Act.build_optimizer:
                optimizer = _optimizer(plan)
            case Act.build_scheduler:
                schedulers = all_constructed(plan.stepped, optimizer)
            case Act.build_scheduler_at | Act.build_scheduler_before:
                back = act is Act.build_scheduler_before
                begun = int(plan.updates[work.at - 1]) + 1
                made = [count(one.when, begun) * one.repeat for one in plan.stepped]
                nodes = [_from(one.node, count - back) for one, count in zip(plan.stepped, made, strict=True)]
                schedulers = [constructed(node, optimizer) for node in nodes]
            case Act.load_optimizer:
                optimizer.load_state_dict(saved["optimizer"])
            case Act.load_scheduler:
                for one, state in zip(schedulers, saved["scheduler"], strict=True):
                    one.load_state_dict(state)
    return optimizer, schedulers


def _from(node: Node, last_epoch: int) -> Node:
    """Return a node built with a last_epoch: its own, or that of its members where it takes none."""
    if "last_epoch" in inspect.signature(_class_of(node)).parameters:
        return replace(node, arguments={**node.arguments, "last_epoch": last_epoch})
    members = {
        key: [_from(each, last_epoch) if isinstance(each, Node) else each for each in value]
        for key, value in node.arguments.items()
        if isinstance(value, list)
    }
    return replace(node, arguments={**node.arguments, **members})


def _optimizer(plan: Plan) -> torch.optim.Optimizer:
    """Return torch's own optimizer, with a small parameter in each group, and without its updates."""
    try:
        real = library_class(plan.module, plan.optimizer, plan.install)
        cls = type(plan.optimizer, (real,), {"step": _no_update})
        # Two-dimensional, because Muon takes nothing else.
        groups = [{"params": [torch.nn.Parameter(torch.zeros(2, 2))], **group} for group in plan.groups]
        optimizer: torch.optim.Optimizer = cls(groups, **plan.defaults)
    except UnfinishedError:
        raise
    except Exception as error:
        raise Refusal(Problem(("optimizer",), _words(error))) from error
    return optimizer


def _no_update(self: Any, closure: Any = None) -> None:
    """Make no update: no scheduler looks at a parameter."""


def _kept(plan: Plan, optimizer: torch.optim.Optimizer, schedulers: Sequence[Any]) -> Iterator[Kept]:
    """Yield the values of the document that loading has replaced."""
    asked = _optimizer(plan)
    built = [constructed(stepped.node, asked) for stepped in plan.stepped]
    varied = {key for key, _ in plan.recorded.values()} if any(map(_cycles, built)) else set()
    for index, (fresh, loaded) in enumerate(zip(asked.param_groups, optimizer.param_groups, strict=True)):
        where = ("optimizer", "groups", index) if len(plan.groups) > 1 else ("optimizer",)
        for key, value in fresh.items():
            if key not in _OF_GROUPS | varied and key in loaded and _differ(loaded[key], value):
                yield Kept(where, "lr" if key == "initial_lr" else key, _plain(value), _plain(loaded[key]))
    for stepped, fresh_one, loaded_one in zip(plan.stepped, built, schedulers, strict=True):
        yield from _kept_below(stepped.node, fresh_one, loaded_one)


def _cycles(scheduler: Any) -> bool:
    """Tell whether a scheduler writes momentum or betas, which then belong to the run."""
    return getattr(scheduler, "cycle_momentum", False) or any(map(_cycles, getattr(scheduler, "_schedulers", ())))


def _kept_below(node: Node, fresh: Any, loaded: Any) -> Iterator[Kept]:
    for key, value in vars(fresh).items():
        told = key == "_milestones" or not (key.startswith("_") or key in _MOVES or key == "base_lrs")
        if told and _differ(vars(loaded).get(key), value):
            yield Kept(node.path, key.removeprefix("_"), _plain(value), _plain(vars(loaded).get(key)))
    members = [each for value in node.arguments.values() if isinstance(value, list) for each in value]
    inner = [each for each in members if isinstance(each, Node)]
    pairs = zip(inner, getattr(fresh, "_schedulers", ()), getattr(loaded, "_schedulers", ()), strict=False)
    for below, fresh_one, loaded_one in pairs:
        yield from _kept_below(below, fresh_one, loaded_one)


def _differ(one: Any, other: Any) -> bool:
    """Compare a loaded value with the document's: a tuple equals a list, and a rounded value equals the exact one."""
    try:
        return not _same(_plain(one), _plain(other))
    except (TypeError, ValueError):
        return True


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or (
        isinstance(one, float) and isinstance(other, int | float) and bool(rounded_to(one, float(other)))
    )


def _plain(value: Any) -> Any:
    """Return a value as a document would write it."""
    if isinstance(value, Counter):
        return sorted(value.elements())
    if isinstance(value, list | tuple):
        plain = [_plain(each) for each in value]
        return plain[0] if plain and all(each == plain[0] for each in plain) and len(plain) == 1 else plain
    return value.item() if isinstance(value, torch.Tensor) and value.numel() == 1 else copy.copy(value)
