"""The documents a command line names, and what follows from their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from lrviz.documents.load import load
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.several import only_one_from_stdin


def each_read(specs: Sequence[str]) -> Iterator[Callable[[], ScheduleDocument]]:
    """Yield for each document what reads it, so that one which cannot be read does not keep the others from it.

    Raises UsageError where standard input is to be read twice.
    """
    only_one_from_stdin(specs)
    for spec in specs:
        yield partial(load, spec)


def folder(spec: str) -> Path:
    """Return where the relative paths of a document start."""
    return Path() if spec == "-" else Path(spec).parent


def default_stem(specs: Sequence[str], count: int) -> str:
    """Return the name of the picture, without its suffix."""
    stem = "stdin" if specs[0] == "-" else Path(specs[0]).stem
    return stem if count == 1 else f"{stem}-and-{count - 1}"
