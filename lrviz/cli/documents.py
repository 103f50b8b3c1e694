"""The sources a command line names, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.cli.console import Streams
from lrviz.documents.schedule import ScheduleDocument
from lrviz.runs.sources.source import Source


def note(
    sources: Sequence[Source],
    streams: Streams,
    settings: Sequence[str] = (),
    documents: Sequence[object] = (),
) -> None:
    """Say what was filled in: where a source does not hold a whole run, unless --set says it, and by readers."""
    for told in dict.fromkeys(
        told for one in documents if isinstance(one, ScheduleDocument) for told in one.marked.assumed
    ):
        streams.note(told)
    for source in sources:
        if source.note and not any(one.startswith("optimizer") for one in settings):
            streams.note(source.note)


def read_files(sources: Sequence[Source]) -> list[str]:
    """Return the files that nothing may be written over."""
    return [str(source.file) for source in sources if source.file is not None]


def default_stem(sources: Sequence[Source], count: int) -> str:
    """Return the name of the picture, without its suffix."""
    stem = sources[0].stem
    return stem if count == 1 else f"{stem}-and-{count - 1}"
