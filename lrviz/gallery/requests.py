"""What a picture of the gallery shows: a schedule, a race, a sweep, or an interrupted run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lrviz.gallery.claims import Claim
from lrviz.language.choices import Engine, ShownOrder

if TYPE_CHECKING:
    from lrviz.documents.race import RaceDocument
    from lrviz.documents.sweep import SweepDocument
    from lrviz.engines.work import Worker
    from lrviz.gallery.views import View
    from lrviz.results import Verdict


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
        options = [part for setting in self.settings for part in ("--set", setting)]
        options += [part for setting in self.varied for part in ("--vary", setting)]
        options += [part for name in self.params for part in ("--param", name)]
        options += [] if self.order == "optimizer-first" else ["--order", self.order]
        options += [] if self.engine == "both" else ["--engine", self.engine]
        options += [] if self.window is None else ["--window", self.window]
        flags = [*(["--log"] if self.log else []), *(["--survival"] if self.survival else [])]
        return ["lrviz", "schedule", *self.documents, *options, *flags]

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
class RaceRequest(Request):
    """A race: a document of its own, or entries and options."""

    document: str | None
    options: tuple[tuple[str, Any], ...]
    animate: bool = False

    @property
    @override
    def words(self) -> list[str]:
        film = ["--animate", f"{self.id}.gif"] if self.animate else []
        return ["lrviz", "race", *_typed(self.document, self.options), *film]

    def read(self) -> RaceDocument:
        """Return the document of the race."""
        from lrviz.documents.race import load_race, race_document

        given = dict(self.options)
        if self.document is not None:
            return load_race(self.document, given)
        return race_document(given.pop("entries"), given)

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.gallery.views import race_facts, seen
        from lrviz.runs.commands.races import Races

        command = Races([self.read()], "both", in_terminal=False)
        return seen(command, worker, partial(race_facts, command, self.claims))


@dataclass(frozen=True, slots=True)
class SweepRequest(Request):
    """A sweep: a document of its own, or entries and options."""

    document: str | None
    options: tuple[tuple[str, Any], ...]

    @property
    @override
    def leads(self) -> bool:
        return False

    @property
    @override
    def verdict(self) -> str:
        return "skipped"

    @property
    @override
    def words(self) -> list[str]:
        return ["lrviz", "sweep", *_typed(self.document, self.options)]

    def read(self) -> SweepDocument:
        """Return the document of the sweep."""
        from lrviz.documents.sweep import load_sweep, sweep_document
        from lrviz.runs.sources.racing import Sources

        given = dict(self.options)
        if self.document is not None:
            return load_sweep(self.document, given, schedules=Sources())
        return sweep_document(given.pop("entries"), given, schedules=Sources())

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


def _typed(document: str | None, options: tuple[tuple[str, Any], ...]) -> list[str]:
    """Return the arguments of `lrviz race` or `lrviz sweep`: a document, or entries, and the options."""
    given = dict(options)
    entries = [_word(one) for one in given.pop("entries", ())]
    told = [part for key, value in given.items() for part in _option(key, value)]
    return [*([document] if document else entries), *told]


def _option(key: str, value: Any) -> list[str]:
    """Return an option as it is typed."""
    key = key.replace("_", "-")
    if key in {"vary", "over"}:
        return [part for setting in ([value] if isinstance(value, str) else value) for part in (f"--{key}", setting)]
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{key}"]
    return [f"--{key}", _word(value)]


def _word(value: Any) -> str:
    """Return a value as it is typed: a mapping as name:key=value, a list with commas."""
    if isinstance(value, Mapping):
        settings = (f"{key}={_word(inner)}" for key, inner in value.items() if key != "name")
        return ":".join([str(value.get("name")), *settings])
    if isinstance(value, list | tuple):
        return ",".join(map(_word, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class ResumeRequest(Request):
    """A run that is interrupted and resumed."""

    document: str
    at: str
    into: str | None

    @property
    @override
    def words(self) -> list[str]:
        into = [] if self.into is None else ["--with", self.into]
        return ["lrviz", "resume", self.document, "--at", self.at, *into]

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
        return ["lrviz", "check"]

    @override
    def compute(self, worker: Worker) -> View:
        from lrviz.gallery.views import implementation_view
        from lrviz.runs.checking import implementations

        found: dict[str, dict[str, Verdict]] = {}
        for one in implementations(worker):
            found.setdefault(one.optimizer, {})[one.implementation] = one.verdict
        return implementation_view(found, self.claims)
