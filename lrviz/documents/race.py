"""The race document: entries, a function, and the terms they race under; in a file, or on a command line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from lrviz.documents.averages import read_averaging
from lrviz.documents.averaging import Averaging
from lrviz.documents.entries import Entry, Files, Schedules, Shared, is_path, read_entry, told_apart
from lrviz.documents.faults import Keys, position, problems_of
from lrviz.documents.race_title import titled
from lrviz.documents.surface import read_surface
from lrviz.documents.varying import Varied, vary
from lrviz.documents.written_race import WrittenRace
from lrviz.foundation.arrays import np
from lrviz.foundation.errors import DocumentError, Fault, Path, Problem, Refusal, UsageError
from lrviz.foundation.plane import Point
from lrviz.foundation.wording import shown
from lrviz.functions import Function
from lrviz.language.choices import Implementation, View
from lrviz.language.marked_yaml import Marked, dotted
from lrviz.optimizers.torch.lbfgs import LBFGS

MOST_STEPS = 10**6
_STEPS = 500
"""The default length of a race."""
_FAR = 10.0
"""A start this many times the domain away has diverged before it began."""

_FILES = Files()


@dataclass(frozen=True, slots=True)
class RaceDocument:
    """A validated race; steps are steps, every entry has every hyperparameter."""

    name: str | None
    entries: tuple[Entry, ...]
    fn: Function
    start: Point
    steps: int
    tune: bool
    noise: float
    seed: int
    average: Averaging | None
    clip: float | None
    impl: Implementation | None
    view: View
    show_state: bool
    bundle: bool
    varied: tuple[Varied, ...]
    source: str = field(compare=False)
    is_file: bool = field(compare=False)

    @property
    def title(self) -> str:
        """The race's name, or its entries and surface."""
        if self.name is not None:
            return self.name
        return titled(self.entries, self.fn.title, [one.key for one in self.varied])

    @property
    def stem(self) -> str:
        """The name of its file without the suffix."""
        return "stdin" if self.source == "<stdin>" else FilePath(self.source).stem

    def warnings(self) -> tuple[str, ...]:
        """Return warnings about what is allowed but may be a mistake, a sentence each."""
        told = []
        if not all(low <= at <= high for at, (low, high) in zip(self.start, self.fn.domain, strict=True)):
            told.append(f"the start {self.start[0]:g}, {self.start[1]:g} lies outside the domain of {self.fn.name}")
        told += [
            f"{entry.label}: its metric is not used; in a race ReduceLROnPlateau watches the loss of the race"
            for entry in self.entries
            if entry.schedule is not None and entry.schedule.metric is not None
        ]
        return tuple(told)


def load_race(
    path: str | PathLike[str] | Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    *,
    spelling: str = "{}",
    schedules: Schedules = _FILES,
) -> RaceDocument:
    """Return the race document in a file or a mapping; options override its values.

    spelling: how messages write the name of an option; schedules: where those that it names come from.
    Raises DocumentError with every fault of it, UsageError where what is given is neither.
    """
    from lrviz.documents.load import written

    given = written(path)
    return read_race(given.marked, given.folder, options or {}, spelling, schedules)


def race_document(
    entries: Sequence[str | Mapping[str, Any]],
    options: Mapping[str, Any],
    *,
    spelling: str = "--{}",
    schedules: Schedules = _FILES,
) -> RaceDocument:
    """Return the race that a command line or a call asks for; options by their names, spelt as they were given.

    Raises DocumentError with everything that is wrong.
    """
    marked = Marked("race", {"entries": [dict(one) if isinstance(one, Mapping) else one for one in entries]})
    for index, one in enumerate(entries):
        marked.overridden["entries", index] = f"entry {one!r}" if isinstance(one, str) else f"entry {index}"
    return read_race(marked, FilePath(), options, spelling, schedules)


