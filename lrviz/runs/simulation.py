"""A schedule document -> a Simulation: its curves, and the verdict of the cross-check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import numpy as np

from lrviz.documents.host import recordable
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import compare
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.phases import marks, phases
from lrviz.engines.reference.schedule import Reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.choices import Engine, Order
from lrviz.engines.work import Worker
from lrviz.foundation.errors import MissingLibrary, Refusal
from lrviz.foundation.numerals import short
from lrviz.foundation.progress import Progress
from lrviz.linting.finding import Finding
from lrviz.linting.lint import linted
from lrviz.results import Curves, Recording, Trace, Verdict
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from concurrent.futures import Future

    from lrviz.render.figures.schedule import Artist, Axes, ShownFigure


@dataclass(frozen=True, slots=True, eq=False)
class Simulation(Shown):
    """What a schedule gives, whatever its source: curves, and the verdict on them. It draws itself in a notebook.

    A source with several optimizers gives several. warnings: what is odd about the loop and what lint finds, a line
    each; findings: the latter as data, where there is a document to lint.
    """

    curves: Curves
    verdict: Verdict
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @overload
    def plot(self, ax: None = None, *, log: bool = False) -> ShownFigure: ...

    @overload
    def plot(self, ax: Axes, *, log: bool = False) -> list[Artist]: ...

    def plot(self, ax: Axes | None = None, *, log: bool = False) -> ShownFigure | list[Artist]:
        """Return the picture that `lrviz schedule` draws; or draw the learning rate into `ax`, and return artists."""
        from lrviz.render.figures.schedule import SchedulePicture, draw_schedules

        if ax is not None:
            return draw_schedules(ax, [self.curves], log=log)
        picture = SchedulePicture([self.curves], log=log)
        picture.stamp([self.verdict])
        return picture.figure

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `schedules` in the JSON that `lrviz schedule --json` writes."""
        from lrviz.render.records.schedule import schedule_record

        return schedule_record(self.curves, self.verdict, self.warnings)


@dataclass(frozen=True, slots=True)
class Run:
    """A simulation under way: `curves` are the reference's, torch's are being computed."""

    document: ScheduleDocument
    engine: Engine
    recording: Future[Recording] | None
    expected: Recording
    curves: Curves
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]

    @classmethod
    def start(
        cls,
        document: ScheduleDocument,
        engine: Engine,
        params: Sequence[str],
        worker: Worker | None,
        progress: Progress | None = None,
        *,
        order: Order = "optimizer-first",
    ) -> Run:
        """Submit a document to torch, which reports its progress, and compute the reference meanwhile.

        params that the optimizer lacks are left out.
        Raises DocumentError where an engine refuses the schedule.
        """
        own = tuple(name for name in params if name in recordable(document.optimizer))
        early = order == "scheduler-first"
        recording = None
        try:
            if worker is not None and engine != "reference":
                recording = worker.submit(plan(document, own, scheduler_first=early), progress)
            known = reference.run(document, own, scheduler_first=early)
        except Refusal as refusal:
            raise document.refused(refusal) from None
        curves = _curves(document, known, own, early=early)
        notes = [] if recording is None else [*_stand_in(document)]
        if early:
            skipped, curves = curves, _one_early(curves)
            notes.append(_early_words(document, skipped))
        expected = Recording(curves.lr, {name: table[early:] for name, table in known.recording.params.items()})
        checked = linted(document, None if early else known)
        warnings = (*notes, *map(str, (*checked.findings, *checked.faults)))
        return cls(document, engine, recording, expected, curves, warnings, checked.findings)

    def finish(self) -> Simulation:
        """Wait for torch and compare; the values of the simulation are torch's where torch ran.

        Raises MissingLibrary where torch alone was asked for, and it or a scheduler's library is not installed.
        """
        if self.recording is None:
            return self._with(self.curves, Verdict.alone())
        try:
            recording = self.recording.result()
        except MissingLibrary as missing:
            if self.engine == "torch":
                raise
            return self._with(self.curves, Verdict("skipped", reason=str(missing)))
        except Refusal as refusal:
            raise self.document.refused(refusal) from None
        if self.engine == "torch":
            verdict = Verdict.alone(recording.ran)
        else:
            verdict = compare(self.expected, recording, self.curves.groups)
        params = {name: recording.params[name] for name in self.curves.params}
        return self._with(replace(self.curves, lr=recording.lr, params=params), verdict)

    def _with(self, curves: Curves, verdict: Verdict) -> Simulation:
        return Simulation(curves, verdict, self.warnings, self.findings)


