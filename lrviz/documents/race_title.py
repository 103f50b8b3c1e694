"""The default title of a race: its entries, or how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lrviz.documents.entries import Entry
from lrviz.foundation.numerals import short

_MOST = 3
"""Optimizers that are named; if there are more, the title has their number."""
_VALUES = 5
"""Values of a hyperparameter that are listed."""


def titled(entries: Sequence[Entry], where: str, varied: Sequence[str] = ()) -> str:
    """Return the title of a race on the function `where`; varied: the hyperparameters that vary.

    "SGD and Adam on Rosenbrock", "4 optimizers on Rosenbrock", "SGD on quadratic: momentum 0, 0.5",
    "Adam on Rosenbrock: what lr and eps do".
    """
    if varied:
        return f"{entries[0].optimizer.name} on {where}: what {listed(varied)} {'do' if len(varied) > 1 else 'does'}"
    names = [entry.optimizer.name if entry.schedule is None else entry.name for entry in entries]
    several = list(dict.fromkeys(names))
    if len(names) == 1 or 1 < len(several) <= _MOST:
        return f"{listed(several)} on {where}"
    if len(several) > 1:
        noun = "optimizers" if all(entry.schedule is None for entry in entries) else "entries"
        return f"{len(names)} {noun} on {where}"
    return f"{names[0]} on {where}: {_differing(entries)}"


def listed(names: Sequence[str]) -> str:
    """Return names in a row: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _differing(entries: Sequence[Entry]) -> str:
    """Return how entries of one optimizer differ."""
    settings = [{key: _plain(value) for key, value in _given(entry).items()} for entry in entries]
    apart = [key for key in settings[0] if len({one.get(key, "") for one in settings}) > 1]
    values = [one.get(apart[0], "") for one in settings] if len(apart) == 1 else []
    if values and len(values) <= _VALUES:
        return f"{apart[0]} {', '.join(values)}"
    return f"{len(entries)} values of {apart[0]}" if values else f"{len(entries)} settings"


def _given(entry: Entry) -> dict[str, Any]:
    """Return every hyperparameter in force; a tuned lr is not known yet, and counts as equal for all."""
    known = dict(entry.optimizer.hyperparameters())
    return known if entry.lr_given else {**known, "lr": "tuned"}


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_plain, value))})"
    # As documents write them.
    return str(value).lower() if isinstance(value, bool | str | None) else short(value)
