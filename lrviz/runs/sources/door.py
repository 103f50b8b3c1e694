"""`lrviz.document`: lrviz's own documents and the configs of other libraries, read by one function."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, many
from lrviz.documents.load import Given, written
from lrviz.documents.override import Override
from lrviz.documents.schedule import ScheduleDocument, is_document
from lrviz.runs.sources.foreign import in_its_dialect

_CHECKS = {
    "source": either(a("a name", str), NOTHING),
    "folder": either(a("a pathlib.Path", Path), NOTHING),
    "overrides": many("a list of overrides, as lrviz.documents.override.parse returns,", Override),
    "watched": a("True or False", bool),
    "dialect": either(a("the name of a dialect, as lrviz list dialects shows them,", str), NOTHING),
    "facts": either(a("a mapping of facts, as {'dataset_size': 50000},", Mapping), NOTHING),
}


@checked(given=either(is_document, NOTHING), text=either(a("the text of a document", str), NOTHING), **_CHECKS)
def document(
    given: ScheduleDocument | Given | None = None,
    *,
    text: str | None = None,
    source: str | None = None,
    folder: Path | None = None,
    overrides: Sequence[Override] = (),
    watched: bool = False,
    dialect: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> ScheduleDocument:
    """Return the schedule document in a mapping, a file or a text, also from another library's config.

    given: a mapping with the keys of a document or of another library's config, or the path of one, `-` for standard
    input; a document is returned as it is. text: the YAML of one, in place of `given`. source: what messages call it;
    folder: where its relative paths start (default: the file's folder, else the current one). overrides: values set in
    it; watched: the caller supplies what ReduceLROnPlateau watches, so that no metric is needed. dialect: the
    library whose config it is, where its keys do not say so ("lrviz": none); facts: what such a config lacks, such as
    {"dataset_size": 50000}.
    Raises DocumentError with every fault of it, UsageError where what is given is none of these.
    """
    if isinstance(given, ScheduleDocument) and text is None and not overrides:
        return given
    read = in_its_dialect(written(given, text=text, source=source, folder=folder), dialect, facts or {})
    return read.document(overrides, watched=watched)


@checked(path=A_PATH, overrides=_CHECKS["overrides"])
def load(path: str | os.PathLike[str], overrides: Sequence[Override] = ()) -> ScheduleDocument:
    """Return the schedule document in a file; `-` is standard input. See `lrviz.document`."""
    return document(path, overrides=overrides)


@checked(text=a("the text of a document", str), source=a("a name", str), folder=a("a pathlib.Path", Path))
def loads(
    text: str,
    *,
    source: str = "<text>",
    folder: Path = Path(),
    overrides: Sequence[Override] = (),
    watched: bool = False,
) -> ScheduleDocument:
    """Return the schedule document in a text. See `lrviz.document`."""
    return document(text=text, source=source, folder=folder, overrides=overrides, watched=watched)
