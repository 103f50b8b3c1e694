"""The result of a request: its facts, and the function that draws it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np

from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.numerals import plural, short
from lrviz.foundation.printable import printable
from lrviz.gallery.digest import digest, sampled
from lrviz.gallery.facts import Facts
from lrviz.gallery.measures import of_implementations, of_race, of_resumed, of_schedules, of_sweep
from lrviz.render.interactive.stored import ENTRY
from lrviz.render.text.presentable import presentable
from lrviz.render.text.verdicts import UNCOMPARED, race_sentence, sentence
from lrviz.results import Contest, Contestant, Curves, Swept, Tiles, Verdict
from lrviz.runs.commands.command import Command
from lrviz.runs.commands.races import Races
from lrviz.runs.commands.resumed import Resumed
from lrviz.runs.commands.schedules import Schedules
from lrviz.runs.commands.sweeps import Sweeps
from lrviz.runs.racing import Race
from lrviz.runs.resuming.resumption import Resumption
from lrviz.runs.simulation import Simulation
from lrviz.runs.summary import summarise
from lrviz.runs.sweeping.sweep import Sweep

if TYPE_CHECKING:
    from lrviz.engines.work import Worker
    from lrviz.gallery.claims import Claim
    from lrviz.render.figures.picture import LatePicture

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class View:
    """The facts of a picture, and what draws it; film: writes it in motion, as a GIF, where it moves.

    touched: what a page draws of it when it is touched; nothing of a table.
    """

    facts: Facts
    draw: Callable[[], LatePicture]
    film: Callable[[BinaryIO], None]
    touched: Callable[[], Mapping[str, Any]] = dict


def seen(command: Command[Found], worker: Worker, facts: Callable[[Sequence[Found]], Facts]) -> View:
    """Do what a command does as far as its results, and return the view of them."""
    command.begin(worker, lambda _: None)
    found = command.finish()
    return View(
        facts(found),
        lambda: command.pictures(found)[0],
        lambda stream: command.film(found, stream, ".gif", None),
        lambda: command.touched(found, ENTRY),
    )


def schedule_facts(command: Schedules, claims: Sequence[Claim], simulations: Sequence[Simulation]) -> Facts:
    """Return the facts of schedules over one another."""
    curves, verdicts = [presentable(one.curves) for one in simulations], [one.verdict for one in simulations]
    told = sentence([one.name for one in curves], verdicts)
    return Facts(
        data=digest((curves, told, command.axes)),
        samples={
            f"{index} {name}": sampled(table)
            for index, one in enumerate(curves)
            for name, table in {"lr": one.lr, **one.params}.items()
        }
        | of_schedules(curves, claims),
        reads=_files_of(command.documents),
        verdicts=tuple(one.verdict for one in verdicts),
        sentence=told,
        alt=f"The learning rate over the run. {' '.join(map(_curve_words, curves))}",
        notes=tuple(dict.fromkeys(printable(warning) for one in simulations for warning in one.warnings)),
    )


def race_facts(command: Races, claims: Sequence[Claim], races: Sequence[Race]) -> Facts:
    """Return the facts of one race."""
    (document,), (race,) = command.documents, races
    contest = presentable(race.contest)
    entries = contest.contestants
    schedules = [one.schedule for one in document.entries if one.schedule is not None]
    told = race_sentence(entries)
    best_first = sorted(entries, key=lambda one: one.rank or math.inf)
    return Facts(
        data=digest((contest, told, document.view, document.bundle)),
        samples={
            f"{index} {name}": sampled(table)
            for index, one in enumerate(entries)
            for name, table in (("path", one.trajectory.path), ("lr", one.trajectory.lr))
        }
        | of_race(contest, claims),
        reads=(*([document.source] if document.is_file else []), *_files_of(schedules)),
        verdicts=tuple(one.verdict.verdict for one in entries),
        sentence=told,
        alt=_varied_words(contest)
        if contest.varied
        else f"The surface {contest.function.title}, with the paths {_run_words(contest)} and their losses next to it. "
        f"{'; '.join(map(_end_words, best_first))}.",
        notes=tuple(dict.fromkeys(map(printable, race.warnings))),
    )


def sweep_facts(command: Sweeps, claims: Sequence[Claim], sweeps: Sequence[Sweep]) -> Facts:
    """Return the facts of one sweep, without the number of its tiles."""
    (sweep,), race = sweeps, command.document.race
    schedules = _files_of([one.schedule for one in race.entries if one.schedule is not None])
    swept = replace(presentable(sweep.swept), tiles=Tiles(0, 0))
    tables = ("median", "low", "high", "diverged")
    return Facts(
        data=digest(swept),
        samples={
            f"{index} {name}": sampled(np.ravel(getattr(one, name)))
            for index, one in enumerate(swept.entries)
            for name in tables
        }
        | of_sweep(swept, claims),
        # A schedule may be written in one word, and is of no file then.
        reads=(*([race.source] if race.is_file else []), *(one for one in schedules if Path(one).is_file())),
        verdicts=("skipped",),
        sentence=UNCOMPARED,
        alt=_basin_words(swept) if swept.over_start else _grid_words(swept),
        notes=tuple(dict.fromkeys(map(printable, sweep.warnings))),
    )


def resume_facts(command: Resumed, claims: Sequence[Claim], resumptions: Sequence[Resumption]) -> Facts:
    """Return the facts of an interrupted run."""
    (resumption,) = resumptions
    interrupted, verdict = presentable(resumption.interrupted), resumption.verdict
    told = sentence([interrupted.curves.name], [verdict])
    ways = "; ".join(f"{one.words}: {one.verdict}" for one in interrupted.resumed)
    return Facts(
        data=digest((interrupted, told)),
        samples={one.name: sampled(one.lr) for one in interrupted.resumed} | of_resumed(interrupted, claims),
        reads=_files_of([command.document, *([command.into] if command.into else [])]),
        verdicts=(verdict.verdict,),
        sentence=told,
        alt=f"{interrupted.curves.name}, interrupted after {interrupted.at} of {interrupted.curves.steps}: the lr as "
        f"it goes on, over the run without an interruption. {ways}.",
        notes=tuple(dict.fromkeys(map(printable, resumption.warnings))),
    )


def implementation_view(found: Mapping[str, Mapping[str, Verdict]], claims: Sequence[Claim]) -> View:
    """Return the view of torch's implementations of each optimizer."""
    named = [(f"{name}, {way}", one) for name, ways in found.items() for way, one in ways.items()]
    told = sentence([name for name, _ in named], [one for _, one in named])
    ways = [f"{name}: {', '.join(known)}" for name, known in found.items()]
    facts = Facts(
        data=digest({name: one.verdict for name, one in named}),
        samples=of_implementations(found, claims),
        reads=(),
        verdicts=tuple(one.verdict for _, one in named),
        sentence=told,
        alt=f"A table of torch's implementations. {'; '.join(ways)}.",
        notes=(),
    )

    def draw() -> LatePicture:
        from lrviz.render.figures.implementations import ImplementationPicture

        return ImplementationPicture(found)

    return View(facts, draw, lambda _: None)


