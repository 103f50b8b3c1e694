"""The documents a command line names: read all of them, and report what is wrong with any of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lrviz.errors import DocumentError, Fault, UsageError
from lrviz.spec.faults import did_you_mean
from lrviz.spec.host import recordable
from lrviz.spec.load import load, loads, read_text
from lrviz.spec.override import combinations
from lrviz.spec.schedule import ScheduleDocument


def read_all(specs: Sequence[str], settings: Sequence[str] = ()) -> list[ScheduleDocument]:
    """Return every document, once for each combination of overrides.

    Raises DocumentError with the faults of all of them.
    """
    overridden = combinations(settings)
    documents: list[ScheduleDocument] = []
    faults: list[Fault] = []
    if list(specs).count("-") > 1:
        raise UsageError("- given twice; standard input holds one document")
    for spec in specs:
        # Standard input can be read only once, whatever the number of combinations.
        piped = read_text(spec) if spec == "-" else None
        for overrides in overridden:
            try:
                document = load(spec, overrides) if piped is None else loads(piped, source="<stdin>", overrides=overrides)
                if len(overridden) > 1:
                    varied = ", ".join(one.label for one, count in zip(overrides, _counts(overridden), strict=True) if count > 1)
                    document = document.model_copy(update={"name": f"{document.title}: {varied}" if len(specs) > 1 else varied})
                documents.append(document)
            except DocumentError as error:
                faults += error.faults
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    return documents


def _counts(overridden: Sequence[tuple[object, ...]]) -> list[int]:
    """Return how many values each setting takes."""
    return [len(dict.fromkeys(values)) for values in zip(*overridden, strict=True)]


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
            raise UsageError(f"--param {name}: the optimizer has {', '.join(known)}{did_you_mean(name, known)}")
    return tuple(dict.fromkeys(params))
