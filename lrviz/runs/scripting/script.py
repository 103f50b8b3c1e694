"""A document as the plain torch script that builds and steps exactly its schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.runs.scripting import INDENT
from lrviz.runs.scripting.calls import call, every, formulas
from lrviz.runs.scripting.loop import loop_lines
from lrviz.runs.scripting.metrics import Metrics
from lrviz.runs.scripting.optimizers import copied, optimizer_lines, second_optimizer


def torch_script(document: ScheduleDocument, *, scheduler_first: bool = False) -> str:
    """Return Python source that needs torch alone; run, it prints every tick and the lr of each group.

    Python evaluates arguments from the inside out and from left to right, which is the order in
    which lrviz constructs schedulers too: nothing in the script depends on more than that.
    """
    members = _by_variable(document.members(scheduler_first=scheduler_first))
    metrics = Metrics.of(document, members)
    lines = [
        f"# {' '.join(document.title.split())}: {document.chain}",
        *_imports(document, members, metrics),
        "",
        *optimizer_lines(document.optimizer),
        *(line for name in document.scheduled_params for line in second_optimizer(name)),
        "",
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