def races(arguments: Sequence[str], options: Mapping[str, Any], schedules: Schedules = _FILES) -> list[RaceDocument]:
    """Return every race that a command line asks for: each race document is one, all other arguments together are one.

    Raises UsageError where both are given, DocumentError with everything that is wrong in any race.
    """
    documents = [one for one in arguments if is_path(one) and is_race(one)]
    if not documents:
        return [race_document(arguments, options, schedules=schedules)]
    if rest := [one for one in arguments if one not in documents]:
        raise UsageError(
            f"{documents[0]} is a whole race, and cannot be combined with {', '.join(rest)}; run them separately"
        )
    found: list[RaceDocument] = []
    faults: list[Fault] = []
    for path in documents:
        try:
            found.append(load_race(path, options, spelling="--{}", schedules=schedules))
        except DocumentError as error:
            faults += error.faults
    if faults:
        raise DocumentError(*dict.fromkeys(faults))
    return found


def is_race(path: str) -> bool:
    """Return whether a file holds a race; one that cannot be read is reported when it is read as a schedule."""
    from lrviz.documents.load import written

    try:
        data = written(path).marked.data
    except DocumentError:
        return False
    return isinstance(data, dict) and "entries" in data


def read_race(
    marked: Marked, folder: FilePath, options: Mapping[str, Any], spelling: str, schedules: Schedules
) -> RaceDocument:
    """Return the race that a mapping with places holds; options win. See `load_race`."""
    if not isinstance(marked.data, dict):
        raise DocumentError(*marked.faults, marked.fault((), "a mapping with entries and fn is needed"))
    override(marked, options, spelling)
    reading = _Reading(marked, folder, schedules)
    written = reading.written()
    document = reading.resolved(written) if written is not None else None
    faults = sorted(dict.fromkeys([*marked.faults, *reading.faults]), key=position)
    if faults or document is None:
        raise DocumentError(*faults)
    return document


def override(marked: Marked, options: Mapping[str, Any], spelling: str) -> None:
    """Replace values of a document by the options given; spelling: how messages write their names."""
    for key, value in options.items():
        if value is not None:
            marked.data = {**marked.data, key: value}
            marked.overridden[key,] = spelling.format(key.replace("_", "-") if spelling.startswith("--") else key)