def in_order(
    documents: Sequence[ScheduleDocument], order: Order | Literal["both"]
) -> list[tuple[ScheduleDocument, Order]]:
    """Return each document with the order it is stepped in; for both once in each, under a name that tells it."""
    if order != "both":
        return [(document, order) for document in documents]
    return [
        (document.model_copy(update={"name": f"{document.title}: {each.replace('-', ' ')}"}), each)
        for document in documents
        for each in get_args(Order)
    ]


def _curves(document: ScheduleDocument, known: Reference, params: Sequence[str], *, early: bool) -> Curves:
    recording = known.recording
    return Curves(
        name=document.title,
        source=document.source,
        unit=document.unit,
        steps_per_epoch=document.epoch_steps,
        optimizer=document.optimizer.optimizer.name,
        chain=document.chain,
        groups=tuple(group.name for group in document.optimizer.groups),
        lr=recording.lr,
        params={name: recording.params[name] for name in dict.fromkeys((*sorted(known.varied), *params))},
        phases=phases(known.turns, len(recording.lr)),
        marks=marks(known.turns, _effective(known.reductions, recording), len(recording.lr)),
        metric=_trace(document, early=early),
        updates=document.steps if document.unit == "epoch" else None,
    )


def _one_early(curves: Curves) -> Curves:
    """Return the curves that updates use where each is made with what the schedulers set just before it."""
    metric = curves.metric
    return replace(
        curves,
        chain=f"{curves.chain}, stepped before the optimizer",
        lr=curves.lr[1:],
        params={name: table[1:] for name, table in curves.params.items()},
        phases=tuple(
            replace(one, start=max(one.start - 1, 0), stop=one.stop - 1) for one in curves.phases if one.stop > 1
        ),
        marks=tuple(replace(one, tick=one.tick - 1) for one in curves.marks if one.tick > 0),
        metric=None if metric is None else replace(metric, ticks=metric.ticks - 1),
    )


def _early_words(document: ScheduleDocument, curves: Curves) -> str:
    first = ", ".join(short(value) for value in curves.lr[0].tolist())
    return (
        f"{document.source}: scheduler.step() before optimizer.step(): the first value, lr {first}, is never used, and "
        f"each update is made with the value meant for the next one"
    )


def _stand_in(document: ScheduleDocument) -> Iterator[str]:
    """Say where the library of the optimizer is missing: all that schedulers need of one are its parameter groups."""
    own = document.optimizer.optimizer
    package = own.module.partition(".")[0]
    if package != "torch" and find_spec(package) is None:
        yield f"{document.source}: {package} is not installed; a stand-in holds the parameter groups of {own.name}"


def _effective(reductions: Sequence[int], recording: Recording) -> list[int]:
    """Return the reductions after which some lr is another: at its floor, or within eps of it, none is."""
    later = [row for row in reductions if row + 1 < len(recording.lr)]
    return [row for row in later if (recording.lr[row + 1] != recording.lr[row]).any()]


def _trace(document: ScheduleDocument, *, early: bool) -> Trace | None:
    if document.metric is None:
        return None
    for member in document.members(scheduler_first=early):
        if member.scheduler.watches_metric:
            ticks = np.arange(member.when.start, member.when.stop, member.when.step)
            return Trace(document.metric.label, ticks, document.metric.at(len(ticks)))
    return None
