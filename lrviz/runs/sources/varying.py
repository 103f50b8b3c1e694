"""`--vary` of a schedule: each of its parameters at several values while the others stay, in a panel each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lrviz.documents.override import Override, combinations, labels, parse
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.settings import split
from lrviz.foundation.errors import DocumentError, Path, UsageError
from lrviz.language.fields import Model
from lrviz.language.marked_yaml import dotted
from lrviz.render.variations import Variation
from lrviz.runs.simulation import Simulation
from lrviz.runs.sources.several import read_all, simulated_or_read
from lrviz.runs.sources.source import Source
from lrviz.schedulers import SCHEDULERS


def simulated_or_varied(
    sources: Sequence[Source], settings: Sequence[str], varied: Sequence[str], params: Sequence[str]
) -> tuple[Sequence[ScheduleDocument | Simulation], Sequence[Variation]]:
    """Return what `simulated_or_read` does; where something varies the document of one source with each of its values.

    A setting of `varied` is written `scheduler.gamma=0.1,0.3`; after a semicolon stand others that go with it. Second
    is which of the documents belong together, nothing where nothing varies.
    Raises UsageError where something is no setting, DocumentError with what is wrong with the documents.
    """
    if not varied:
        return simulated_or_read(sources, settings, params), ()
    if len(sources) != 1 or sources[0].holds_curves:
        given = f"{len(sources)} schedules" if len(sources) > 1 else f"{sources[0].spec}, which is no document"
        raise UsageError(f"--vary: given with {given}; it varies the parameters of one schedule document")
    found: list[ScheduleDocument] = []
    panels = []
    for one in varied:
        parts = [part.strip() for part in split(one, ";")]
        try:
            combined = combinations([*settings, *parts])
        except UsageError as error:
            raise UsageError(f"--vary {one}: {str(error).removeprefix('--set ')}") from None
        try:
            documents = read_all(sources, [*settings, *parts])
        except DocumentError as error:
            own = {f"--set {each.words}" for part in parts for each in parse(part)}
            typed = {place: place.replace("--set", "--vary", 1) for place in own}
            faults = (replace(each, place=typed.get(each.place, each.place)) for each in error.faults)
            raise DocumentError(*faults) from None
        panels.append(_panel(documents[0], combined, len(settings)))
        found += documents
    return found, panels


def _panel(document: ScheduleDocument, combined: Sequence[tuple[Override, ...]], first: int) -> Variation:
    """Return the panel of all combinations of some values; first: the column of the parameter that varies."""
    columns = list(zip(*combined, strict=True))
    several = [column for column in columns if len({one.words for one in column}) > 1] or [columns[first]]
    fixed = [column[0] for column in columns if column not in several]
    names = labels(combined)
    if len(several) == 1:
        names = [one.words.partition("=")[2].strip("\"'") for one in several[0]]
    title = ", ".join(dotted(column[0].path).removeprefix("scheduler.") for column in several)
    told = [_words(document, several[0][0].path)] if len(several) == 1 else []
    told += [f"with {', '.join(one.words.removeprefix('scheduler.') for one in fixed)}"] if fixed else []
    return Variation(title, "; ".join(filter(None, told)), tuple(names))


def _words(document: ScheduleDocument, path: Path) -> str:
    """Return what a parameter of a scheduler is, "" where it is not described."""
    if len(path) == 1:
        return _described(type(document), path)
    part: Any = document.marked.data
    for key in path[:-1]:
        part = part[key]
    name = "SWALR" if path[0] == "swa" else str(part.get("name")) if isinstance(part, dict) else ""
    cls = SCHEDULERS.find(name)
    return "" if cls is None else _described(cls, path)


def _described(cls: type[Model], path: Path) -> str:
    field = cls.model_fields.get(str(path[-1]))
    return "" if field is None else field.description or ""
