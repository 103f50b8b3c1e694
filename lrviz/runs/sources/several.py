"""Several sources at once, and one source under several overrides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lrviz.documents.override import combinations, labels
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.runs.simulation import Simulation
from lrviz.runs.sources.recordings import joined
from lrviz.runs.sources.source import Source


def read_all(sources: Sequence[Source], settings: Sequence[str] = ()) -> list[ScheduleDocument]:
    """Return the document of every source, once for each combination of overrides.

    Raises DocumentError with the faults of all of them.
    """
    overridden = combinations(settings)
    documents: list[ScheduleDocument] = []
    faults: list[Fault] = []
    for source in sources:
        try:
            read = source.read()
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


def simulated_or_read(
    sources: Sequence[Source], settings: Sequence[str], params: Sequence[str]
) -> list[ScheduleDocument | Simulation]:
    """Return what `read_all` does, and the curves of the sources that hold no document, in the order of all of them.

    Raises DocumentError likewise; what a source of curves raises, after all documents were read.
    """
    given = [source for source in sources if not source.holds_curves]
    documents = read_all(given, settings)
    for_each = len(documents) // len(given) if given else 0
    found: list[ScheduleDocument | Simulation] = []
    for source in joined(sources):
        if source.holds_curves:
            found += source.simulated(settings, params)
        else:
            found += documents[:for_each]
            del documents[:for_each]
    return found


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


def read_one(source: Source, settings: Sequence[str] = ()) -> ScheduleDocument:
    """Return one document with its overrides.

    Raises UsageError where they make several of it.
    """
    documents = read_all([source], settings)
    if len(documents) > 1:
        raise UsageError(f"--set with several values makes {len(documents)} schedules; one is needed here")
    return documents[0]
