"""What a picture of the gallery is of: a schedule, a race, or an interrupted run; how it is asked for and seen."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from typing_extensions import override

if TYPE_CHECKING:
    from lrviz.engines.worker import Worker
    from lrviz.racing import Race
    from lrviz.render.late import LatePicture
    from lrviz.results import Curves
    from lrviz.resuming.resumption import Resumption
    from lrviz.simulation import Simulation
    from lrviz.spec.schedule import ScheduleDocument

Samples = Mapping[str, Sequence[float | None]]


class View(ABC):
    """What was computed for a picture: everything that a page tells of it, and the picture itself."""

    result: Any
    """What the picture shows, in plain data."""

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """The files that it depends on, in the order they are shown: documents, then what those name."""

    @property
    @abstractmethod
    def samples(self) -> Samples:
        """A few of its numbers, by name."""

    @property
    @abstractmethod
    def verdicts(self) -> tuple[str, ...]:
        """The verdict of every cross-check."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The verdicts in a sentence."""

    @property
    @abstractmethod
    def alt(self) -> str:
        """What somebody should know who does not see the picture."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What lint finds, and what is odd."""
        return tuple(dict.fromkeys(self.result.warnings))

    @abstractmethod
    def picture(self) -> LatePicture:
        """Draw it."""

    def film(self, stream: BinaryIO) -> None:
        """Write it in motion, as a GIF; only a race moves."""
        raise TypeError(f"{type(self).__name__} has no film for {stream}")


@dataclass(frozen=True, slots=True)
class Shot(ABC):
    """A picture of an entry; id: the name of its file, without the suffix."""

    id: str

    animate = False
    """Whether there is a film of it."""
    setting = ""
    """The setting that tells it from the first picture of its entry, "" for that."""

    @property
    @abstractmethod
    def words(self) -> list[str]:
        """The command that draws it, in the catalogue's root."""

    @abstractmethod
    def look(self, worker: Worker) -> View:
        """Compute it, in the catalogue's root, with both engines.

        Raises DocumentError and whatever else the command would.
        """


@dataclass(frozen=True, slots=True)
class ScheduleShot(Shot):
    """Schedule documents over one another."""

    documents: tuple[str, ...]
    settings: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    order: Literal["optimizer-first", "scheduler-first", "both"] = "optimizer-first"
    log: bool = False
    setting: str = ""

    @property
    @override
    def words(self) -> list[str]:
        options = [part for setting in self.settings for part in ("--set", setting)]
        options += [part for name in self.params for part in ("--param", name)]
        ordered = [] if self.order == "optimizer-first" else ["--order", self.order]
        return ["lrviz", "schedule", *self.documents, *options, *ordered, *(["--log"] if self.log else [])]

    @override
    def look(self, worker: Worker) -> View:
        from lrviz.simulation import Run, in_order
        from lrviz.spec.several import read_all

        documents = read_all(self.documents, self.settings)
        runs = [
            Run.start(document, "both", self.params, worker, order=order)
            for document, order in in_order(documents, self.order)
        ]
        simulations = tuple(run.finish() for run in runs)
        return ScheduleView(simulations, tuple(documents), self.log)


@dataclass(frozen=True, slots=True)
class _Simulated:
    """Simulations, as far as their picture shows them."""

    curves: tuple[Curves, ...]
    verdict: str
    log: bool
    warnings: tuple[str, ...]


class ScheduleView(View):
    """Simulated schedules."""

    def __init__(self, simulations: Sequence[Simulation], documents: Sequence[ScheduleDocument], log: bool) -> None:
        self._simulations, self._documents, self._log = simulations, documents, log
        warnings = tuple(warning for one in simulations for warning in one.warnings)
        self.result = _Simulated(tuple(one.curves for one in simulations), self.sentence, log, warnings)

    @property
    @override
    def reads(self) -> tuple[str, ...]:
        return _files(self._documents)

    @property
    @override
    def samples(self) -> Samples:
        from lrviz.gallery.digest import sampled

        return {
            f"{index} {name}": sampled(table)
            for index, one in enumerate(self._simulations)
            for name, table in {"lr": one.curves.lr, **one.curves.params}.items()
        }

    @property
    @override
    def verdicts(self) -> tuple[str, ...]:
        return tuple(one.verdict.verdict for one in self._simulations)

    @property
    @override
    def sentence(self) -> str:
        from lrviz.render.verdicts import sentence

        return sentence([one.curves.name for one in self._simulations], [one.verdict for one in self._simulations])

    @property
    @override
    def alt(self) -> str:
        return f"The learning rate over the run. {' '.join(map(_curve_words, self.result.curves))}"

    @override
    def picture(self) -> LatePicture:
        from lrviz.render.schedule import SchedulePicture

        drawn = SchedulePicture(self.result.curves, log=self._log)
        drawn.stamp([one.verdict for one in self._simulations])
        return drawn


def _curve_words(curves: Curves) -> str:
    """Say where a curve begins, peaks and ends."""
    from lrviz.render.numerals import plural, short
    from lrviz.results import summarise

    told = []
    for one in summarise(curves)[:3]:
        group = f" of group {one.group}" if len(curves.groups) > 1 else ""
        peak = f", its peak is {short(one.peak)} at {curves.unit} {one.peak_at:,}" if one.peak != one.first else ""
        told.append(f"the lr{group} begins at {short(one.first)}{peak}, and ends at {short(one.last)}")
    return f"{curves.name}, {plural(curves.steps, curves.unit)}: {'; '.join(told)}."


