"""From a sweep document to a Sweep."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager

from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.errors import DocumentError, Fault, Refusal
from lrviz.foundation.numerals import plural
from lrviz.foundation.progress import Progress
from lrviz.runs.sweeping.driven import driven
from lrviz.runs.sweeping.on_quadratic import OnQuadratic
from lrviz.runs.sweeping.on_surface import OnSurface
from lrviz.runs.sweeping.run import carried_out
from lrviz.runs.sweeping.store import Store
from lrviz.runs.sweeping.sweep import Sweep


def swept(
    document: SweepDocument,
    store: Store,
    workers: Callable[[], AbstractContextManager[Executor]],
    progress: Progress | None = None,
) -> Sweep:
    """Return the result of a sweep; workers: makes the executor of its tiles.

    Raises DocumentError where torch would refuse a point of the grid or an axis has no effect, UnfinishedError where a
    worker cannot go on.
    """
    if told := list(driven(document)):
        raise DocumentError(*(Fault(document.race.source, "over", one) for one in told))
    model = document.model
    problem = OnSurface.of(document) if model is None else OnQuadratic.of(document, model)
    try:
        found = carried_out(problem, store, workers, progress)
    except Refusal as refusal:
        raise DocumentError(*(Fault("", ".".join(map(str, one.path)), one.text) for one in refusal.problems)) from None
    warnings = list(problem.warnings)
    if found.tiles.damaged:
        warnings.append(f"{plural(found.tiles.damaged, 'tile')} in {store.folder} damaged and computed again")
    return Sweep(found, tuple(warnings))
