"""Several documents at once, and one document under several overrides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lrviz.documents.load import written
from lrviz.documents.override import combinations, labels
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Fault, UsageError


def read_all(specs: Sequence[str], settings: Sequence[str] = ()) -> list[ScheduleDocument]:
    """Return every document, once for each combination of overrides.

    Raises DocumentError with the faults of all of them.
    """
    overridden = combinations(settings)
    documents: list[ScheduleDocument] = []
    faults: list[Fault] = []
    only_one_from_stdin(specs)
    for spec in specs:
        try:
            read = written(spec)
        except DocumentError as error:
            faults += error.faults
            continue
        for overrides, label in zip(overridden, labels(overridden), strict=True):
            try:
                document = read.document(overrides)
            except DocumentError as error:
                faults += error.faults
                continue
            if label:
                document = document.model_copy(update={"name": f"{document.title}: {label}"})
            documents.append(document)
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    return _told_apart(documents)


def _told_apart(documents: Sequence[ScheduleDocument]) -> list[ScheduleDocument]:
    """Return the documents under names that differ: equal ones get their file's, the same file again a number."""
    files: dict[str, set[str]] = {}
    for document in documents:
        files.setdefault(document.title, set()).add(document.source)
    seen: Counter[str] = Counter()
    apart = []
    for document in documents:
        own = f" ({Path(document.source).stem})" if len(files[document.title]) > 1 else ""
        name = f"{document.title}{own}"
        seen[name] += 1
        name += f" #{seen[name]}" if seen[name] > 1 else ""
        apart.append(document if name == document.title else document.model_copy(update={"name": name}))
    return apart


def read_one(spec: str, settings: Sequence[str] = ()) -> ScheduleDocument:
    """Return one document with its overrides.

    Raises UsageError where they make several of it.
    """
    documents = read_all([spec], settings)
    if len(documents) > 1:
        raise UsageError(f"--set with several values makes {len(documents)} schedules; one is needed here")
    return documents[0]


def only_one_from_stdin(specs: Sequence[str]) -> None:
    """Refuse to read standard input twice."""
    if list(specs).count("-") > 1:
        raise UsageError("- given twice; standard input holds one document")
