"""The entries of a race: optimizers with their hyperparameters, and documents whose optimizer runs under its chain."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import PydanticCustomError
from typing_extensions import override

from lrviz.documents.host import host_of
from lrviz.documents.override import Override
from lrviz.documents.settings import settings_of
from lrviz.foundation.errors import Problem, Refusal
from lrviz.language.choices import Implementation
from lrviz.language.fields import problems_in
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.coded import Coded
from lrviz.optimizers.torch.lbfgs import LBFGS

if TYPE_CHECKING:
    from lrviz.documents.load import Written
    from lrviz.documents.schedule import ScheduleDocument

CODE = "py:"
"""The prefix of a source that runs the user's own code."""
_CODED = re.compile(rf"{CODE}(?P<module>[^\W\d][\w.]*):(?P<name>[^\W\d][\w.]*)(?P<settings>(:.*)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One competitor in a race.

    label: the text as typed, repeats with " #2"; name: what pictures call it; optimizer: with every
    hyperparameter set before tuning; lr_given: the lr is not tuned; schedule: the chain
    it runs under, with this optimizer as its host; told: what was left out of its document, "" if nothing.
    """

    label: str
    name: str
    optimizer: Optimizer
    lr_given: bool
    schedule: ScheduleDocument | None = None
    told: str = ""


class Schedules(Protocol):
    """Where the schedules of a race come from."""

    def holds(self, text: str, folder: FilePath) -> bool:
        """Return whether an entry is a schedule, not an optimizer's name; folder: where a path starts."""

    def read(self, text: str, folder: FilePath, steps: int, *, named: bool) -> Written:
        """Return the document of a schedule.

        steps: of the race, which is also the length of a schedule without one; named: a race document names it.
        Raises DocumentError where it cannot be read.
        """


class Files(Schedules):
    """Schedules from files alone."""

    @override
    def holds(self, text: str, folder: FilePath) -> bool:
        return is_path(text, folder)

    @override
    def read(self, text: str, folder: FilePath, steps: int, *, named: bool) -> Written:
        from lrviz.documents.load import written

        return written(text if text == "-" else folder / text, named=named)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all entries of a race share: an lr, a schedule, an implementation.

    schedules: where they come from; folder: where the paths of entries start, schedule_folder: that of the schedule;
    entries_named, schedule_named: their paths are in a race document, not on a command line; steps: of the race;
    runs_code: entries were typed, or given by a program, and may name a class by `py:`.
    """

    schedules: Schedules
    folder: FilePath
    steps: int
    lr: float | None = None
    schedule: str | None = None
    schedule_folder: FilePath = FilePath()
    impl: Implementation | None = None
    entries_named: bool = False
    schedule_named: bool = False
    runs_code: bool = False


def is_path(text: str, folder: FilePath = FilePath()) -> bool:
    """Return whether an entry is the path of a document, not an optimizer's name."""
    # Not pathlib: it raises for a text that is too long to be a path.
    there = os.path.isfile(folder / text)  # noqa: PTH113
    name = text.partition(":")[0]  # after it a / divides, as in adam:lr=1/8
    return text == "-" or text.lower().endswith((".yaml", ".yml")) or "/" in name or there


def read_entry(given: str | Mapping[str, Any], shared: Shared) -> Entry:
    """Return the entry that a text or a mapping means.

    Raises Refusal with what is wrong with it, DocumentError with what is wrong with its document.
    """
    if isinstance(given, str) and given.strip().startswith(CODE):
        return _of_code(given.strip(), shared)
    if isinstance(given, str) and shared.schedules.holds(given, shared.folder):
        return _of_document(given, shared)
    label, name, settings = written_settings(given)
    given_lr = "lr" in settings or shared.lr is not None or shared.schedule is not None
    if shared.lr is not None:
        settings.setdefault("lr", shared.lr)
    document: ScheduleDocument | None = None
    if shared.schedule is not None:
        from lrviz.documents.one_group import shared_values

        chain = shared.schedules.read(
            shared.schedule, shared.schedule_folder, shared.steps, named=shared.schedule_named
        ).native
        whole = chain.document(watched=True)
        own = whole.optimizer.optimizer
        if "lr" in own.model_fields_set:
            settings.setdefault("lr", own.hyperparameters()["lr"])
        optimizer = _optimizer({"name": name, **settings})
        host = {"name": optimizer.name, **settings}
        # In a race ReduceLROnPlateau watches that, and needs no metric.
        hosted = Override(("optimizer",), host, f"optimizer={label}")
        document = chain.document([hosted, *shared_values(whole)], watched=True)
    else:
        optimizer = _optimizer({"name": name, **settings})
    return Entry(label, label, _implemented(optimizer, shared.impl), given_lr, document)


def _of_code(given: str, shared: Shared) -> Entry:
    """Return the entry of a class that is named `py:module:Class`, with its settings after that; nothing is run yet."""
    if not shared.runs_code:
        raise Refusal(Problem((), f"{given} runs code, which a document may not do; give it on the command line"))
    match = _CODED.fullmatch(given)
    if match is None:
        raise Refusal(Problem((), "py:module:Class is needed, with key=value after it, as py:mine:Lion:weight_decay=0"))
    _, settings = settings_of(match["name"] + match["settings"])
    if shared.schedule is not None:
        raise Refusal(Problem((), "a schedule is given for all entries, and a class of py: cannot run under one yet"))
    if shared.impl is not None:
        raise Refusal(
            Problem(
                (), f"impl {shared.impl} chooses among torch's implementations; give a class of py: its own arguments"
            )
        )
    given_lr = "lr" in settings or shared.lr is not None
    if shared.lr is not None:
        settings.setdefault("lr", shared.lr)
    if given_lr:
        settings["lr"] = _checked_lr(settings["lr"])
    optimizer = Coded.named(f"{match['module']}:{match['name']}", settings)
    return Entry(given, given.removeprefix(CODE), optimizer, given_lr)


def _checked_lr(value: Any) -> float:
    """Return an lr as a number."""
    if isinstance(value, str):
        from lrviz.language.expression import ExpressionError, arithmetic

        with contextlib.suppress(ExpressionError):
            value = arithmetic(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise Refusal(Problem(("lr",), f"{value!r} given; a number of at least 0 is needed"))
    return float(value)


def told_apart(entries: list[Entry]) -> tuple[Entry, ...]:
    """Return entries whose labels differ: repeats get a number."""
    seen: dict[str, int] = {}
    apart = []
    for entry in entries:
        count = seen[entry.label] = seen.get(entry.label, 0) + 1
        mark = f" #{count}" if count > 1 else ""
        apart.append(replace(entry, label=entry.label + mark, name=entry.name + mark))
    return tuple(apart)


def written_settings(given: str | Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return label, name and settings of an entry as it is written."""
    if isinstance(given, str):
        return (given.strip(), *settings_of(given))
    if not isinstance(given.get("name"), str):
        raise Refusal(Problem((), "name missing; write for example {name: adam, lr: 0.05}"))
    name, settings = given["name"], {key: value for key, value in given.items() if key != "name"}
    return ":".join([name, *(f"{key}={_plain(value)}" for key, value in settings.items())]), name, settings


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(_plain, value))
    # As it would be typed.
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _optimizer(data: Mapping[str, Any]) -> Optimizer:
    try:
        host = host_of({**data, "name": OPTIMIZERS.spelled(str(data["name"]))})
    except PydanticCustomError as error:
        raise Refusal(*problems_in(error)) from None
    if isinstance(host.optimizer, LBFGS) and "line_search_fn" not in data:
        # Without a line search the length of a step is up to lr, and only LBFGS would race with an untuned lr.
        return host.optimizer.model_copy(update={"line_search_fn": "strong_wolfe"})
    if host.grouped:
        raise Refusal(Problem(("groups",), "given; a race has one point, and so one parameter group", of_key=True))
    optimizer = _raced(host.optimizer)
    if optimizer.hyperparameters().get("capturable"):
        raise Refusal(Problem(("capturable",), "true given; it is for graphs on a GPU, and races run on the CPU"))
    return optimizer


def _raced(optimizer: Optimizer) -> Optimizer:
    """Return an optimizer whose update lrviz knows.

    Raises Refusal for another one.
    """
    if not optimizer.races:
        told = f"{optimizer.name} can only be scheduled: lrviz does not know its update, and cannot race it"
        raise Refusal(Problem((), f"{told}; those of torch can race (lrviz list optimizers)"))
    return optimizer


def _implemented(optimizer: Optimizer, impl: Implementation | None) -> Optimizer:
    """Return the optimizer with one of torch's implementations chosen."""
    if impl is None:
        return optimizer
    flags: dict[str, Any] = {
        name: name == impl for name in ("foreach", "fused") if name in type(optimizer).model_fields
    }
    if impl != "for-loop" and impl not in flags:
        have = ", ".join(cls.__name__ for cls in OPTIMIZERS if impl in cls.model_fields)
        raise Refusal(Problem((), f"{optimizer.name} has no {impl} implementation; those with one are {have}"))
    for name in flags.keys() & optimizer.model_fields_set:
        raise Refusal(Problem((name,), f"given together with impl {impl}; drop one of the two"))
    return optimizer.model_copy(update=flags)


def _of_document(given: str, shared: Shared) -> Entry:
    if shared.schedule is not None:
        raise Refusal(Problem((), "a document has its own schedule; drop it, or the schedule for all entries"))
    from lrviz.documents.one_group import one_group

    source = shared.schedules.read(given, shared.folder, shared.steps, named=shared.entries_named).native
    overrides = [] if shared.lr is None else [Override(("optimizer", "lr"), shared.lr, "lr")]
    one = one_group(source.document(overrides, watched=True))
    document = source.document([*overrides, *one.overrides], watched=True)
    optimizer = _implemented(_raced(document.optimizer.optimizer), shared.impl)
    return Entry(given, document.title, optimizer, True, document, one.told)
