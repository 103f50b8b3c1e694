"""What a checkpoint says about a document: the states that belong to it, and how far its run is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.tasks.resume import Contents, Saved
from lrviz.foundation.beats import count
from lrviz.foundation.errors import CheckpointError, UsageError
from lrviz.foundation.numerals import plural
from lrviz.foundation.printable import printable
from lrviz.foundation.wording import did_you_mean
from lrviz.language.marked_yaml import dotted
from lrviz.language.registry import name_of
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.torch.adam import Adam
from lrviz.optimizers.torch.adamw import AdamW
from lrviz.runs.resuming.candidates import Candidate, Groups, OptimizerState, candidates, listed, narrowed
from lrviz.runs.resuming.matching import matched
from lrviz.schedulers import Scheduler

_OPTIMIZERS = {"optimizer", "optimizer_state_dict", "optimizer_state", "optim", "opt", "optimizer_states"}
"""The keys that people use, Lightning and Transformers among them; any other will do where it is the only one."""
_OF_TORCH = {"foreach", "fused", "maximize", "capturable", "differentiable", "decoupled_weight_decay", "name"}
"""What optimizers have in one version of torch and not in another, and our own name for the class."""
_MOST_KEYS = 12


def known_roles(keys: Mapping[str, str], document: ScheduleDocument) -> None:
    """Check what `--key` names on its left: the optimizer, the schedulers, or one of them.

    Raises UsageError where the document has no such part.
    """
    roles = dict.fromkeys(("optimizer", "scheduler", *(dotted(member.path) for member in document.members())))
    for role, wanted in keys.items():
        if role not in roles:
            shown = printable(role)
            raise UsageError(
                f"--key {shown}={printable(wanted)}: the document has {', '.join(roles)}{did_you_mean(shown, roles)}"
            )


def saved_states(
    contents: Mapping[str, Contents], document: ScheduleDocument, keys: Mapping[str, str]
) -> tuple[Saved, tuple[str, ...]]:
    """Return the states of a document in the checkpoints that were read, by path, and what the user should know of it.

    keys: which states to read, by "optimizer", "scheduler" or "scheduler[1]".
    Raises CheckpointError where there are none, or they are of another optimizer, other groups or other schedulers.
    """
    source = printable(", ".join(contents))
    optimizers, schedulers = candidates(contents)
    if not optimizers and not schedulers:
        others = [printable(key) for each in contents.values() for key in each.others]
        listing = f"its keys are {', '.join(others[:_MOST_KEYS])}" if others else "it is not a mapping of states"
        raise CheckpointError(
            f"{source}: no state of an optimizer (a mapping with param_groups) or of a scheduler (one with last_epoch) "
            f"in it; {listing}"
        )
    told: list[str] = []
    pool = narrowed(optimizers, "an optimizer", "optimizer", keys.get("optimizer"), source)
    chosen = _of_the_optimizer(pool, document, source)
    if chosen is not None:
        told += _passed_over(optimizers, (chosen,), "optimizer", source, asked="optimizer" in keys)
        if isinstance(document.optimizer.optimizer, Adam) and any(_decoupled(group) for group in chosen.state):
            told.append(f"{source}: the optimizer's state has decoupled_weight_decay: it is that of AdamW")

    members = document.members()
    general = narrowed(schedulers, "a scheduler", "scheduler", keys.get("scheduler"), source)
    own = [
        narrowed(schedulers, "a scheduler", role, keys[role], source)
        if (role := dotted(member.path)) in keys
        else general
        for member in members
    ]
    if not schedulers:
        return Saved(chosen.state if chosen else None, None), tuple(told)
    states, named = matched(general, members, own, source)
    asked = any(role != "optimizer" for role in keys)
    told += _passed_over(general, states, "scheduler", source, asked=asked and not named)
    return Saved(chosen.state if chosen else None, tuple(each.state for each in states)), tuple(told)


def _passed_over(
    found: Sequence[Candidate[Any]], chosen: Sequence[Candidate[Any]], role: str, source: str, *, asked: bool
) -> list[str]:
    """Say what was read if there was more to choose from, and the user has not chosen."""
    others = [each for each in found if not any(each is one for one in chosen)]
    if not others or asked:
        return []
    return [
        f"{source}: {role} read from {listed(chosen)}, and not from {listed(others)}; --key {role}=... reads another"
    ]


def _of_the_optimizer(pool: Sequence[OptimizerState], document: ScheduleDocument, source: str) -> OptimizerState | None:
    """Return the one state that is of the document's optimizer; None where there is none at all."""
    told = {id(each): _misfit(each.state, document) for each in pool}
    fits = [each for each in pool if not told[id(each)]]
    if not pool:
        return None
    if not fits:
        under = f"{printable(pool[0].label)}: " if len(pool) > 1 else ""
        raise CheckpointError(f"{source}: {under}{told[id(pool[0])]}")
    usual = [each for each in fits if each.last in _OPTIMIZERS]
    outer = [each for each in usual if each.depth == min(one.depth for one in usual)]
    if len(fits) > 1 and len(outer) != 1:
        raise CheckpointError(
            f"{source}: {plural(len(fits), 'state')} under {listed(fits)}; the document has one optimizer: "
            f"choose with --key optimizer={printable(fits[0].label)}"
        )
    return fits[0] if len(fits) == 1 else outer[0]


