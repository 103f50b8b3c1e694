"""A document as the plain torch script that builds and steps exactly its schedule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lrviz.documents.groups import Group
from lrviz.documents.host import Host
from lrviz.documents.schedule import Member, ScheduleDocument
from lrviz.foundation.arrays import np
from lrviz.foundation.beats import array
from lrviz.language.expression import Expression
from lrviz.optimizers.hyperparameters import place
from lrviz.schedulers import Scheduler

_INDENT = "    "
_WIDTH = 100
_TRIED = 100_000
"""Ticks at which a formula is tried in Python: what raises mostly does so at the first ones."""


def torch_script(document: ScheduleDocument, *, scheduler_first: bool = False) -> str:
    """Return Python source that needs torch alone; run, it prints every tick and the lr of each group.

    Python evaluates arguments from the inside out and from left to right, which is the order in
    which lrviz constructs schedulers too: nothing in the script depends on more than that.
    """
    members = document.members(scheduler_first=scheduler_first)
    formulas = [formula for member in members for formula in _formulas(member.scheduler)]
    names = _variables(members)
    metrics = _metrics(document, dict(zip(names, members, strict=True)))
    formulas += [metric for metric in metrics.values() if isinstance(metric, Expression)]
    in_turn = sorted(zip(names, members, strict=True), key=lambda one: one[1].turn)
    turns = [line for name, member in in_turn for line in _turn(name, member, document, metrics)]
    counted = [name for name, member in in_turn if member.ticks and _counts(member, document)]
    lines = [
        f"# {' '.join(document.title.split())}: {document.chain}",
        *_imports(document, formulas, counts=any(isinstance(metrics[name], Expression) for name in counted)),
        "",
        *_optimizer(document.optimizer),
        *(line for name in document.scheduled_params for line in _second_optimizer(name)),
        "",
        *(
            f"{name} = {_call(member.scheduler, member.ticks, len(name) + 3)}"
            for name, member in zip(names, members, strict=True)
        ),
        *(f"{_metric(name, metrics)} = {_handed_over(metrics[name])}" for name in _told(metrics)),
        *(f"{_one_by_one(name)} = {_in_order(name, metrics)}" for name in counted),
        *(line for name in document.scheduled_params for line in ("", "", *_copied(name))),
        "",
        "lrs = []",
        *_loop(document, turns, scheduler_first=scheduler_first),
        "",
        "for t, row in enumerate(lrs):",
        f"{_INDENT}print(t, *row)",
    ]
    return "\n".join(lines) + "\n"


def _loop(document: ScheduleDocument, turns: list[str], *, scheduler_first: bool) -> Iterator[str]:
    """Yield the training loop: an iteration is an update, an epoch of them, or a batch of an accumulation."""
    others = document.scheduled_params
    parts = [f"[{_value(name, 'group')} for group in optimizer.param_groups]" for name in ("lr", *others)]
    row = [f"lrs.append({parts[0]})"]
    if others:
        row = ["lrs.append(", f"{_INDENT}{parts[0]}", *(f"{_INDENT}+ {part}" for part in parts[1:]), ")"]
    closure = "lambda: 0.0" if document.optimizer.optimizer.name == "LBFGS" else ""
    update = [*_added(document), *row, f"optimizer.step({closure})"]
    # Without it torch warns of a wrong order.
    update += [f"{_other(name)}.step()" for name in others]
    if document.beat != "batch":
        yield f"for t in range({document.updates}):  # one {document.unit} each"
        update = [f"{_INDENT}{line}" for line in update]
        yield from [*turns, *update] if scheduler_first else [*update, *turns]
        return
    each, whole = document.batches(document.epoch_steps), document.grad_accumulation
    due = f"(batch + 1) % {whole} == 0" if each % whole == 0 else f"(batch % {each} + 1) % {whole} == 0"
    if each % whole and document.accumulate_remainder == "step":
        due = f"{due} or (batch + 1) % {each} == 0"
    used = any(re.search(r"\bt\b", line) for line in (*update, *turns))
    yield from ["t = 0"] * used
    yield f"for batch in range({document.beats}):  # one micro-batch each"
    yield f"{_INDENT}update = {due}"
    update = [f"{_INDENT}if update:", *(f"{_INDENT * 2}{line}" for line in update)]
    yield from [*turns, *update] if scheduler_first else [*update, *turns]
    yield from [f"{_INDENT}t += update"] * used


def _added(document: ScheduleDocument) -> Iterator[str]:
    """Yield the lines that add the groups of a later time."""
    for index, (group, row) in enumerate(zip(document.optimizer.groups, document.added_rows, strict=True)):
        if row is not None:
            yield f"if t == {row}:  # {' '.join(group.name.split())}"
            yield f"{_INDENT}optimizer.add_param_group({_group(index, group, document.optimizer)})"


def _group(index: int, group: Group, host: Host) -> str:
    values = group.optimizer.hyperparameters()
    differing = {key: value for key, value in values.items() if value != host.optimizer.hyperparameters()[key]}
    rest = "".join(f", {key!r}: {value!r}" for key, value in differing.items()).replace("'", '"')
    return f'{{"params": [weights[{index}]]{rest}}}'


def _value(name: str, group: str) -> str:
    """Return the expression of a group's hyperparameter."""
    key, part = place(name)
    return f'{group}["{key}"]' if part is None else f'{group}["{key}"][{part}]'