@dataclass(frozen=True, slots=True)
class RaceShot(Shot):
    """A race: a document of its own, or entries and options."""

    document: str | None
    options: tuple[tuple[str, Any], ...]
    animate: bool = False
    setting: str = ""

    @property
    @override
    def words(self) -> list[str]:
        film = ["--animate", f"{self.id}.gif"] if self.animate else []
        given = dict(self.options)
        entries = [one if isinstance(one, str) else _entry_word(one) for one in given.pop("entries", ())]
        options = [part for key, value in given.items() for part in _option(key, value)]
        return ["lrviz", "race", *([self.document] if self.document else entries), *options, *film]

    @override
    def look(self, worker: Worker) -> View:
        from lrviz.racing import RaceRun
        from lrviz.spec.race import load_race, race_document

        given = dict(self.options)
        if self.document is not None:
            document = load_race(self.document, given)
        else:
            document = race_document(given.pop("entries"), given)
        files = [document.source] if document.is_file else []
        files += _files([one.schedule for one in document.entries if one.schedule is not None])
        return RaceView(RaceRun.start(document, "both", worker).finish(), tuple(files), document.view)


def _entry_word(entry: Mapping[str, Any]) -> str:
    return ":".join([str(entry["name"]), *(f"{key}={value}" for key, value in entry.items() if key != "name")])


def _option(key: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{key}"]
    return [f"--{key}", ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]


class RaceView(View):
    """A race that was run."""

    def __init__(self, race: Race, reads: tuple[str, ...], view: Literal["2d", "3d"]) -> None:
        self.result, self._reads, self._view = race, reads, view

    @property
    @override
    def reads(self) -> tuple[str, ...]:
        return self._reads

    @property
    @override
    def samples(self) -> Samples:
        from lrviz.gallery.digest import sampled

        return {
            f"{index} {name}": sampled(table)
            for index, one in enumerate(self.result.entries)
            for name, table in (("path", one.trajectory.path), ("lr", one.trajectory.lr))
        }

    @property
    @override
    def verdicts(self) -> tuple[str, ...]:
        return tuple(one.verdict.verdict for one in self.result.entries)

    @property
    @override
    def sentence(self) -> str:
        from lrviz.render.verdicts import race_sentence

        return race_sentence([one.label for one in self.result.entries], [one.verdict for one in self.result.entries])

    @property
    @override
    def alt(self) -> str:
        from lrviz.render.numerals import short

        contest = self.result.contest
        entries = sorted(self.result.entries, key=lambda one: one.rank or math.inf)
        ends = [
            f"{one.name} "
            + (
                "leaves the finite numbers"
                if not math.isfinite(one.final_loss)
                else f"ends at ({short(one.trajectory.path[-1][0])}, {short(one.trajectory.path[-1][1])})"
                f" with a loss of {short(one.final_loss)}"
            )
            for one in entries
        ]
        return (
            f"The surface {contest.function.words} seen from above, with the paths from "
            f"{contest.start[0]:g}, {contest.start[1]:g} over {contest.steps} steps, and their losses beside it. "
            f"{'; '.join(ends)}."
        )

    @override
    def picture(self) -> LatePicture:
        from lrviz.render.race import RacePicture

        drawn = RacePicture(self.result.contest, self._view)
        drawn.stamp(self.result.contest)
        return drawn

    @override
    def film(self, stream: BinaryIO) -> None:
        from lrviz.render.animation import animate

        animate(self.result.contest, stream, ".gif")


@dataclass(frozen=True, slots=True)
class ResumeShot(Shot):
    """A run that is interrupted, and goes on."""

    document: str
    at: str
    into: str | None

    @property
    @override
    def words(self) -> list[str]:
        into = [] if self.into is None else ["--with", self.into]
        return ["lrviz", "resume", self.document, "--at", self.at, *into]

    @override
    def look(self, worker: Worker) -> View:
        from lrviz.resuming.run import ResumeRun
        from lrviz.spec.load import load

        document, into = load(self.document), None if self.into is None else load(self.into)
        found = ResumeRun.start(document, self.at, worker, into=into).finish()
        return ResumeView(found, _files([document, *([into] if into else [])]))


class ResumeView(View):
    """An interrupted run, resumed."""

    def __init__(self, resumption: Resumption, reads: tuple[str, ...]) -> None:
        self.result, self._reads = resumption, reads

    @property
    @override
    def reads(self) -> tuple[str, ...]:
        return self._reads

    @property
    @override
    def samples(self) -> Samples:
        from lrviz.gallery.digest import sampled

        return {one.name: sampled(one.lr) for one in self.result.interrupted.resumed}

    @property
    @override
    def verdicts(self) -> tuple[str, ...]:
        return (self.result.verdict.verdict,)

    @property
    @override
    def sentence(self) -> str:
        from lrviz.render.verdicts import sentence

        return sentence([self.result.interrupted.curves.name], [self.result.verdict])

    @property
    @override
    def alt(self) -> str:
        interrupted = self.result.interrupted
        ways = "; ".join(f"{one.words}: {one.verdict}" for one in interrupted.resumed)
        return (
            f"{interrupted.curves.name}, interrupted after {interrupted.at} of {interrupted.curves.steps}: the lr as "
            f"it goes on, over the run without an interruption. {ways}."
        )

    @override
    def picture(self) -> LatePicture:
        from lrviz.render.resume import ResumePicture

        drawn = ResumePicture(self.result.interrupted)
        drawn.stamp(self.result.verdict)
        return drawn


def _files(documents: Sequence[ScheduleDocument]) -> tuple[str, ...]:
    """Return the files of schedule documents, each once: their own, then those that they name."""
    return tuple(dict.fromkeys([one.source for one in documents] + [path for one in documents for path in _named(one)]))


def _named(document: ScheduleDocument) -> Iterator[str]:
    if document.metric is not None and document.metric.csv is not None:
        yield str(Path(document.source).parent / document.metric.csv)
