"""A schedule document -> a Simulation: its curves, and the verdict of the cross-check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np
from typing_extensions import override

from lrviz.documents.host import recordable
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import compare
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.phases import marks, phases
from lrviz.engines.reference.schedule import Reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.work import Worker
from lrviz.foundation.beats import array
from lrviz.foundation.errors import MissingLibrary, Refusal, UsageError
from lrviz.foundation.numerals import plural, short
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Engine, Order, ShownOrder
from lrviz.language.length import Clock
from lrviz.language.window import asked_windows
from lrviz.linting.finding import Finding
from lrviz.linting.lint import linted
from lrviz.linting.rule import Severity
from lrviz.render.axes import ScheduleAxes, X
from lrviz.render.records.schedule import schedule_record
from lrviz.render.text.verdicts import sentence
from lrviz.results import EFFECTIVE_LR, Curves, FloatArray, Recording, Trace, Verdict
from lrviz.runs.effective import with_effective_lr
from lrviz.runs.shown import Shown
from lrviz.runs.surviving import NEEDED, with_survival
from lrviz.schedulers.watching import Watching

if TYPE_CHECKING:
    from concurrent.futures import Future

    from lrviz.render.figures.schedule import Artist, Axes, SchedulePicture, ShownFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Simulation(Shown):
    """What a schedule gives, whatever its source: curves, and the verdict on them. It draws itself in a notebook.

    A source with several optimizers gives several. warnings: what is odd about the loop and what lint finds, a line
    each; findings: the latter as data, where there is a document to lint.
    """

    curves: Curves
    verdict: Verdict
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    @override
    def summary(self) -> str:
        return f"{self.curves.name}, {plural(self.curves.steps, self.curves.unit)}"

    @overload
    def plot(
        self, ax: None = None, *, log: bool | None = None, x: X = "time", window: str | None = None
    ) -> ShownFigure: ...

    @overload
    def plot(self, ax: Axes, *, log: bool | None = None, x: X = "time", window: str | None = None) -> list[Artist]: ...

    def plot(
        self, ax: Axes | None = None, *, log: bool | None = None, x: X = "time", window: str | None = None
    ) -> ShownFigure | list[Artist]:
        """Return the picture that `lrviz schedule` draws; or draw the learning rate into `ax`, and return artists.

        log: None lets the values decide; x: "share" counts shares of the run; window: a part of it, as ":5ep".
        Raises UsageError where the window is no part of the run.
        """
        if ax is None:
            return picture([self], log=log, x=x, window=window)
        from lrviz.render.figures.schedule import draw_schedules

        return draw_schedules(ax, [self.curves], _axes([self], log, x, window))

    def to_html(self, *, log: bool | None = None, x: X = "time", window: str | None = None) -> str:
        """Return the page that `lrviz schedule -o FILE.html` writes. See `plot` for the arguments."""
        return page([self], _axes([self], log, x, window)).decode()

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `schedules` in the JSON that `lrviz schedule --json` writes."""
        return schedule_record(self.curves, self.verdict, self.warnings)


def picture(
    simulations: Sequence[Simulation], *, log: bool | None = None, x: X = "time", window: str | None = None
) -> ShownFigure:
    """Return the picture of several simulations over one another. See `Simulation.plot`."""
    from lrviz.render.figures.schedule import SchedulePicture

    curves = [one.curves for one in simulations]
    drawn = SchedulePicture(curves, _axes(simulations, log, x, window))
    stamp(drawn, simulations)
    return drawn.shown()


def page(simulations: Sequence[Simulation], axes: ScheduleAxes) -> bytes:
    """Return simulations over one another as one HTML file, to be touched: values, zoom, and other axes."""
    from lrviz.pages import Told, single_page
    from lrviz.render.interactive.schedule import schedule_view

    verdicts = [one.verdict for one in simulations]
    curves = [one.curves for one in simulations]
    return single_page(
        schedule_view(curves, axes),
        Told(
            ", ".join(dict.fromkeys(one.source for one in curves)),
            sentence([one.name for one in curves], verdicts),
            any(one.verdict == "disagree" for one in verdicts),
            tuple(dict.fromkeys(line for one in simulations for line in one.warnings)),
        ),
    )


def stamp(drawn: SchedulePicture, simulations: Sequence[Simulation]) -> None:
    """Write in the corner of a picture what is wrong with the runs that were recorded; else the verdicts."""
    if all(one.verdict.verdict == "skipped" for one in simulations) and any(one.findings for one in simulations):
        from lrviz.linting.caused import RunFinding, in_short

        found = [each for one in simulations for each in one.findings if isinstance(each, RunFinding)]
        if found:
            drawn.sign(in_short(found), alarm=any(each.severity is not Severity.note for each in found))
            return
    drawn.stamp([one.verdict for one in simulations])