def _other(name: str) -> str:
    """Return the variable of the optimizer whose lr is a hyperparameter."""
    return f"{name}_optimizer"


def _second_optimizer(name: str) -> Iterator[str]:
    yield f"{_other(name)} = torch.optim.SGD("
    yield (
        f'{_INDENT}[{{"params": [torch.zeros(1)], "lr": {_value(name, "group")}}} for group in optimizer.param_groups]'
    )
    yield ")"


def _copied(name: str) -> Iterator[str]:
    """Yield the function that writes the second optimizer's lr where the hyperparameter stands."""
    key, part = place(name)
    value = 'source["lr"]' if part is None else f'(source["lr"], *group["{key}"][1:])'
    yield f"def set_{name}():"
    yield f"{_INDENT}for group, source in zip(optimizer.param_groups, {_other(name)}.param_groups):"
    yield f'{_INDENT * 2}group["{key}"] = {value}'
    yield ""
    yield ""
    yield f"set_{name}()"


def _variables(members: tuple[Member, ...]) -> list[str]:
    own = [member for member in members if member.path != ("swa",)]
    names = ["scheduler"] if len(own) == 1 else [f"scheduler{number}" for number in range(1, len(own) + 1)]
    return names + ["swa_scheduler"] * (len(members) - len(own))


def _imports(document: ScheduleDocument, formulas: list[Expression], *, counts: bool) -> Iterator[str]:
    used = [scheduler for member in document.members() for scheduler in _all(member.scheduler)]
    functions = sorted({name for formula in formulas for name in formula.python.math_names})
    if counts:
        yield "from itertools import count"
    if functions:
        yield f"from math import {', '.join(functions)}"
    if functions or counts:
        yield ""
    # torch.optim comes with torch.
    yield from sorted({"import torch", f"import {document.optimizer.optimizer.module}"} - {"import torch.optim"})
    for module in sorted({scheduler.module for scheduler in used}):
        names = sorted({scheduler.class_name for scheduler in used if scheduler.module == module})
        yield f"from {module} import {', '.join(names)}"


def _all(scheduler: Scheduler) -> Iterator[Scheduler]:
    yield scheduler
    for member in getattr(scheduler, "schedulers", ()):
        yield from _all(member)


def _formulas(scheduler: Scheduler) -> Iterator[Expression]:
    for one in _all(scheduler):
        for value in one.arguments().values():
            yield from (
                each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Expression)
            )


