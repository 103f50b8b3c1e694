"""What a checkpoint says about a document: the states that belong to it, and where its run stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.documents.schedule import Member, ScheduleDocument
from lrviz.engines.tasks.resume import Contents, Saved
from lrviz.foundation.errors import CheckpointError
from lrviz.foundation.numerals import plural
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.schedulers import Scheduler

_OPTIMIZERS = ("optimizer", "optimizer_state_dict", "optimizer_state", "optim", "opt", "optimizer_states")
_SCHEDULERS = (
    "scheduler", "scheduler_state_dict", "lr_scheduler", "lr_scheduler_state_dict", "sched",
    "schedulers", "lr_schedulers", "scheduler_states", "scheduler_state",
)  # fmt: skip
"""The keys that people use, Lightning and Transformers among them; any other will do where it is the only one."""
_OF_TORCH = {"foreach", "fused", "maximize", "capturable", "differentiable", "decoupled_weight_decay", "name"}
"""What optimizers have in one version of torch and not in another, and our own name for the class."""


def saved_states(contents: Mapping[str, Contents], document: ScheduleDocument) -> Saved:
    """Return the states of a document in the checkpoints that were read, by path.

    Raises CheckpointError where there are none, or they are of another optimizer, other groups or other schedulers.
    """
    source = ", ".join(contents)
    optimizers = {key: value for each in contents.values() for key, value in each.optimizers.items()}
    schedulers = {key: value[0] for each in contents.values() for key, value in each.schedulers.items()}
    if not optimizers and not schedulers:
        keys = [key for each in contents.values() for key in each.others]
        listed = f"its keys are {', '.join(keys[:12])}" if keys else "it is no mapping of names to states"
        raise CheckpointError(
            f"{source}: no state of an optimizer (a mapping with param_groups) or of a scheduler (one with last_epoch) "
            f"in it; {listed}"
        )
    groups = _chosen(optimizers, _OPTIMIZERS, 1, "an optimizer", source)
    members = document.members()
    states = _chosen(schedulers, _SCHEDULERS, len(members), plural(len(members), "scheduler"), source)
    if groups is not None:
        _of_the_same_optimizer(groups[0], document, source)
    return Saved(groups[0] if groups else None, states)


def _chosen(
    found: Mapping[str, Any], usual: Sequence[str], wanted: int, what: str, source: str
) -> tuple[Any, ...] | None:
    """Return as many states as are wanted, under the keys that people use; None where there is none at all."""
    if not found:
        return None
    ranked = sorted({re.sub(r"\[\d+\]$", "", key) for key in found}, key=lambda stem: _rank(stem, usual))
    for stem in ranked:
        under = [value for key, value in found.items() if re.sub(r"\[\d+\]$", "", key) == stem]
        if len(under) == wanted and (len(ranked) == 1 or _rank(stem, usual) < len(usual)):
            return tuple(under)
    if len(found) == wanted:
        return tuple(found.values())
    raise CheckpointError(
        f"{source}: {plural(len(found), 'state')} under {', '.join(key or 'no key' for key in found)}; the document "
        f"has {what}"
    )


def _rank(stem: str, usual: Sequence[str]) -> int:
    last = stem.rpartition(".")[2]
    return usual.index(last) if last in usual else len(usual)


def _of_the_same_optimizer(groups: tuple[dict[str, Any], ...], document: ScheduleDocument, source: str) -> None:
    host = document.optimizer
    own = _keys(type(host.optimizer))
    for group in groups:
        lr = group.get("lr")
        if not isinstance(lr, int | float) or isinstance(lr, bool):
            raise CheckpointError(
                f"{source}: a parameter group without a number for lr; no state of an optimizer of torch"
            )
        if not own <= set(group):
            known = set(group) & {key for cls in OPTIMIZERS for key in _keys(cls)}
            like = [cls.__name__ for cls in OPTIMIZERS if _keys(cls) == known]
            what = (
                f"it is a state of {' or '.join(like)}"
                if like
                else f"it has {', '.join(sorted(known)) or 'none of them'}"
            )
            raise CheckpointError(
                f"{source}: not a state of {host.optimizer.name}, whose groups have {', '.join(sorted(own))}; {what}"
            )
    if len(groups) != len(host.groups):
        lrs = ", ".join(f"{group['lr']:g}" for group in groups)
        raise CheckpointError(
            f"{source}: {plural(len(groups), 'parameter group')} (lr {lrs}); the document has {len(host.groups)}, list "
            "the same under optimizer.groups"
        )


def _keys(cls: type[Optimizer]) -> set[str]:
    return set(cls.model_fields) - _OF_TORCH


def standing(saved: Saved, document: ScheduleDocument, source: str) -> int | None:
    """Return how many updates the run of a checkpoint has made; None where no scheduler state says so.

    Raises CheckpointError where that is no place in the document's run.
    """
    if saved.schedulers is None:
        return None
    made = [
        _made(_ticks(state, member.scheduler, source), member, source)
        for state, member in zip(saved.schedulers, document.members(), strict=True)
    ]
    if max(made) >= document.updates:
        raise CheckpointError(
            f"{source}: stands at update {max(made):,}, and the run of the document has {document.updates:,}: "
            "nothing remains"
        )
    return max(made)


def _ticks(state: Mapping[str, Any], scheduler: Scheduler, source: str) -> int:
    """Return how often a scheduler was stepped; a ChainedScheduler's members know it."""
    inner = state.get("_schedulers")
    last = state.get("last_epoch")
    if last is None and isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
        last = inner[0].get("last_epoch")
    if not isinstance(last, int) or isinstance(last, bool) or last < 0:
        raise CheckpointError(
            f"{source}: last_epoch is {last!r} in the state of {scheduler.name}; a count of its steps is needed"
        )
    return last


def _made(ticks: int, member: Member, source: str) -> int:
    if ticks > len(member.when):
        raise CheckpointError(
            f"{source}: {member.scheduler.name} was stepped {plural(ticks, 'time')}, and the run of the document "
            f"steps it {len(member.when):,}"
        )
    return member.when[ticks - 1] + 1 if ticks else 0
