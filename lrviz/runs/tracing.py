"""Live schedulers -> Simulations, one for each optimizer that they set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from lrviz.documents import load
from lrviz.documents.geometry import MOST_TICKS
from lrviz.documents.metric import Metric
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import compare
from lrviz.engines.real import live
from lrviz.engines.reference import schedule as reference
from lrviz.engines.tasks.live import Loop, Traced
from lrviz.foundation.errors import LrvizError, Refusal, UsageError
from lrviz.foundation.printable import printable
from lrviz.linting.finding import Finding
from lrviz.linting.fixing import proven
from lrviz.linting.lint import linted
from lrviz.linting.rule import Rule
from lrviz.results import Curves, Verdict
from lrviz.runs.simulation import Run, Simulation

Watched = str | Sequence[float]
"""A metric: a formula in t, or its values."""


def traced(given: Any, loop: Loop) -> tuple[Simulation, ...]:
    """Return the curves that copies of live schedulers give, one for each optimizer. See `lrviz.trace`.

    Raises UsageError where there is no scheduler, or where one cannot be copied, or stepped in this way.
    """
    return simulations(live.trace(live.schedulers_in(given), loop), "trace", loop)


def traced_alone(given: Any, loop: Loop) -> Simulation:
    """Return the curves of schedulers that set one optimizer.

    Raises UsageError as `traced` does, and where they set several.
    """
    found = traced(given, loop)
    if len(found) > 1:
        names = ", ".join(one.curves.optimizer for one in found)
        raise UsageError(
            f"{len(found)} optimizers ({names}), which have a curve each: trace the schedulers of each separately; "
            "lrviz.plot draws them in one picture"
        )
    return found[0]


def loop_of(
    *,
    steps: int | None,
    epochs: int | None,
    steps_per_epoch: int = 1,
    metric: Watched | None = None,
    params: Sequence[str] = (),
) -> Loop:
    """Return the loop that the options of a call ask for.

    Raises UsageError where they do not say how long it is, or do not fit together.
    """
    if (steps is None) == (epochs is None):
        both = "both given" if steps is not None else "missing"
        raise UsageError(
            f"steps, epochs: {both}; one is needed, as a scheduler does not know how the loop steps it: steps=N for "
            "after each of N updates, epochs=N for after each of N epochs"
        )
    ticks = steps if steps is not None else epochs
    assert ticks is not None
    for name, value in (("steps" if steps is not None else "epochs", ticks), ("steps_per_epoch", steps_per_epoch)):
        if not 1 <= value <= MOST_TICKS:
            raise UsageError(f"{name}: {value} given; a whole number from 1 to {MOST_TICKS:,} is needed")
    if steps is None and ticks * steps_per_epoch > MOST_TICKS:
        raise UsageError(f"epochs: {ticks * steps_per_epoch:,} updates; at most {MOST_TICKS:,} are traced")
    values = None if metric is None else _values(metric, ticks)
    return Loop("epoch" if steps is None else "step", ticks, steps_per_epoch, values, tuple(params))


def _values(metric: Watched, ticks: int) -> Any:
    """Return a value for each tick.

    Raises UsageError where it is not a metric, or has too few values.
    """
    try:
        values = metric if isinstance(metric, str) else np.asarray(metric, dtype=np.float64).ravel().tolist()
        given = {"expression" if isinstance(metric, str) else "values": values}
        return Metric.model_validate(given).at(ticks)
    except ValidationError as error:
        raise UsageError(*(f"metric: {one['msg']}" for one in error.errors())) from None
    except (TypeError, ValueError):
        raise UsageError("metric: a list of numbers, or a formula in t, is needed") from None
    except Refusal as refusal:
        raise UsageError(*(f"metric: {one.text}" for one in refusal.problems)) from None


def simulations(found: Sequence[Traced], source: str, loop: Loop) -> tuple[Simulation, ...]:
    """Return what a trace gave as simulations; source: what their curves and messages call it."""
    optimizers = [printable(one.optimizer) for one in found]
    again = [optimizers[:index].count(name) for index, name in enumerate(optimizers)]
    names = [f"{name} #{times + 1}" if times else name for name, times in zip(optimizers, again, strict=True)]
    several = len(found) > 1
    return tuple(
        _simulation(one, source, loop, name if several else printable(one.chain))
        for one, name in zip(found, names, strict=True)
    )


def _simulation(one: Traced, source: str, loop: Loop, name: str) -> Simulation:
    curves = Curves(
        name=name,
        source=source,
        unit=one.unit,
        steps_per_epoch=loop.steps_per_epoch,
        optimizer=printable(one.optimizer),
        chain=printable(one.chain),
        groups=tuple(map(printable, one.groups)),
        lr=one.recording.lr,
        params={
            name: table
            for name, table in one.recording.params.items()
            if name in loop.params or (table != table[:1]).any()
        },
    )
    warnings = tuple(f"{source}: {text}" for text in one.warnings)
    try:
        run = Run.start(document_of(one, source), "reference", loop.params, None)
    except LrvizError as error:
        reason = f"the reference computes documents, and {error.lines[0]}"
        return Simulation(curves, Verdict("skipped", ran=one.recording.ran, reason=reason), warnings)
    expected = {name: table for name, table in run.expected.params.items() if name in one.recording.params}
    verdict = compare(replace(run.expected, params=expected), one.recording, curves.groups)
    known = replace(curves, phases=run.curves.phases, marks=run.curves.marks)
    return Simulation(known, verdict, (*warnings, *run.warnings), run.findings)


def document_of(one: Traced, source: str) -> ScheduleDocument:
    """Return the document that would build what was traced.

    Raises UsageError where nothing says all of it, DocumentError where it is not valid.
    """
    if one.document is None:
        raise UsageError(one.undescribed)
    found = load.document(one.document, source=source)
    first = reference.run(found).recording.lr[0]
    if not np.array_equal(first, one.recording.lr[0]):
        raise UsageError("the learning rate has been changed since the schedulers were built")
    return found


def linted_live(given: Any, loop: Loop, rules: Sequence[type[Rule]]) -> tuple[Finding, ...]:
    """Return what lint finds in the documents that would build live schedulers.

    Raises UsageError where there is no such document: every rule looks at one.
    """
    found = live.trace(live.schedulers_in(given), loop)
    return tuple(
        finding
        for document in documents_of(found, "trace", "lrviz.trace")
        for finding in proven(linted(document, rules=rules), rules=rules).findings
    )


def documents_of(found: Sequence[Traced], source: str, other: str) -> list[ScheduleDocument]:
    """Return the documents that lint looks at; other: what shows the curve of schedulers that have none.

    Raises UsageError where one has none.
    """
    try:
        return [document_of(one, source) for one in found]
    except LrvizError as error:
        raise UsageError(f"lint: rules check documents, and {error.lines[0]}; {other} shows the curve") from error
