"""Several sources at once, and one source under several overrides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from lrviz.documents.override import combinations, labels
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.runs.simulation import Simulation
from lrviz.runs.sources.recordings import Recorded
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


def read_asked(
    sources: Sequence[Source], settings: Sequence[str], params: Sequence[str]
) -> list[ScheduleDocument | Simulation]:
    """Return what each source holds, in their order: documents, and a simulation for each recorded optimizer.

    params: the hyperparameters to show of recordings. Overrides are for documents alone.
    Raises DocumentError with the faults of all documents, or of the first recording that cannot be read.
    """
    documents = iter(read_all([one for one in sources if not isinstance(one, Recorded)], settings))
    found: list[ScheduleDocument | Simulation] = []
    for one in sources:
        found += one.simulations(params) if isinstance(one, Recorded) else islice(documents, 1)
    # Several values of an override make several documents of a source, and go with no recording.
    return [*found, *documents]


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
