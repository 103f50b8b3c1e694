"""The native document for a config of another library, as text, each value with its origin."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from lrviz.documents.geometry import Geometry
from lrviz.documents.load import document
from lrviz.documents.override import combinations
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.written import inline
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError, Path, UnfinishedError, UsageError
from lrviz.foundation.printable import printable
from lrviz.foundation.version import __version__
from lrviz.language.marked_yaml import Place, dotted
from lrviz.readers.translation import Translated
from lrviz.runs.sources.foreign import Foreign
from lrviz.runs.sources.source import Source

_OWN = {"name", "interval", "frequency", "version"}
"""Keys that say how the document is made, and nothing of the config."""


def converted(source: Source, settings: Sequence[str]) -> str:
    """Return the native document of a config, with the same curve: a row for each update.

    Raises DocumentError where the config is wrong, or lacks facts; UsageError where it is none; UnfinishedError where
    the text would not give the curve.
    """
    config = source.read()
    if not isinstance(config, Foreign):
        raise UsageError(f"{source.spec}: neither a config of another library nor a log, which lrviz convert needs")
    several = combinations(settings)
    if len(several) > 1:
        raise UsageError(f"--set with several values makes {len(several)} schedules; one is needed here")
    read = config.document(several[0])
    marked = read.marked
    assert isinstance(marked, Translated)
    data = _in_updates(read)
    text = "\n".join([*_heading(marked), *_lines(data, (), marked)]) + "\n"
    try:
        again = document(text=text, folder=source.around)
    except DocumentError as error:
        raise UnfinishedError(f"{read.source}: a document of lrviz cannot express this: {error}") from None
    one, other = (reference.run(each).recording.lr for each in (read, again))
    if one.shape != other.shape or not np.array_equal(one, other):
        raise UnfinishedError(f"{read.source}: a document of lrviz cannot express this curve")
    return text


def _in_updates(read: ScheduleDocument) -> dict[str, Any]:
    """Return the keys of the document; where all is stepped once an epoch, so that its curve has a row per update."""
    data: dict[str, Any] = copy.deepcopy(read.marked.data)
    if document(data, folder=None).unit == read.unit:
        return data
    scheduler, each = data.get("scheduler", []), read.epoch_steps
    for one in scheduler if isinstance(scheduler, list) else [scheduler]:
        # The same updates, counted in updates.
        one |= {"interval": "step", "frequency": each * one.get("frequency", 1)}
        if one.get("start") is not None:
            one["start"] = each * (one["start"] + 1) - 1
    return data if scheduler else {**data, "interval": "step"}


def _heading(marked: Translated) -> Iterator[str]:
    yield f"# Made by lrviz {__version__} from {printable(FilePath(marked.source).name)} ({marked.reader.title})."
    given = [f"{key}={value}" for key, value in {**marked.facts.values, **marked.facts.versions}.items()]
    if given:
        yield f"# Given: {printable(', '.join(given))}."
    # What --given says otherwise is no matter of this document.
    yield from (f"# Assumed: {printable(one.partition('; --given ')[0])}." for one in marked.assumed[1:])


def _lines(value: Any, path: Path, marked: Translated) -> Iterator[str]:
    """Yield the lines of a mapping, or of a list of mappings, in blocks; everything else is on one line."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            first, *rest = _lines(each, (*path, index), marked)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
        return
    for key, each in value.items():
        inner = (*path, key)
        if _has_lines(each):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(each, inner, marked))
        else:
            yield f"{key}: {inline(each, _float)}{_origin(inner, marked, each)}"


def _has_lines(value: Any) -> bool:
    listed = value if isinstance(value, list) else [value]
    return bool(listed) and all(isinstance(one, Mapping) and one for one in listed)


def _float(value: Any) -> str | None:
    """Return a number so that YAML 1.1 reads it as one: 2.0e-05."""
    text = repr(value) if isinstance(value, float) else ""
    return text.replace("e", ".0e") if "e" in text and "." not in text else None


def _origin(path: Path, marked: Translated, value: Any) -> str:
    """Return the comment that says where a value comes from; nothing for how the document itself is made."""
    told = marked.origins.get(path) or marked.origins.get((*path, 0))
    if told is None or marked.origin is None:
        key = str(path[-1])
        if key in _OWN:
            return ""
        given = key in marked.facts.values and marked.facts.values[key] == value
        return "  # given" if given else "  # computed" if key in Geometry.model_fields else "  # default"
    where = marked.origin.where(told)
    if isinstance(where, Place):
        return f"  # {printable(dotted(told))}, line {where.line}"
    return f"  # {printable(where or dotted(told))}"
