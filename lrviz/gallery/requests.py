"""What a picture of the gallery shows: a schedule, a race, a sweep, or an interrupted run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from typing_extensions import override

from lrviz.gallery.claims import Claim
from lrviz.gallery.typed import typed
from lrviz.language.choices import Engine, ShownOrder

if TYPE_CHECKING:
    from lrviz.documents.race import RaceDocument
    from lrviz.documents.sweep import SweepDocument
    from lrviz.engines.work import Worker
    from lrviz.gallery.views import View
    from lrviz.results import Verdict

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Request(ABC):
    """A picture of an entry; id: the name of its file, without the suffix; claims: what its numbers have to show."""

    id: str
    claims: tuple[Claim, ...] = field(default=(), kw_only=True)

    animate = False
    """Whether there is a film of it."""
    setting = ""
    """The setting that tells it from the first picture of its entry, "" for that."""

    @property
    def leads(self) -> bool:
        """Whether it is the first picture of its entry, which has a small one, and data to be touched."""
        return not self.setting

    @property
    def verdict(self) -> str:
        """The verdict that the cross-check must have."""
        return "agree"

    @property
    @abstractmethod
    def words(self) -> list[str]:
        """The command that draws it, in the catalogue's root."""

    @abstractmethod
    def compute(self, worker: Worker) -> View:
        """Compute it, in the catalogue's root, with both engines.

        Raises DocumentError and whatever else the command would.
        """


@dataclass(frozen=True, slots=True)
class ScheduleRequest(Request):
    """Schedule documents in one picture."""

    documents: tuple[str, ...]
    settings: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    order: ShownOrder = "optimizer-first"
    log: bool = False
    setting: str = ""
    engine: Engine = "both"
    varied: tuple[str, ...] = ()
    survival: bool = False
    window: str | None = None

    @property
    @override
    def verdict(self) -> str:
        return "agree" if self.engine == "both" else "skipped"

    @property
    @override
    def words(self) -> list[str]:
        options = {
            "set": self.settings,
            "vary": self.varied,
            "param": self.params,
            "order": None if self.order == "optimizer-first" else self.order,
            "engine": None if self.engine == "both" else self.engine,
            "window": self.window,
            "log": self.log or None,
            "survival": self.survival or None,
        }
        return typed("schedule", self.documents, options)

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.gallery.views import schedule_facts, seen
        from lrviz.language.window import asked_windows
        from lrviz.render.axes import ScheduleAxes
        from lrviz.runs.commands.schedules import Schedules
        from lrviz.runs.simulation import clock_of, in_order
        from lrviz.runs.sources.resolving import resolve_all
        from lrviz.runs.sources.varying import simulated_or_varied

        documents, panels = simulated_or_varied(resolve_all(self.documents), self.settings, self.varied, self.params)
        window = asked_windows("window", self.window, [clock_of(one) for one, _ in in_order(documents, self.order)])
        command = Schedules(
            documents,
            self.engine,
            self.params,
            self.order,
            ScheduleAxes(self.log or None, windows=window),
            in_terminal=False,
            survival=self.survival,
            panels=panels,
        )
        return seen(command, worker, partial(schedule_facts, command, self.claims))


@dataclass(frozen=True, slots=True)
class OptimizersRequest(Request, ABC):
    """Optimizers in a race or a sweep: a document of its own, or entries and options."""

    document: str | None
    options: tuple[tuple[str, Any], ...]

    kind: ClassVar[str]
    """The command, and what its documents are called."""

    @property
    @override
    def words(self) -> list[str]:
        options = {**dict(self.options), "animate": f"{self.id}.gif" if self.animate else None}
        entries = options.pop("entries", ()) if self.document is None else [self.document]
        return typed(self.kind, entries, options)

    def _read(
        self, load: Callable[[str, Mapping[str, Any]], Document], ask: Callable[[Any, Mapping[str, Any]], Document]
    ) -> Document:
        """Return the document; load: from a file, ask: for entries and options."""
        options = dict(self.options)
        return ask(options.pop("entries"), options) if self.document is None else load(self.document, {})


@dataclass(frozen=True, slots=True)
class RaceRequest(OptimizersRequest):
    """A race."""

    animate: bool = False

    kind: ClassVar[str] = "race"

    def read(self) -> RaceDocument:
        """Return the document of the race."""
        from lrviz.documents.race import load_race, race_document

        return self._read(load_race, race_document)

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.gallery.views import race_facts, seen
        from lrviz.runs.commands.races import Races

        command = Races([self.read()], "both", in_terminal=False)
        return seen(command, worker, partial(race_facts, command, self.claims))


@dataclass(frozen=True, slots=True)
class SweepRequest(OptimizersRequest):
    """A sweep."""

    kind: ClassVar[str] = "sweep"

    @property
    @override
    def leads(self) -> bool:
        return False

    @property
    @override
    def verdict(self) -> str:
        return "skipped"

    def read(self) -> SweepDocument:
        """Return the document of the sweep."""
        from lrviz.documents.sweep import load_sweep, sweep_document
        from lrviz.runs.sources.racing import Sources

        schedules = Sources()
        return self._read(partial(load_sweep, schedules=schedules), partial(sweep_document, schedules=schedules))

    @override
    def compute(self, worker: Worker) -> View:
        from tempfile import TemporaryDirectory

        from lrviz.gallery.views import seen, sweep_facts
        from lrviz.runs.commands.sweeps import Sweeps
        from lrviz.runs.sweeping.executors import executor_of
        from lrviz.runs.sweeping.store import Store

        # A gallery is the same whatever this machine has swept before.
        with TemporaryDirectory() as folder:
            command = Sweeps(self.read(), Store(Path(folder)), partial(executor_of, 1))
            return seen(command, worker, partial(sweep_facts, command, self.claims))


@dataclass(frozen=True, slots=True)
class ResumeRequest(Request):
    """A run that is interrupted and resumed."""

    document: str
    at: str
    into: str | None

    @property
    @override
    def words(self) -> list[str]:
        return typed("resume", [self.document], {"at": self.at, "with": self.into})

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.documents.load import load
        from lrviz.gallery.views import resume_facts, seen
        from lrviz.runs.commands.resumed import Resumed

        into = None if self.into is None else load(self.into)
        command = Resumed(load(self.document), self.at, into, files=(), keys={})
        return seen(command, worker, partial(resume_facts, command, self.claims))


@dataclass(frozen=True, slots=True)
class CheckRequest(Request):
    """A table of torch's implementations of each optimizer, each step of which is replayed."""

    @property
    @override
    def leads(self) -> bool:
        return False

    @property
    @override
    def words(self) -> list[str]:
        return typed("check", (), {})

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.gallery.views import implementation_view
        from lrviz.runs.checking import implementations

        found: dict[str, dict[str, Verdict]] = {}
        for one in implementations(worker):
            found.setdefault(one.optimizer, {})[one.implementation] = one.verdict
        return implementation_view(found, self.claims)
