"""Cross-checks of many documents at once: those of a user, or of every part of the installation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.documents import load
from lrviz.documents.race import race_document
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.race import replay
from lrviz.engines.race_planning import descent
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.engines.work import Worker
from lrviz.foundation.errors import MissingLibrary
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Implementation
from lrviz.optimizers import OPTIMIZERS
from lrviz.results import Replayed
from lrviz.runs.simulation import Run, Simulation
from lrviz.schedulers import SCHEDULERS, CyclicLR


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
    """CyclicLR reads and writes more of an optimizer than any other: its lr, and its momentum or betas."""
    for name, optimizer in (*zip(OPTIMIZERS.names, OPTIMIZERS, strict=True), *OPTIMIZERS.apart.items()):
        cyclic = {**CyclicLR.example, "cycle_momentum": optimizer.cycled() is not None}
        yield _document(name, {"name": name, **optimizer.example}, {"name": "CyclicLR", **cyclic})


def _document(name: str, optimizer: dict[str, object], scheduler: dict[str, object]) -> ScheduleDocument:
    metric = {"expression": "max(0.2, 0.9 ** t)"}
    plain = {"name": name, "epochs": 60, "optimizer": optimizer, "scheduler": scheduler, "metric": metric}
    return load.document(plain, source="lrviz")


_SURFACE, _STEPS = "rosenbrock", 60
_EVERY_TERM = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01, "amsgrad": True, "centered": True}
"""Settings that switch on terms that are off by default."""


@dataclass(frozen=True, slots=True)
class Implemented:
    """One of torch's implementations of an optimizer, replayed through the reference."""

    optimizer: str
    implementation: Implementation
    verdict: Replayed


def implementations(worker: Worker, progress: Progress | None = None) -> list[Implemented]:
    """Step every implementation of every optimizer over a surface, and replay each step in the reference."""
    documents = [
        (implementation, race_document([entry], {"fn": _SURFACE, "steps": _STEPS, "impl": implementation}))
        for cls in OPTIMIZERS
        for entry in [{"name": cls.__name__} | {k: v for k, v in _EVERY_TERM.items() if k in cls.model_fields}]
        for implementation in cls.implementations()
    ]
    tapes = [
        worker.submit(descent(document, document.entries[0].optimizer, None, function=document.fn, noise=None))
        for _, document in documents
    ]
    found = []
    for done, ((implementation, document), tape) in enumerate(zip(documents, tapes, strict=True), start=1):
        (entry,) = document.entries
        rate = np.array([[entry.optimizer.hyperparameters()["lr"]]], dtype=np.float64)
        start = np.array(document.start)[:, None]
        own = descend(document.fn, entry.optimizer, start, Control(rate), document.steps, recorded=1)
        try:
            verdict = replay(tape.result(), entry.optimizer, own.path[..., 0])
        except MissingLibrary as missing:
            verdict = Replayed("skipped", reason=str(missing))
        found.append(Implemented(entry.optimizer.name, implementation, verdict))
        if progress is not None:
            progress(done, len(documents))
    return found