class _Reading:
    """A race being read; `faults` collects what is wrong with it."""

    def __init__(self, marked: Marked, folder: FilePath, schedules: Schedules) -> None:
        self._marked = marked
        self._folder = folder
        self._schedules = schedules
        self.faults: list[Fault] = []

    def written(self) -> WrittenRace | None:
        """Return the race as it is written, None where its keys or types are wrong."""
        data = self._marked.data
        allowed = list(WrittenRace.model_fields)
        try:
            return WrittenRace.model_validate(data)
        except ValidationError as error:
            for problem in problems_of(error, data, lambda path: Keys(allowed if not path else [])):
                text = problem.text
                if problem.path == ("fn",) and "fn" not in data:
                    text = "missing; name a function, as rosenbrock (lrviz list functions), or write a formula"
                if problem.path[:1] == ("start",):
                    text = f"{shown(data['start'])} given; two finite numbers are needed, x and y"
                self._fault(problem.path, text, key=problem.of_key)
            self._unresolved(data.get("entries"))
            return None

    def _unresolved(self, entries: Any) -> None:
        """Find what is wrong with the entries of a race that cannot be resolved, a mistyped path above all."""
        in_file = bool(self._marked.values)
        shared = Shared(self._schedules, self._folder, _STEPS, entries_named=in_file, runs_code=not in_file)
        for index, given in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(given, str | Mapping):
                self._part(("entries", index), lambda given=given: read_entry(given, shared))

    def resolved(self, written: WrittenRace) -> RaceDocument | None:
        """Return the race, None where something in it is wrong."""
        function = self._part((), lambda: read_surface(written.fn, written.domain))
        entries, varied = self._entries(written)
        average = None
        steps = written.steps or max(
            (entry.schedule.updates for entry in entries if entry.schedule is not None), default=_STEPS
        )
        if written.average is not None:
            average = self._part(("average",), lambda: read_averaging(written.average, steps))
        for problem in self._contradictions(written, entries, steps):
            self._fault(problem.path, problem.text, key=problem.of_key)
        if function is None:
            return None
        start = written.start or function.start
        for reason in _unfit(function, start):
            self._fault(("start",) if written.start else ("fn",), reason)
        if self.faults:
            return None
        return RaceDocument(
            written.name,
            told_apart(entries),
            function,
            start,
            steps,
            written.tune is not False,
            written.noise,
            written.seed,
            average,
            written.clip,
            written.impl,
            written.view,
            written.show_state,
            written.bundle,
            varied,
            self._marked.source,
            bool(self._marked.values),
        )

    def _entries(self, written: WrittenRace) -> tuple[list[Entry], tuple[Varied, ...]]:
        in_file, typed = bool(self._marked.values), ("schedule",) in self._marked.overridden
        shared = Shared(
            self._schedules, self._folder, written.steps or _STEPS, written.lr, written.schedule,
            FilePath() if typed else self._folder, written.impl,
            entries_named=in_file, schedule_named=in_file and not typed,
            runs_code=("entries", 0) in self._marked.overridden,
        )  # fmt: skip
        found = [
            self._part(("entries", index), lambda given=given: read_entry(given, shared))
            for index, given in enumerate(written.entries)
        ]
        entries = [entry for entry in found if entry is not None]
        if not written.vary or len(entries) != 1:
            return entries, ()
        made = self._part(("vary",), lambda: vary(written.entries[0], entries[0], written.vary, shared))
        return (entries, ()) if made is None else (list(made[0]), made[1])

    def _contradictions(self, written: WrittenRace, entries: Sequence[Entry], steps: int) -> Iterator[Problem]:
        if written.lr is not None and written.tune:
            yield Problem(
                ("tune",), "given together with an lr for all entries, so nothing is left to tune; drop one of them"
            )
        if written.vary and len(written.entries) > 1:
            yield Problem(("vary",), f"given with {len(written.entries)} entries; it varies the hyperparameters of one")
        for key in ("view", "show_state", "bundle", "average") if written.vary else ():
            if getattr(written, key) not in ("2d", False, None):
                yield Problem((key,), "given together with vary, whose small panels have no room for it", of_key=True)
        if steps > MOST_STEPS:
            yield Problem(("steps",), f"{steps:,} given; a race has at most {MOST_STEPS:,} steps")
        for index, entry in enumerate(entries):
            if entry.schedule is not None and entry.schedule.updates < steps:
                told = f"its schedule has {entry.schedule.updates} steps, the race {steps}; make the race shorter"
                yield Problem(("entries", index), told)
            if written.average is not None and isinstance(entry.optimizer, LBFGS):
                told = "LBFGS cannot be averaged: it stops once its budget is spent, and the rest would be averaged too"
                yield Problem(("entries", index), told)

    def _part(self, path: Path, make: Any) -> Any:
        """Return what `make` returns; if it refuses, add its faults at a path and return None."""
        try:
            return make()
        except Refusal as misread:
            for problem in misread.problems:
                self._fault((*path, *problem.path), problem.text, key=problem.of_key, below=problem.path)
        except DocumentError as error:
            self.faults += error.faults
        return None

    def _fault(self, path: Path, text: str, *, key: bool = False, below: Path | None = None) -> None:
        place = self._marked.place(path, key=key)
        from_command = any(path[:length] in self._marked.overridden for length in range(len(path) + 1))
        name = dotted(below or ()) if from_command else dotted(path)
        if place == f"--{name}":
            name = ""
        self.faults.append(Fault(place, name, text))


def _unfit(function: Function, start: Point) -> Iterator[str]:
    """Yield the reasons why a race cannot begin at a start."""
    words = f"{start[0]:g}, {start[1]:g}"
    for at, (low, high) in zip(start, function.domain, strict=True):
        if abs(at - (low + high) / 2) > _FAR * (high - low) / 2:
            yield f"{words} given; it lies so far outside the domain that the race would count as diverged"
            return
    x, y = np.array([[start[0]], [start[1]]])
    with np.errstate(all="ignore"):
        values = {"f": function.value(x, y), "the gradient of f": np.array(function.gradient(x, y))}
    for what, found in values.items():
        if not np.isfinite(found).all():
            number = next(float(one) for one in np.ravel(found) if not math.isfinite(one))
            yield f"{what} is {number:g} at {words}; a finite value is needed at the start"
            return