def _axes(simulations: Sequence[Simulation], log: bool | None, x: X, window: str | None) -> ScheduleAxes:
    if x not in get_args(X):
        raise UsageError(f"x {x!r}: {' or '.join(map(repr, get_args(X)))} is needed")
    return ScheduleAxes(log, x, asked_windows("window", window, [clock_of(one) for one in simulations]))


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
        survival: bool = False,
    ) -> Run:
        """Submit a document to torch, which reports its progress, and compute the reference meanwhile.

        params that the optimizer lacks are left out; survival: with the half-life of each update.
        Raises DocumentError where an engine refuses the schedule, UsageError where an update has no half-life.
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
        if survival:
            curves = with_survival(curves, document.optimizer.optimizer, _hyperparameters(document, known, NEEDED))
        if EFFECTIVE_LR in params:
            curves = with_effective_lr(curves, _hyperparameters(document, known, ("momentum", "dampening")))
        notes = [] if recording is None else [*_stand_in(document)]
        if early:
            notes.append(_early_words(document, known))
        checked = linted(document, None if early else known)
        told = (one for one in checked.findings if one.rule.severity is not Severity.note)
        warnings = (*notes, *map(str, (*told, *checked.faults)))
        return cls(document, engine, recording, known.recording, curves, warnings, checked.findings)

    def finish(self) -> Simulation:
        """Wait for torch and compare; the values of the simulation are torch's where torch ran.

        Raises MissingLibrary where only torch was requested, and it or a scheduler's library is not installed.
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
            compared = compare(self.expected, recording, self.curves.groups)
            verdict = replace(compared, of_config=self.document.marked.origin is not None)
        params = {name: recording.params.get(name, table) for name, table in self.curves.params.items()}
        return self._with(replace(self.curves, lr=recording.lr, params=params), verdict)

    def _with(self, curves: Curves, verdict: Verdict) -> Simulation:
        return Simulation(curves, verdict, self.warnings, self.findings)


def in_order(
    given: Sequence[ScheduleDocument | Simulation], order: ShownOrder
) -> list[tuple[ScheduleDocument | Simulation, Order]]:
    """Return each document with the order it is stepped in; for both once in each, under a name that tells it.

    What has been stepped already was stepped after the optimizer.
    """
    found: list[tuple[ScheduleDocument | Simulation, Order]] = []
    for one in given:
        if isinstance(one, Simulation):
            found.append((one, "optimizer-first"))
        elif order != "both":
            found.append((one, order))
        else:
            for each in get_args(Order):
                named = one.model_copy(update={"name": f"{one.title}: {each.replace('-', ' ')}"})
                found.append((named, each))
    return found


def clock_of(one: ScheduleDocument | Simulation) -> Clock:
    """Return the clock of the rows of a curve, or of the one that a document will give."""
    if isinstance(one, Simulation):
        after = one.curves.projected
        rows = one.curves.steps + (0 if after is None else len(after.lr))
        return Clock.of_rows(one.curves.unit, one.curves.steps_per_epoch, rows)
    return one.clock(one.unit)


def _curves(document: ScheduleDocument, known: Reference, params: Sequence[str], *, early: bool) -> Curves:
    recording = known.recording
    return Curves(
        name=document.title,
        source=document.source,
        unit=document.unit,
        steps_per_epoch=document.epoch_steps,
        optimizer=document.optimizer.optimizer.name,
        chain=f"{document.chain}, stepped before the optimizer" if early else document.chain,
        groups=tuple(group.name for group in document.optimizer.groups),
        lr=recording.lr,
        params={name: recording.params[name] for name in dict.fromkeys((*sorted(known.varied), *params))},
        phases=phases(known.turns, known.line),
        marks=marks(known.turns, _effective(known), known.line),
        metric=_trace(document, early=early),
        updates=document.steps if document.unit == "epoch" else None,
    )


def _hyperparameters(document: ScheduleDocument, known: Reference, wanted: Sequence[str]) -> dict[str, FloatArray]:
    """Return hyperparameters, those that the optimizer has: [rows, groups] where one varies, else a row."""
    names = [name for name in wanted if name in recordable(document.optimizer)]
    params = known.recording.params
    return {name: params[name] if name in params else reference.row_of(document.optimizer, name) for name in names}


def _early_words(document: ScheduleDocument, known: Reference) -> str:
    first = ", ".join(short(value) for value in known.begun.tolist())
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


def _effective(known: Reference) -> list[int]:
    """Return the reductions after which some lr is another: at its floor, or within eps of it, none is."""
    lr, rows = known.recording.lr, known.line.rows
    found = []
    for moment in known.reductions:
        row = known.line.row(moment)
        before = lr[row - 1] if row else known.begun
        if row < rows and (lr[row] != before).any():
            found.append(moment)
    return found


def _trace(document: ScheduleDocument, *, early: bool) -> Trace | None:
    if document.metric is None:
        return None
    updates = array(document.update_beats)
    for member in document.members(scheduler_first=early):
        if isinstance(member.scheduler, Watching):
            beats = array(member.when).repeat(member.repeat)
            after = np.searchsorted(updates, beats, side="left" if early else "right") - 1
            values = document.watched(member.scheduler, len(after))
            seen = list(member.scheduler.watched(values.tolist()))
            best, bad = np.array([best for best, _ in seen]), np.array([bad for _, bad in seen], dtype=np.int64)
            return Trace(document.metric.label, after, values, best, bad, member.scheduler.patience)
    return None