def _optimizer(host: Host) -> Iterator[str]:
    own = {
        key: value for key, value in host.optimizer.hyperparameters().items() if key in host.optimizer.model_fields_set
    }
    # Two-dimensional, because Muon takes nothing else.
    yield f"weights = [torch.nn.Parameter(torch.zeros(2, 2)) for _ in range({len(host.groups)})]"
    if not host.grouped:
        shared = ", ".join(["weights", *(f"{key}={value!r}" for key, value in own.items())])
        yield f"optimizer = {host.optimizer.module}.{host.optimizer.class_name}({shared})"
        return
    yield f"optimizer = {host.optimizer.module}.{host.optimizer.class_name}("
    if host.layer_decay is not None:
        lr, decay, last = host.optimizer.hyperparameters()["lr"], host.layer_decay.decay, host.layer_decay.layers
        group = f'{{"params": [weight], "lr": {lr!r} * {decay!r} ** ({last} - layer)}}'
        yield f"{_INDENT}[{group} for layer, weight in enumerate(weights)],"
    else:
        yield f"{_INDENT}["
        for index, each in enumerate(host.standing):
            yield f"{_INDENT * 2}{_group(index, each, host)},  # {' '.join(each.name.split())}"
        yield f"{_INDENT}],"
    yield from (f"{_INDENT}{key}={value!r}," for key, value in own.items())
    yield ")"


def _call(scheduler: Scheduler, ticks: int, column: int, depth: int = 0, optimizer: str = "") -> str:
    """Return the constructor call, over several lines where it is long; ticks: how often it is stepped."""
    optimizer = optimizer or ("optimizer" if scheduler.param is None else _other(scheduler.param))
    arguments = [
        f"{key}={_literal(value, ticks, depth + 1, optimizer)}"
        for key, value in scheduler.arguments().items()
        if key in scheduler.model_fields_set
    ]
    if scheduler.optimizer_first:
        arguments.insert(0, optimizer)
    else:
        arguments.append(f"optimizer={optimizer}")
    flat = f"{scheduler.class_name}({', '.join(arguments)})"
    if len(flat) + column + depth * len(_INDENT) <= _WIDTH and "\n" not in flat:
        return flat
    inside = f",\n{_INDENT * (depth + 1)}".join(arguments)
    return f"{scheduler.class_name}(\n{_INDENT * (depth + 1)}{inside},\n{_INDENT * depth})"


def _literal(value: Any, ticks: int, depth: int, optimizer: str) -> str:
    if isinstance(value, Expression):
        # A nested SequentialLR runs one tick ahead of its parent for each level of nesting.
        return _tabled(value, ticks + depth + 2) or _lambda(value)
    if isinstance(value, Scheduler):
        return _call(value, ticks, 0, depth, optimizer)
    if isinstance(value, tuple):
        if any(isinstance(each, Scheduler) for each in value):
            inside = "".join(
                f"{_INDENT * (depth + 1)}{_literal(each, ticks, depth + 1, optimizer)},\n" for each in value
            )
            return f"[\n{inside}{_INDENT * depth}]"
        return f"[{', '.join(_literal(each, ticks, depth, optimizer) for each in value)}]"
    return repr(value)


def _tabled(formula: Expression, ticks: int) -> str | None:
    """Return a formula of the tick as a list of its values where Python's arithmetic raises, and IEEE 754's does not.

    1 / 0 is infinite in a document, and min(1, 1 / t) is 1 at t = 0; Python raises ZeroDivisionError there.
    """
    if "x" in formula.variables:
        return None
    # Our own text, of a formula whose names are all known.
    function = eval(_lambda(formula), {name: getattr(math, name) for name in formula.python.math_names})
    try:
        for tick in range(min(ticks, _TRIED)):
            function(tick)
    except (ArithmeticError, ValueError):
        at = np.arange(ticks, dtype=np.float64)
        return f"{formula.evaluate(**dict.fromkeys(formula.variables, at)).tolist()}.__getitem__"
    return None


def _lambda(formula: Expression) -> str:
    """Return a formula as a lambda; torch hands over an int, and formulas are about floats."""
    argument = "x" if "x" in formula.variables else "t"
    variable = re.compile(rf"\b({'|'.join(formula.variables)})\b")
    return f"lambda {argument}: {variable.sub(f'float({argument})', formula.python.source)}"


Metrics = Mapping[str, Expression | list[float]]
"""What each of the plateaus watches, by its variable."""


