"""What the calls of the Python API take: each check returns what is needed instead, "" where a value fits.

None of them imports anything for a path, a mapping or live schedulers: torch's process should start first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike

from lrviz.documents.calls import NOTHING, a, either, many, one_of
from lrviz.foundation.errors import UsageError


def document_or_path(value: object) -> str:
    """Check for a document, or what leads to one: a source by name, a path or a mapping."""
    if isinstance(value, str | PathLike | Mapping):
        return ""
    from lrviz.documents.schedule import is_document

    return is_document(value)


def is_live(value: object) -> bool:
    """Return whether a value is a live scheduler, or a list of them."""
    parts = value if isinstance(value, list | tuple) else [value]
    return bool(parts) and all(callable(getattr(one, "step", None)) and not isinstance(one, type) for one in parts)


def live_or_document(value: object) -> str:
    """Check for live schedulers, or a document."""
    return "" if is_live(value) else document_or_path(value)


def live(value: object) -> str:
    """Check for live schedulers."""
    return "" if is_live(value) else "a live scheduler, or a list of them, is needed"


def metric_or_formula(value: object) -> str:
    """Check for the values that a scheduler watches, a formula of them, or none."""
    if value is None or isinstance(value, str):
        return ""
    told = "a list of numbers, or a formula in t as '0.9 ** t', is needed"
    try:
        fits = isinstance(value, Iterable) and all(isinstance(one + 0.0, float) for one in value)
    except TypeError:
        return told
    return "" if fits else told


_COUNT = a("a whole number", int)
LOOP = {
    "steps": either(_COUNT, NOTHING),
    "epochs": either(_COUNT, NOTHING),
    "steps_per_epoch": _COUNT,
    "metric": metric_or_formula,
}
"""The options that say how a loop steps live schedulers."""


def refuse_loop(**given: object) -> None:
    """Raise UsageError if options are given that a document has itself."""
    odd = [name for name, value in given.items() if value is not None and (name, value) != ("steps_per_epoch", 1)]
    if odd:
        raise UsageError(f"{', '.join(odd)}: given with a document, which has its own; they are for live schedulers")


def known_x(value: object) -> str:
    """Check for what an x-axis may count."""
    from lrviz.render.axes import X

    return one_of(X)(value)


def race_entries(value: object) -> str:
    """Check for the entries of a race, or its document."""
    told = many("a list of entries, as ['adam', {'name': 'sgd', 'lr': 0.1}],", str, Mapping)(value)
    if not told:
        return ""
    from lrviz.documents.race import RaceDocument

    return "" if isinstance(value, RaceDocument) else told


def sweep_entries(value: object) -> str:
    """Check for the entries of a sweep, or what leads to its document."""
    if isinstance(value, str | PathLike | Mapping):
        return ""
    return many("a list of entries, as ['adam', {'name': 'sgd', 'momentum': 0.9}],", str, Mapping)(value)


def an_executor(value: object) -> str:
    """Check for an executor, or none."""
    return "" if value is None or hasattr(value, "submit") else "a concurrent.futures.Executor is needed"


def comparable(value: object) -> str:
    """Check for whatever `lrviz.diff` compares."""
    if not live_or_document(value):
        return ""
    from lrviz.results import Logged
    from lrviz.runs.recording import Recording
    from lrviz.runs.simulation import Simulation

    fits = isinstance(value, Simulation | Recording | Logged)
    told = "a source as on the command line, a document, schedulers, a simulation, a log or a recording is needed"
    return "" if fits else told


def several_rules(value: object) -> str:
    """Check for a list of rules, or none."""
    if value is None:
        return ""
    from lrviz.linting.rule import Rule

    fits = isinstance(value, list | tuple) and all(isinstance(one, type) and issubclass(one, Rule) for one in value)
    return "" if fits else "a list of rules, as lrviz.linting.rules.RULES is, is needed"
