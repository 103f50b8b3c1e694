"""Which columns of a table are a log's steps and learning rates, according to its kind or to the user."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.foundation.printable import printable
from lrviz.foundation.wording import did_you_mean
from lrviz.logs.names import EPOCHS, STEPS, first, is_lr
from lrviz.results import Convention, Unit

OWN: tuple[Convention, ...] = (Convention("the update's own lr", 0),)
_ASSIGNED = re.compile(r"(?:^|,)\s*(step|epoch|lr)\s*=")
_SHOWN = 12
"""Names that an error lists."""


@dataclass(frozen=True, slots=True)
class Layout:
    """steps: the column of the steps; lr: the columns of the values, and the names of their groups.

    first: the step of the first update, or epoch; conventions, unit: as of `Logged`.
    """

    kind: str
    steps: int
    lr: tuple[tuple[int, str], ...]
    first: int = 0
    conventions: tuple[Convention, ...] = OWN
    unit: Unit = "step"


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns that `--columns` names, in place of those that are found."""

    step: str | None = None
    epoch: str | None = None
    lr: tuple[str, ...] = ()


FOUND = Asked()
"""None are named: they are found."""


def asked(given: Sequence[str]) -> Asked:
    """Return what `--columns step=NAME,lr=NAME` says, given once or several times.

    Raises UsageError.
    """
    found: dict[str, list[str]] = {"step": [], "epoch": [], "lr": []}
    for text in given:
        parts = list(_ASSIGNED.finditer(text))
        if not parts or parts[0].start():
            raise UsageError(f"--columns {printable(text)}: step=NAME,lr=NAME is needed; of epochs, epoch=NAME")
        for part, after in zip(parts, [*parts[1:], None], strict=True):
            name = text[part.end() : after.start() if after else None].strip()
            if not name:
                raise UsageError(f"--columns {printable(text)}: no name after {part[1]}=")
            found[part[1]].append(name)
    if len(found["step"]) + len(found["epoch"]) > 1:
        raise UsageError("--columns: one of step= and epoch= is needed, once")
    return Asked(next(iter(found["step"]), None), next(iter(found["epoch"]), None), tuple(found["lr"]))


def plain(source: str, names: Sequence[str], kind: str, given: Asked = FOUND) -> Layout:
    """Return the layout of columns that are called step and lr, or as `given` says: steps are updates from 0.

    Raises DocumentError where they are not there.
    """
    steps, unit = _steps(source, names, given)
    if given.lr:
        chosen = [_named(source, names, name, "lr") for name in given.lr]
    else:
        chosen = [index for index, name in enumerate(names) if is_lr(name) and index != steps]
    faults = [one for one in (steps, *chosen) if isinstance(one, Fault)]
    if not chosen:
        told = f"a log without lr: no column has such a name; {_listed(names)}; --columns step=...,lr=... names others"
        faults.append(Fault(source, "", told))
    if faults:
        raise DocumentError(*faults)
    groups = told_apart({index: names[index] for index in chosen if isinstance(index, int)})
    return Layout(kind, steps if isinstance(steps, int) else 0, groups, first=int(unit == "epoch"), unit=unit)


def _steps(source: str, names: Sequence[str], given: Asked) -> tuple[int | Fault, Unit]:
    if given.step is not None or given.epoch is not None:
        unit: Unit = "step" if given.step is not None else "epoch"
        return _named(source, names, given.step or given.epoch or "", unit), unit
    found = first(STEPS, names)
    if found is not None:
        return found, "step"
    found = first(EPOCHS, names)
    if found is not None:
        return found, "epoch"
    told = f"no column is named step; {_listed(names)}; --columns step=...,lr=... names others"
    return Fault(source, "", told), "step"


def _named(source: str, names: Sequence[str], wanted: str, key: str) -> int | Fault:
    """Return the column of a name as it was typed, spaces around aside."""
    known = {name.strip(): index for index, name in reversed(list(enumerate(names)))}
    if wanted.strip() in known:
        return known[wanted.strip()]
    told = f"--columns {key}={wanted}: no such column{did_you_mean(wanted, known)}; {_listed(names)}"
    return Fault(source, "", told)


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(printable(name) for name in names[:_SHOWN]) or "none"
    return f"there are {told}{f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''}"


def told_apart(names: Mapping[int, str]) -> tuple[tuple[int, str], ...]:
    """Return columns with the names of their groups, a number behind one that is there before."""
    seen: dict[str, int] = {}
    found = []
    for index, name in names.items():
        seen[name] = seen.get(name, 0) + 1
        found.append((index, f"{name} #{seen[name]}" if seen[name] > 1 else name))
    return tuple(found)
