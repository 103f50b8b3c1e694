"""The training loop as Python: when it records, makes an update, adds a group, and steps each scheduler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.arrays import np
from lrviz.foundation.beats import array
from lrviz.runs.scripting import INDENT
from lrviz.runs.scripting.metrics import Metrics
from lrviz.runs.scripting.optimizers import group_literal, second, value_of


def loop_lines(
    document: ScheduleDocument, members: Mapping[str, Member], metrics: Metrics, *, scheduler_first: bool
) -> Iterator[str]:
    """Yield the training loop: an iteration is an update, an epoch of them, or a batch of an accumulation.

    members: what it steps, by their variables; metrics: what those are given.
    """
    in_turn = sorted(members.items(), key=lambda one: one[1].turn)
    turns = [line for name, member in in_turn for line in _turn(name, member, document, metrics)]
    others = document.scheduled_params
    parts = [f"[{value_of(name, 'group')} for group in optimizer.param_groups]" for name in ("lr", *others)]
    row = [f"lrs.append({parts[0]})"]
    if others:
        row = ["lrs.append(", f"{INDENT}{parts[0]}", *(f"{INDENT}+ {part}" for part in parts[1:]), ")"]
    closure = "lambda: 0.0" if document.optimizer.optimizer.name == "LBFGS" else ""
    update = [*_added(document), *row, f"optimizer.step({closure})"]
    # Without it torch warns of a wrong order.
    update += [f"{second(name)}.step()" for name in others]
    if document.beat != "batch":
        yield f"for t in range({document.updates}):  # one {document.unit} each"
        update = [f"{INDENT}{line}" for line in update]
        yield from [*turns, *update] if scheduler_first else [*update, *turns]
        return
    each, whole = document.batches(document.epoch_steps), document.grad_accumulation
    due = f"(batch + 1) % {whole} == 0" if each % whole == 0 else f"(batch % {each} + 1) % {whole} == 0"
    if each % whole and document.accumulate_remainder == "step":
        due = f"{due} or (batch + 1) % {each} == 0"
    used = any(re.search(r"\bt\b", line) for line in (*update, *turns))
    yield from ["t = 0"] * used
    yield f"for batch in range({document.beats}):  # one micro-batch each"
    yield f"{INDENT}update = {due}"
    update = [f"{INDENT}if update:", *(f"{INDENT * 2}{line}" for line in update)]
    yield from [*turns, *update] if scheduler_first else [*update, *turns]
    yield from [f"{INDENT}t += update"] * used


def _added(document: ScheduleDocument) -> Iterator[str]:
    """Yield the lines that add the groups of a later time."""
    for index, (group, row) in enumerate(zip(document.optimizer.groups, document.added_rows, strict=True)):
        if row is not None:
            yield f"if t == {row}:  # {' '.join(group.name.split())}"
            yield f"{INDENT}optimizer.add_param_group({group_literal(index, group, document.optimizer)})"


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
        given = metrics.given(name, tick)
    elif one.fractional:
        given = f"t // {document.epoch_steps} + t % {document.epoch_steps} / {document.epoch_steps}"
    elif one.takes_tick:
        given = _tick(counter, when, member.repeat)
    lines = [f"{name}.step({given})"]
    if member.repeat > 1:
        lines = [f"for {'i' if one.takes_tick else '_'} in range({member.repeat}):", f"{INDENT}{lines[0]}"]
    if one.param is not None:
        lines.append(f"set_{one.param}()")
    if conditions:
        yield f"{INDENT}if {' and '.join(conditions)}:"
    yield from (f"{INDENT * (2 if conditions else 1)}{line}" for line in lines)


def _tick(counter: str, when: range, repeat: int) -> str:
    """Return the tick that a step is given, from 1, as an expression of the loop's counter; i counts repeated steps."""
    if when.step == 1:
        made = f"{counter} + 1" if when.start == 0 else f"{counter} - {when.start} + 1"
    elif when.start == when.step - 1:
        made = f"({counter} + 1) // {when.step}"
    else:
        made = f"({counter} - {when.start}) // {when.step} + 1"
    return made if repeat == 1 else f"({made} - 1) * {repeat} + i + 1"
