"""A schedule document -> a Simulation: its curves, and the verdict of the cross-check."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lrviz.engines import reference
from lrviz.engines.crosscheck import compare
from lrviz.engines.phases import marks, phases
from lrviz.engines.plan import Progress
from lrviz.engines.planning import plan
from lrviz.engines.reference import Reference
from lrviz.engines.worker import Worker
from lrviz.errors import Refusal
from lrviz.linting.lint import Linted, linted
from lrviz.results import Curves, Recording, Trace, Verdict
from lrviz.schedulers import ReduceLROnPlateau
from lrviz.spec.host import recordable
from lrviz.spec.schedule import ScheduleDocument

if TYPE_CHECKING:
    from lrviz.render.schedule import Artist, Axes

Engine = Literal["both", "torch", "reference"]


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What a document gives: curves, the verdict on them, and what lint finds. It draws itself in a notebook."""

    curves: Curves
    verdict: Verdict
    linted: Linted

    @property
    def warnings(self) -> tuple[str, ...]:
        """What lint finds in the document, a line each."""
        return tuple(map(str, (*self.linted.findings, *self.linted.faults)))

    def plot(self, ax: Axes | None = None, *, log: bool = False) -> list[Artist]:
        """Draw the learning rate into `ax`, or into a new figure, and return the artists."""
        from lrviz.render.schedule import draw_schedules, new_axes

        return draw_schedules(new_axes() if ax is None else ax, [self.curves], log=log)

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `schedules` in the JSON that `lrviz schedule --json` writes."""
        from lrviz.render.records import schedule_record

        return schedule_record(self.curves, self.verdict, self.warnings)

    def _repr_png_(self) -> bytes:
        from lrviz.render.schedule import SchedulePicture

        stream = io.BytesIO()
        picture = SchedulePicture([self.curves])
        picture.stamp([self.verdict])
        picture.save(stream, "png")
        return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Run:
    """A simulation under way: `curves` are the reference's, torch's are being computed."""

    document: ScheduleDocument
    engine: Engine
    worker: Worker | None
    expected: Recording
    curves: Curves
    linted: Linted

    @classmethod
    def start(cls, document: ScheduleDocument, engine: Engine, params: Sequence[str], worker: Worker | None) -> Run:
        """Send a document to torch and compute the reference meanwhile.

        params that the optimizer lacks are left out.
        Raises DocumentError where an engine refuses the schedule.
        """
        own = tuple(name for name in params if name in recordable(document.optimizer))
        asked = worker if engine != "reference" else None
        try:
            if asked is not None:
                asked.send(plan(document, own))
            known = reference.run(document, own)
        except Refusal as refusal:
            raise document.refused(refusal) from None
        return cls(document, engine, asked, known.recording, _curves(document, known, own), linted(document, known))

    def finish(self, progress: Progress | None = None) -> Simulation:
        """Wait for torch and compare; the values of the simulation are torch's where torch ran."""
        if self.worker is None:
            return Simulation(self.curves, Verdict("skipped"), self.linted)
        try:
            recording = self.worker.receive(progress)
            assert isinstance(recording, Recording)
        except Refusal as refusal:
            raise self.document.refused(refusal) from None
        if self.engine == "torch":
            verdict = Verdict("skipped", torch=recording.torch)
        else:
            verdict = compare(self.expected, recording, self.curves.groups)
        params = {name: recording.params[name] for name in self.curves.params}
        return Simulation(replace(self.curves, lr=recording.lr, params=params), verdict, self.linted)


def simulate(document: ScheduleDocument, *, engine: Engine = "both", params: Sequence[str] = ()) -> Simulation:
    """Simulate a document with the real torch schedulers and with lrviz's own maths, and compare.

    engine: both (cross-checked), torch, or reference; params: hyperparameters to record beside lr
    although no scheduler varies them.
    Raises DocumentError where torch refuses the schedule, UnfinishedError where torch cannot run.
    """
    if engine == "reference":
        return Run.start(document, engine, params, None).finish()
    with Worker() as worker:
        return Run.start(document, engine, params, worker).finish()


def _curves(document: ScheduleDocument, known: Reference, params: Sequence[str]) -> Curves:
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
        phases=phases(known.turns, document.updates),
        marks=marks(known.turns, _effective(known.reductions, recording), document.updates),
        metric=_trace(document),
        updates=document.steps if document.unit == "epoch" else None,
    )


def _effective(reductions: Sequence[int], recording: Recording) -> list[int]:
    """Return the reductions after which some lr is another: at its floor, or within eps of it, none is."""
    later = [row for row in reductions if row + 1 < len(recording.lr)]
    return [row for row in later if (recording.lr[row + 1] != recording.lr[row]).any()]


def _trace(document: ScheduleDocument) -> Trace | None:
    if document.metric is None:
        return None
    for member in document.members():
        if isinstance(member.scheduler, ReduceLROnPlateau):
            ticks = np.arange(member.when.start, member.when.stop, member.when.step)
            return Trace(document.metric.label, ticks, document.metric.at(len(ticks)))
    return None