def _metrics(document: ScheduleDocument, members: Mapping[str, Member]) -> Metrics:
    """Return what plateaus watch: a formula where Python computes it at every tick, else its values."""
    if document.metric is None:
        return {}
    found: dict[str, Expression | list[float]] = {}
    watching = {name: one for name, one in members.items() if one.scheduler.watches_metric and one.ticks}
    most = max((one.ticks for one in watching.values()), default=0)
    formula = document.metric.expression
    # With ticks in it, it is a formula of each, and may have no value beyond those.
    apart = formula is not None and "ticks" in dict(formula.constants)
    for name, member in watching.items():
        values: list[float] = document.watched(member.scheduler, member.ticks if apart else most).tolist()
        # What is NaN in NumPy is an error of Python's math.
        written = formula if all(map(math.isfinite, values)) else None
        found[name] = values if written is None else written.given(document.own_clock(member.scheduler).constants)
    return found


def _apart(metrics: Metrics) -> bool:
    """Tell whether plateaus watch different values: in a formula with ticks, each its own."""
    return len(set(map(repr, metrics.values()))) > 1


def _told(metrics: Metrics) -> list[str]:
    """Return the plateaus whose metrics the script writes out."""
    return list(metrics) if _apart(metrics) else list(metrics)[:1]


def _metric(name: str, metrics: Metrics) -> str:
    """Return the function that a plateau's metric is taken from."""
    return name.replace("scheduler", "metric") if name in metrics and _apart(metrics) else "metric"


def _handed_over(metric: Expression | list[float]) -> str:
    if isinstance(metric, Expression):
        return _lambda(metric)
    values = ", ".join(repr(value) if math.isfinite(value) else f'float("{value}")' for value in metric)
    return f"[{values}]"


def _turn(name: str, member: Member, document: ScheduleDocument, metrics: Metrics) -> Iterator[str]:
    """Yield the lines that step a member in the loop; metrics: what plateaus watch."""
    one, when = member.scheduler, member.when
    if not member.ticks:
        return
    at_updates = document.beat == "batch" and (one.fractional or (one.interval or document.interval) == "step")
    if at_updates:
        # Counted in updates, which the batches between them are not.
        number = np.searchsorted(array(document.update_beats), array(when))
        when = range(int(number[0]), int(number[-1]) + 1, one.frequency)
    assert isinstance(when, range)
    counter = "t" if at_updates or document.beat != "batch" else "batch"
    rounds = document.updates if counter == "t" else document.beats
    conditions = ["update"] if at_updates else []
    if when.step > 1:
        offset = when.start % when.step
        last = offset == when.step - 1
        conditions.append(f"({counter} + 1) % {when.step} == 0" if last else f"{counter} % {when.step} == {offset}")
    if when.start >= when.step:
        conditions.append(f"{counter} >= {when.start}")
    if when[-1] + when.step < rounds:
        conditions.append(f"{counter} <= {when[-1]}")
    given = ""
    if one.watches_metric:
        tick = "t" if when.step == 1 else f"t // {when.step}"
        given = _metric(name, metrics)
        given += f"({tick})" if isinstance(metrics[name], Expression) else f"[{tick}]"
        given = f"next({_one_by_one(name)})" if _counts(member, document) else given
    elif one.fractional:
        given = f"t // {document.epoch_steps} + t % {document.epoch_steps} / {document.epoch_steps}"
    lines = [f"{name}.step({given})"]
    if member.repeat > 1:
        lines = [f"for _ in range({member.repeat}):", f"{_INDENT}{lines[0]}"]
    if one.param is not None:
        lines.append(f"set_{one.param}()")
    if conditions:
        yield f"{_INDENT}if {' and '.join(conditions)}:"
    yield from (f"{_INDENT * (2 if conditions else 1)}{line}" for line in lines)


def _counts(member: Member, document: ScheduleDocument) -> bool:
    """Tell whether the calls of a member have to be counted to know which metric each is given."""
    even = isinstance(member.when, range) and member.when.start < member.when.step
    told = even and member.repeat == 1 and document.beat != "batch"
    return member.scheduler.watches_metric and not told


def _one_by_one(name: str) -> str:
    """Return the variable of the values that a member is given, one a call."""
    return name.replace("scheduler", "metrics")


def _in_order(name: str, metrics: Metrics) -> str:
    values = _metric(name, metrics)
    return f"map({values}, count())" if isinstance(metrics[name], Expression) else f"iter({values})"