def _misfit(groups: Groups, document: ScheduleDocument) -> str:
    """Say why a state is not that of the document's optimizer; nothing where it is."""
    host = document.optimizer
    own = type(host.optimizer)
    for group in groups:
        lr = group.get("lr")
        if not isinstance(lr, int | float) or isinstance(lr, bool):
            return "a parameter group without a number for lr; not a state of an optimizer of torch"
        like = _classes(group, own)
        if own not in like:
            known = sorted(set(group) & {key for cls in (*OPTIMIZERS, own) for key in _keys(cls)})
            what = (
                f"it is a state of {' or '.join(map(name_of, like))}"
                if like
                else f"it has {', '.join(known) or 'none of them'}"
            )
            flag = f", decoupled_weight_decay {_decoupled(group)}" if "decoupled_weight_decay" in group else ""
            return (
                f"not a state of {host.optimizer.name}, whose groups have {', '.join(sorted(_keys(own)))}; {what}{flag}"
            )
    if len(groups) != len(host.groups):
        lrs = ", ".join(f"{group['lr']:g}" for group in groups[:_MOST_KEYS])
        return (
            f"{plural(len(groups), 'parameter group')} (lr {lrs}{', ...' if len(groups) > _MOST_KEYS else ''}); the "
            f"document has {len(host.groups)}, list the same under optimizer.groups"
        )
    return ""


def _classes(group: Mapping[str, Any], own: type[Optimizer]) -> tuple[type[Optimizer], ...]:
    """Return the optimizers whose groups have these keys, and this decoupled_weight_decay where there is one."""
    every = dict.fromkeys((*OPTIMIZERS, own))
    known = set(group) & {key for cls in every for key in _keys(cls)}
    found = [cls for cls in every if _keys(cls) == known]
    if "decoupled_weight_decay" not in group:
        return tuple(found)
    # AdamW is Adam that always has it; the others that know it may have it.
    return tuple(
        cls for cls in found if (_decoupled(group) if cls is AdamW else "decoupled_weight_decay" in cls.model_fields)
    )


def _decoupled(group: Mapping[str, Any]) -> bool:
    return bool(group.get("decoupled_weight_decay"))


def _keys(cls: type[Optimizer]) -> set[str]:
    return set(cls.model_fields) - _OF_TORCH


def standing(saved: Saved, document: ScheduleDocument, source: str) -> range | None:
    """Return how many updates the run of a checkpoint may have made; None where no scheduler state says so.

    Where a scheduler is stepped after some updates only, its state is the same until the next of them.
    Raises CheckpointError where that is no place in the document's run; its end is one.
    """
    if saved.schedulers is None:
        return None
    told = [
        _between(_ticks(state, member.scheduler, source), member, document, source)
        for state, member in zip(saved.schedulers, document.members(), strict=True)
        # Whole epochs, which is what it counts, are no number of updates.
        if not member.scheduler.fractional
    ]
    if not told:
        return None
    least = max(one.start for one in told)
    return range(least, max(least + 1, min(one.stop for one in told)))


def _ticks(state: Mapping[str, Any], scheduler: Scheduler, source: str) -> int:
    """Return how often a scheduler was stepped; a ChainedScheduler's members know it."""
    last = state.get("last_epoch")
    while last is None and isinstance(inner := state.get("_schedulers"), list) and inner:
        state = inner[0] if isinstance(inner[0], Mapping) else {}
        last = state.get("last_epoch")
    if not isinstance(last, int) or isinstance(last, bool) or last < 0:
        raise CheckpointError(
            f"{source}: last_epoch is {printable(repr(last)[:60])} in the state of {scheduler.name}; "
            "a count of its steps is needed"
        )
    return last


def _between(ticks: int, member: Member, document: ScheduleDocument, source: str) -> range:
    """Return how many updates may be over when a member was stepped so many times."""
    if ticks > member.ticks:
        raise CheckpointError(
            f"{source}: {member.scheduler.name} was stepped {plural(ticks, 'time')}, and the run of the document "
            f"steps it {member.ticks:,}"
        )
    times = -(-ticks // member.repeat)
    least = count(document.update_beats, int(member.when[times - 1]) + 1) if times else 0
    rests = times == len(member.when)
    most = document.updates if rests else count(document.update_beats, int(member.when[times]))
    return range(least, max(least, most) + 1)