def _files_of(given: Sequence[ScheduleDocument | Simulation]) -> tuple[str, ...]:
    """Return the files of schedule documents and recordings, each once: their own, then those that they name."""
    own = [one.curves.source if isinstance(one, Simulation) else one.source for one in given]
    documents = [one for one in given if not isinstance(one, Simulation)]
    return tuple(dict.fromkeys([*own, *(path for one in documents for path in _named(one))]))


def _named(document: ScheduleDocument) -> Iterator[str]:
    if document.metric is not None and document.metric.csv is not None:
        yield str(Path(document.source).parent / document.metric.csv)


def _curve_words(curves: Curves) -> str:
    """Describe where a curve begins, peaks and ends."""
    told = []
    for one in summarise(curves)[:3]:
        group = f" of group {one.group}" if len(curves.groups) > 1 else ""
        peak = f", its peak is {short(one.peak)} at {curves.unit} {one.peak_at:,}" if one.peak != one.first else ""
        told.append(f"the lr{group} begins at {short(one.first)}{peak}, and ends at {short(one.last)}")
    return f"{curves.name}, {plural(curves.steps, curves.unit)}: {'; '.join(told)}."


def _run_words(contest: Contest) -> str:
    """Describe where paths begin, and how long they are."""
    return f"from {contest.start[0]:g}, {contest.start[1]:g} over {plural(contest.steps, contest.unit)}"


def _varied_words(contest: Contest) -> str:
    """Describe the panels, and how low each value of a hyperparameter gets."""
    told = []
    for one in contest.varied:
        losses = (contest.contestants[index].final_loss for index in one.entries)
        ends = [short(loss, 3) if math.isfinite(loss) else "not finite" for loss in losses]
        pairs = (f"{end} for {value}" for value, end in zip(one.values, ends, strict=True))
        told.append(f"{one.key}: a final loss of {', '.join(pairs)}")
    return (
        f"The surface {contest.function.title}, once for each hyperparameter of {contest.varied[0].of} that varies, "
        f"with the paths {_run_words(contest)}, and their losses below. {'; '.join(told)}."
    )


def _end_words(one: Contestant) -> str:
    """Say where a path ends."""
    if not math.isfinite(one.final_loss):
        return f"{one.name} leaves the finite numbers"
    x, y = one.trajectory.path[-1].tolist()
    return f"{one.name} ends at ({short(x)}, {short(y)}) with a loss of {short(one.final_loss)}"


def _grid_words(swept: Swept) -> str:
    """Say what is swept, and how low each entry comes, and where."""
    told = []
    for one in swept.entries:
        if one.best is None:
            told.append(f"{one.name} diverges everywhere")
            continue
        pairs = zip(swept.axes, one.best, strict=True)
        at = ", ".join(f"{axis.key} {short(float(axis.values[index]))}" for axis, index in pairs)
        lost = f", {np.mean(one.diverged):.0%} of its runs diverge" if one.diverged.any() else ""
        told.append(f"{one.name} is best with {short(float(one.median[one.best]))} at {at}{lost}")
    over = " and ".join(f"{axis.key} from {short(axis.values[0])} to {short(axis.values[-1])}" for axis in swept.axes)
    shown = "a line for each entry" if len(swept.axes) == 1 else "a map for each entry, darker is lower"
    return f"{_swept_words(swept)}, the loss at the end over {over}: {shown}. {'; '.join(told)}."


def _basin_words(swept: Swept) -> str:
    """Say what share of the starts leads to each minimum."""
    told = []
    for one in swept.entries:
        if one.basin is None:
            return _grid_words(swept)
        shares = [f"{np.mean(one.basin == index):.0%}" for index in range(len(swept.function.minima))]
        lost = f", {np.mean(one.diverged):.0%} diverge" if one.diverged.any() else ""
        told.append(f"{one.name}: {', '.join(shares)}{lost}")
    minima = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in swept.function.minima)
    return (
        f"{_swept_words(swept)}: every start of the view, coloured by the minimum where its path ends, of {minima}. "
        f"Shares of the starts: {'; '.join(told)}."
    )


def _swept_words(swept: Swept) -> str:
    """Say what was swept on, and for how long."""
    on = "The noisy quadratic model" if swept.expected else f"The surface {swept.function.title}"
    return f"{on}, {plural(swept.steps, 'step')}"
