"""The documents a command line names: read all of them, and report what is wrong with any of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from lrviz.errors import DocumentError, Fault, UsageError
from lrviz.spec.faults import did_you_mean
from lrviz.spec.host import recordable
from lrviz.spec.load import load, loads, read_text
from lrviz.spec.override import combinations, labels
from lrviz.spec.schedule import ScheduleDocument


def read_all(specs: Sequence[str], settings: Sequence[str] = ()) -> list[ScheduleDocument]:
    """Return every document, once for each combination of overrides.

    Raises DocumentError with the faults of all of them.
    """
    overridden = combinations(settings)
    documents: list[ScheduleDocument] = []
    faults: list[Fault] = []
    _only_one_from_stdin(specs)
    for spec in specs:
        # Standard input can be read only once, whatever the number of combinations.
        piped = read_text(spec) if spec == "-" else None
        for overrides, label in zip(overridden, labels(overridden), strict=True):
            try:
                if piped is None:
                    document = load(spec, overrides)
                else:
                    document = loads(piped, source="<stdin>", overrides=overrides)
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


def each_read(specs: Sequence[str]) -> Iterator[Callable[[], ScheduleDocument]]:
    """Yield for each document what reads it, so that one which cannot be read does not keep the others from it.

    Raises UsageError where standard input is to be read twice.
    """
    _only_one_from_stdin(specs)
    for spec in specs:
        yield partial(load, spec)


def _only_one_from_stdin(specs: Sequence[str]) -> None:
    if list(specs).count("-") > 1:
        raise UsageError("- given twice; standard input holds one document")


def default_stem(specs: Sequence[str], count: int) -> str:
    """Return the name of the picture, without its suffix."""
    stem = "stdin" if specs[0] == "-" else Path(specs[0]).stem
    return stem if count == 1 else f"{stem}-and-{count - 1}"


def known_params(params: Sequence[str], documents: Sequence[ScheduleDocument]) -> tuple[str, ...]:
    """Return the asked hyperparameters, each once.

    Raises UsageError for one that no document's optimizer has.
    """
    known = dict.fromkeys(name for document in documents for name in recordable(document.optimizer))
    for name in params:
        if name not in known:
            probably = did_you_mean(name, known)
            raise UsageError(f"--param {name}: the optimizer has {', '.join(known)}{probably}")
    return tuple(dict.fromkeys(params))
