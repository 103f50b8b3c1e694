"""A document as the plain torch script that builds and steps exactly its schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import Problem, Refusal
from lrviz.runs.scripting import INDENT
from lrviz.runs.scripting.calls import call, every, formulas
from lrviz.runs.scripting.loop import loop_lines
from lrviz.runs.scripting.metrics import Metrics
from lrviz.runs.scripting.optimizers import copied, optimizer_lines, second_optimizer
from lrviz.schedulers import Scheduler


def torch_script(document: ScheduleDocument, *, scheduler_first: bool = False) -> str:
    """Return Python source that needs torch, and the library of its schedulers; run, it prints the lr at every tick.

    Raises DocumentError for a schedule that no class of its library makes.

    Python evaluates arguments from the inside out and from left to right, which is the order in
    which lrviz constructs schedulers too: nothing in the script depends on more than that.
    """
    members = _by_variable(document.members(scheduler_first=scheduler_first))
    _check(document, members)
    metrics = Metrics.of(document, members)
    lines = [
        f"# {' '.join(document.title.split())}: {document.chain}",
        *_versions(members),
        *_imports(document, members, metrics),
        "",
        *optimizer_lines(document.optimizer),
        *(line for name in document.scheduled_params for line in second_optimizer(name)),
        "",
        *(line for one in members.values() for line in _group_keys(one.scheduler)),
        *(f"{name} = {call(one.scheduler, one.ticks, len(name) + 3)}" for name, one in members.items()),
        *metrics.lines(),
        *(line for name in document.scheduled_params for line in ("", "", *copied(name))),
        "",
        "lrs = []",
        *loop_lines(document, members, metrics, scheduler_first=scheduler_first),
        "",
        "for t, row in enumerate(lrs):",
        f"{INDENT}print(t, *row)",
    ]
    return "\n".join(lines) + "\n"


def _check(document: ScheduleDocument, members: Mapping[str, Member]) -> None:
    """Do nothing where there is a class for each scheduler. Raises DocumentError."""
    found = [
        Problem(one.path, f"{one.scheduler.name}: no class makes it, its trainer sets the lr; there is no script of it")
        for one in members.values()
        if not one.scheduler.runs_alone
    ]
    if found:
        raise document.refused(Refusal(*found))


def _versions(members: Mapping[str, Member]) -> Iterator[str]:
    """Yield a comment for each library of which only some versions make this curve."""
    for one in dict.fromkeys((member.scheduler.module, member.scheduler.versions) for member in members.values()):
        module, (since, before) = one
        if since or before:
            which = " and ".join(filter(None, [since and f"{since} or later", before and f"before {before}"]))
            yield f"# {module.partition('.')[0]} {which}"


def _group_keys(scheduler: Scheduler) -> Iterator[str]:
    """Yield the lines that put into the groups what a scheduler reads there."""
    for key, value in scheduler.group_keys.items():
        if isinstance(value, tuple):
            yield f"for group, {key} in zip(optimizer.param_groups, {list(value)!r}):"
            yield f'{INDENT}group["{key}"] = {key}'
        else:
            yield "for group in optimizer.param_groups:"
            yield f'{INDENT}group["{key}"] = {value!r}'


def _by_variable(members: tuple[Member, ...]) -> dict[str, Member]:
    own = [member for member in members if member.path != ("swa",)]
    names = ["scheduler"] if len(own) == 1 else [f"scheduler{number}" for number in range(1, len(own) + 1)]
    return dict(zip([*names, *["swa_scheduler"] * (len(members) - len(own))], members, strict=True))


def _imports(document: ScheduleDocument, members: Mapping[str, Member], metrics: Metrics) -> Iterator[str]:
    schedulers = [member.scheduler for member in members.values()]
    computed = [*metrics.formulas, *(formula for one in schedulers for formula in formulas(one))]
    functions = sorted({name for formula in computed for name in formula.python.math_names})
    if metrics.counts:
        yield "from itertools import count"
    if functions:
        yield f"from math import {', '.join(functions)}"
    if functions or metrics.counts:
        yield ""
    # torch.optim comes with torch.
    yield from sorted({"import torch", f"import {document.optimizer.optimizer.module}"} - {"import torch.optim"})
    used = [inner for one in schedulers for inner in every(one)]
    for module in sorted({one.module for one in used}):
        names = sorted({one.class_name for one in used if one.module == module})
        yield f"from {module} import {', '.join(names)}"
