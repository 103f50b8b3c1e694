"""The one door to documents: a mapping, a file, a text or standard input; all faults of a document at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError

from lrviz.documents import marked_mapping
from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, many
from lrviz.documents.faults import Keys, faults_of, position, problems_of
from lrviz.documents.geometry import Geometry
from lrviz.documents.hints import scheduler_keys
from lrviz.documents.host import named_optimizer, optimizer_keys
from lrviz.documents.metric import Metric
from lrviz.documents.override import Override, apply
from lrviz.documents.schedule import ScheduleDocument, Swa, is_document
from lrviz.foundation.errors import DocumentError, Fault, Path, Problem, UsageError
from lrviz.foundation.inputs import Unreadable, text_from, text_of
from lrviz.foundation.wording import did_you_mean
from lrviz.language.length import Clock, Interval
from lrviz.language.marked_yaml import Marked, read
from lrviz.language.registry import Registry
from lrviz.optimizers import OPTIMIZERS
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.situation import Reading, Situation

_LARGEST = 16 * 10**6
"""Bytes of a document; a device like /dev/zero, which a command line may name, never ends."""


_OVERRIDES = many("a list of overrides, as lrviz.documents.override.parse returns,", Override)


Given = Marked | Mapping[str, Any] | str | os.PathLike[str]
"""What a document is made of: a mapping, with places or without, or the path of a file; `-` is standard input."""


@checked(
    given=either(is_document, NOTHING),
    text=either(a("the text of a document", str), NOTHING),
    source=either(a("a name", str), NOTHING),
    folder=either(a("a pathlib.Path", FilePath), NOTHING),
    overrides=_OVERRIDES,
    watched=a("True or False", bool),
)
def document(
    given: ScheduleDocument | Given | None = None,
    *,
    text: str | None = None,
    source: str | None = None,
    folder: FilePath | None = None,
    overrides: Sequence[Override] = (),
    watched: bool = False,
) -> ScheduleDocument:
    """Return the schedule document that a mapping, a file or a text holds: the one door to documents.

    given: a mapping with the keys of a document, or the path of one, `-` for standard input; a document is
    returned as it is. text: the YAML of one, in place of `given`. source: what messages call it; folder: where its
    relative paths start (default: the file's folder, else the current one). overrides: values set in it; watched:
    ReduceLROnPlateau is given what it watches by somebody else, so that no metric is needed.
    Raises DocumentError with every fault of it, UsageError where what is given is none of these.
    """
    if isinstance(given, ScheduleDocument) and text is None and not overrides:
        return given
    return written(given, text=text, source=source, folder=folder).document(overrides, watched=watched)


@checked(path=A_PATH, overrides=_OVERRIDES)
def load(path: str | os.PathLike[str], overrides: Sequence[Override] = ()) -> ScheduleDocument:
    """Return the schedule document in a file; `-` is standard input. See `document`."""
    return document(path, overrides=overrides)


@checked(
    text=a("the text of a document", str),
    source=a("a name", str),
    folder=a("a pathlib.Path", FilePath),
    overrides=_OVERRIDES,
    watched=a("True or False", bool),
)
def loads(
    text: str,
    *,
    source: str = "<text>",
    folder: FilePath = FilePath(),
    overrides: Sequence[Override] = (),
    watched: bool = False,
) -> ScheduleDocument:
    """Return the schedule document in a text. See `document`."""
    return document(text=text, source=source, folder=folder, overrides=overrides, watched=watched)


@dataclass(frozen=True, slots=True)
class Written:
    """A document that was read and is not validated yet, so that it can be validated under several overrides.

    folder: where its relative paths start.
    """

    marked: Marked
    folder: FilePath

    def document(self, overrides: Sequence[Override] = (), *, watched: bool = False) -> ScheduleDocument:
        """Validate it as a schedule document. See `lrviz.documents.load.document`."""
        marked = replace(self.marked, overridden=dict(self.marked.overridden))
        if marked.data is None and not marked.faults:
            told = "empty; a document names an optimizer and its scheduler, see lrviz init"
            raise DocumentError(Fault(marked.source, "", told))
        if not isinstance(marked.data, dict):
            told = "a mapping of keys to values is needed, see lrviz init"
            raise DocumentError(*marked.faults, marked.fault((), told))
        if "entries" in marked.data and not marked.data.keys() & {"optimizer", "scheduler"}:
            told = "a race, not a schedule; lrviz race draws it"
            raise DocumentError(*marked.faults, marked.fault(("entries",), told, key=True))
        apply(overrides, marked)
        marked.data = _with_canonical_names(marked.data)
        return _validated(marked, self.folder, watched=watched)


def written(
    given: object = None,
    *,
    text: str | None = None,
    source: str | None = None,
    folder: FilePath | None = None,
    named: bool = False,
) -> Written:
    """Read what a document is made of, once: standard input cannot be read again.

    named: another document names the file, which has to be a regular one then.

    Raises DocumentError where it cannot be read, UsageError where it is nothing that holds a document.
    """
    if (given is None) == (text is None):
        raise UsageError("one document is needed: a mapping, a path, or text=... with the YAML of one")
    if text is not None:
        return Written(read(text, source or "<text>"), folder or FilePath())
    if isinstance(given, Marked):
        return Written(given, folder or FilePath())
    if isinstance(given, Mapping):
        return Written(marked_mapping.read(given, source or "<mapping>"), folder or FilePath())
    if isinstance(given, str | os.PathLike):
        path = os.fsdecode(given)
        if "\n" in path and not os.path.exists(path):  # noqa: PTH110 - pathlib raises for a text that is too long
            raise UsageError("text given where the path of a document is needed; write lrviz.document(text=...)")
        name, around = ("<stdin>", FilePath()) if path == "-" else (path, FilePath(path).parent)
        return Written(read(read_text(path, named=named), source or name), folder or around)
    raise UsageError(f"an object of {type(given).__name__} given; {is_document(given) or 'a document is needed'}")


def read_text(path: str | FilePath, *, named: bool = False) -> str:
    """Return the text of a file, or of standard input for `-`.

    named: another document names the file, which has to be a regular one then.
    Raises DocumentError where there is no such text.
    """
    name = "<stdin>" if str(path) == "-" else str(path)
    try:
        text = _typed() if name == "<stdin>" else text_of(FilePath(path), _LARGEST, anything=not named)
    except Unreadable as error:
        raise DocumentError(Fault(name, "", f"{error}; a document is a small YAML file")) from None
    except FileNotFoundError:
        raise DocumentError(Fault(name, "", f"no such file{neighbour(FilePath(path))}")) from None
    except IsADirectoryError:
        raise DocumentError(Fault(name, "", "a folder; a document is a YAML file")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(Fault(name, "", f"cannot be read: {reason}")) from None
    if "\0" in text:
        raise DocumentError(Fault(name, "", "a binary file; a document is a YAML file"))
    return text


def _typed() -> str:
    # Python has None for a stream that was closed before it began.
    if sys.stdin is None:
        raise Unreadable("closed")
    return text_from(sys.stdin.buffer, _LARGEST)


def neighbour(path: FilePath) -> str:
    """Return " (did you mean ...?)" where a document of a similar name stands beside a path that leads nowhere."""
    folder = path.parent
    names = [each.name for each in folder.glob("*.y*ml")] if folder.is_dir() else []
    return did_you_mean(path.name, names)


def _with_canonical_names(data: Any) -> Any:
    """Return a copy in which optimizers and schedulers have torch's spelling, whatever case they were written in."""
    copied = dict(data)
    if isinstance(copied.get("optimizer"), dict):
        copied["optimizer"] = _named(copied["optimizer"], OPTIMIZERS)
    if "scheduler" in copied:
        copied["scheduler"] = _canonical_scheduler(copied["scheduler"])
    return copied


def _named(data: dict[str, Any], known: Registry[Any]) -> dict[str, Any]:
    name = data.get("name")
    return {**data, "name": known.spelled(name)} if isinstance(name, str) else dict(data)


def _canonical_scheduler(data: Any) -> Any:
    if isinstance(data, list):
        return [_canonical_scheduler(one) for one in data]
    if not isinstance(data, dict):
        return data
    copied = _named(data, SCHEDULERS)
    if isinstance(copied.get("schedulers"), list):
        copied["schedulers"] = _canonical_scheduler(copied["schedulers"])
    return copied


def _validated(marked: Marked, folder: FilePath, *, watched: bool) -> ScheduleDocument:
    data: Mapping[str, Any] = marked.data
    found: list[Problem] = []

    def keys_at(path: Path) -> Keys:
        return _keys_at(path, data)

    geometry: Geometry | None = None
    try:
        geometry = Geometry.model_validate({key: data[key] for key in Geometry.model_fields if key in data})
    except ValidationError as error:
        found += problems_of(error, data, keys_at)
    situation = _situation(data, geometry, watched=watched)
    reading = Reading(situation, geometry.clock if geometry else _no_clock, folder)
    try:
        document = ScheduleDocument.model_validate(data, context=reading)
    except ValidationError as error:
        found += problems_of(error, data, keys_at)
    if found or marked.faults:
        raise DocumentError(*_in_order(marked.faults, faults_of(found, marked, keys_at)))
    document._marked = marked
    return document


def _in_order(read: Sequence[Fault], validated: Sequence[Fault]) -> list[Fault]:
    """Join two lists of faults; of a part that reading found fault with, validation has nothing to add."""
    faulty = tuple(fault.field for fault in read if fault.field)
    inside = tuple(f"{field}{mark}" for field in faulty for mark in ".[")
    rest = [fault for fault in validated if fault.field not in faulty and not fault.field.startswith(inside)]
    return sorted([*read, *rest], key=position)


def _no_clock(_: Interval) -> Clock | None:
    return None


def _situation(data: Mapping[str, Any], geometry: Geometry | None, *, watched: bool) -> Situation:
    host = data.get("optimizer")
    optimizer = named_optimizer(host)
    groups = host.get("groups") if isinstance(host, Mapping) else None
    return Situation(
        clock=geometry.clock(geometry.interval) if geometry else None,
        groups=len(groups) or None if isinstance(groups, list) else 1 if groups is None and optimizer else None,
        optimizer=optimizer.__name__ if optimizer else None,
        cycled=optimizer.cycled() or "" if optimizer else None,
        has_metric=watched or "metric" in data,
        averaged="swa" in data,
    )


def _keys_at(path: Path, data: Any) -> Keys:
    """Return the keys that the mapping at a path may have."""
    if not path:
        optimizer = named_optimizer(data.get("optimizer"))
        inner = {key: f"optimizer.{key}" for key in optimizer_keys(data.get("optimizer"))}
        inner |= scheduler_keys(data.get("scheduler"), ("scheduler",))
        return Keys(list(ScheduleDocument.model_fields), [optimizer] if optimizer else [], inner)
    if path[0] == "optimizer":
        return Keys(["name", *optimizer_keys(data["optimizer"]), "groups"], OPTIMIZERS)
    models: dict[str | int, type[BaseModel]] = {"metric": Metric, "swa": Swa}
    if path[0] in models:
        return Keys([key for key in models[path[0]].model_fields if key not in {"name", "interval"}])
    for part in path:
        data = data[part]
    name = data.get("name")
    known = SCHEDULERS.find(name) if isinstance(name, str) else None
    return Keys(
        list(known.model_fields) if known else [],
        SCHEDULERS,
        scheduler_keys(data.get("schedulers"), (*path, "schedulers")),
    )
