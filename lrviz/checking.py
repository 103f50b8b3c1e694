"""Cross-checks of many documents at once: those of a user, or one for every part of the installation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import yaml

from lrviz.engines.plan import Progress
from lrviz.engines.worker import Worker
from lrviz.optimizers import OPTIMIZERS
from lrviz.schedulers import SCHEDULERS, CyclicLR
from lrviz.simulation import Run, Simulation
from lrviz.spec.load import loads
from lrviz.spec.schedule import ScheduleDocument


def cross_check(
    documents: Sequence[ScheduleDocument], worker: Worker, progress: Progress | None = None
) -> list[Simulation]:
    """Simulate each document with both engines.

    Raises DocumentError where an engine refuses one.
    """
    runs = [Run.start(document, "both", (), worker) for document in documents]
    checks = []
    for done, run in enumerate(runs, start=1):
        checks.append(run.finish())
        if progress is not None:
            progress(done, len(runs))
    return checks


def installation() -> list[ScheduleDocument]:
    """Return a document for every scheduler, and for every optimizer as the host of a schedule."""
    return [*_each_scheduler(), *_each_optimizer()]


def _each_scheduler() -> Iterable[ScheduleDocument]:
    for scheduler in SCHEDULERS:
        yield _document(
            scheduler.__name__,
            {"name": "SGD", "lr": 0.1, "momentum": 0.9},
            {"name": scheduler.__name__, **scheduler.example},
        )


def _each_optimizer() -> Iterable[ScheduleDocument]:
    """CyclicLR reads and writes the most of an optimizer: its lr, and its momentum or betas."""
    for optimizer in OPTIMIZERS:
        cyclic = {**CyclicLR.example, "cycle_momentum": optimizer.cycled() is not None}
        yield _document(optimizer.__name__, {"name": optimizer.__name__}, {"name": "CyclicLR", **cyclic})


def _document(name: str, optimizer: dict[str, object], scheduler: dict[str, object]) -> ScheduleDocument:
    metric = {"expression": "max(0.2, 0.9 ** t)"}
    plain = {"name": name, "epochs": 60, "optimizer": optimizer, "scheduler": scheduler, "metric": metric}
    return loads(yaml.safe_dump(plain), source="lrviz")
