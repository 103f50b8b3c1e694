"""The sweep document: a race's entries and terms, and the axes that are swept; in a file, or on a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import Field, ValidationError

from lrviz.documents.entries import Schedules, is_path
from lrviz.documents.faults import Keys, position, problems_of, unknown
from lrviz.documents.noisy_quadratic import SWEPT, read_problem, unfit, with_values
from lrviz.documents.race import RaceDocument, is_race, override, read_race
from lrviz.documents.race_title import listed
from lrviz.documents.subject import Subject
from lrviz.documents.sweep_axis import Axis, StartGrid, read_axes
from lrviz.documents.written_race import WrittenRace
from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import DocumentError, Fault, Problem, Refusal, UsageError
from lrviz.foundation.wording import shown
from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.language.fields import Integral, Listed, Model
from lrviz.language.marked_yaml import Marked
from lrviz.optimizers.coded import Coded

MOST_STARTS, MOST_POINTS = 100_000, 4_000_000
"""The most starts of a point, and points of the grids of all entries together, which are kept in memory."""
_STARTS = 32
"""Starts of every point of a grid by default."""
_OF_A_SURFACE = ("fn", "domain", "start", "starts", "tune", "noise", "seed", "average", "clip")
"""Keys of a sweep on a surface, which mean nothing on the noisy quadratic model."""
_RACES_ONLY = ("impl", "view", "show_state", "bundle")
"""Keys for what a race shows and a sweep does not."""
_NAMED = 3
"""The most optimizers that a title names; of more it has the number."""
_TRIED = 200
"""The most values of an axis that are all tried on every entry first; of more, some and both ends are."""


class WrittenSweep(Model):
    """The keys that a sweep has in addition to a race's, as they are written."""

    over: Annotated[tuple[str, ...], Field(min_length=1), Listed] = Field(
        description="one or two axes, as lr=1e-4..1, momentum=0..0.99:lin:30, scheduler.T_max=50..500, or start:200,200"
    )
    problem: str | None = Field(
        None, description="nqm, the noisy quadratic model, instead of fn: nqm:dim=1000:batch=16:power=1"
    )
    starts: Annotated[int, Field(ge=1, le=MOST_STARTS), Integral] | None = Field(
        None,
        description="starts of every point: the race's start, and others around it (default: 32)",
    )


KEYS = (*(key for key in WrittenRace.model_fields if key not in _RACES_ONLY), *WrittenSweep.model_fields)
"""The keys of a sweep document."""


@dataclass(frozen=True, slots=True, eq=False)
class SweepDocument:
    """A validated sweep. values: of each axis; keys: x and y of a map of starts.

    race: the entries and their terms; model: what they are swept on in place of the race's function.
    """

    race: RaceDocument
    subjects: tuple[Subject, ...]
    keys: tuple[str, ...]
    values: tuple[FloatArray, ...]
    logs: tuple[bool, ...]
    starts: int
    over_start: bool
    model: NoisyQuadratic | None = None

    @property
    def title(self) -> str:
        """The sweep's name, or its entries, their surface and the axes: "SGD and Adam on Rosenbrock: loss over lr"."""
        if self.race.name is not None:
            return self.race.name
        entries = self.race.entries
        names = list(dict.fromkeys(one.optimizer.name if one.schedule is None else one.name for one in entries))
        who = f"{len(entries)} entries" if len(names) > _NAMED else listed(names)
        on = self.race.fn.title if self.model is None else "the noisy quadratic model"
        what = "where paths end" if self.over_start else f"loss over {' and '.join(self.keys)}"
        return f"{who} on {on}: {what}"


def load_sweep(
    path: str | PathLike[str] | Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    spelling: str = "{}",
    schedules: Schedules,
) -> SweepDocument:
    """Return the sweep document in a file or a mapping; options override its keys.

    Raises DocumentError with every fault of it, UsageError where what is given is neither.
    """
    from lrviz.documents.load import written

    given = written(path)
    return _read(given.marked, given.folder, options, spelling, schedules)


def sweep_document(
    entries: Sequence[str | Mapping[str, Any]],
    options: Mapping[str, Any],
    *,
    spelling: str = "--{}",
    schedules: Schedules,
) -> SweepDocument:
    """Return the sweep that a command line or a call asks for: its entries, or one document of a sweep or a race.

    Raises DocumentError with everything that is wrong, UsageError where a document is given with other entries.
    """
    documents = [one for one in entries if isinstance(one, str) and is_path(one) and is_race(one)]
    if documents and len(entries) > 1:
        raise UsageError(f"{documents[0]} has entries of its own; sweep it alone")
    if documents:
        return load_sweep(documents[0], options, spelling=spelling, schedules=schedules)
    marked = Marked("sweep", {"entries": [dict(one) if isinstance(one, Mapping) else one for one in entries]})
    for index, one in enumerate(entries):
        marked.overridden["entries", index] = f"entry {one!r}" if isinstance(one, str) else f"entry {index}"
    return _read(marked, FilePath(), options, spelling, schedules)


def _read(
    marked: Marked, folder: FilePath, options: Mapping[str, Any], spelling: str, schedules: Schedules
) -> SweepDocument:
    if not isinstance(marked.data, dict):
        raise DocumentError(*marked.faults, marked.fault((), "a mapping with entries, fn and over is needed"))
    marked = replace(marked, data=dict(marked.data), overridden=dict(marked.overridden))
    override(marked, options, spelling)
    data: dict[str, Any] = marked.data
    if isinstance(data.get("over"), str):
        data["over"] = [data["over"]]
    faults = [marked.fault((key,), unknown(str(key), Keys(KEYS)), key=True) for key in data if key not in KEYS]
    own = {key: data[key] for key in WrittenSweep.model_fields if key in data}
    written: WrittenSweep | None = None
    axes: tuple[Axis, ...] | StartGrid | None = None
    problems: list[Problem] = []
    try:
        written = WrittenSweep.model_validate(own)
    except ValidationError as error:
        problems += [one for one in problems_of(error, own, lambda _: Keys()) if one.path != ("over",) or "over" in own]
    if all(one.path[0] != "over" for one in problems):
        try:
            axes = read_axes(own.get("over", ()))
        except Refusal as refusal:
            problems += [one._replace(path=("over", *one.path)) for one in refusal.problems]
    model = None if written is None else _model(data, written, problems)
    faults += [_fault(marked, one, spelling) for one in problems]
    race: RaceDocument | None = None
    try:
        kept = {key: value for key, value in data.items() if key in WrittenRace.model_fields and key in KEYS}
        if isinstance(lr := data.get("lr"), str) and ".." in lr:
            faults.append(
                _fault(marked, Problem(("lr",), f"{shown(lr)} given; a range is an axis: over lr={lr}"), spelling)
            )
            del kept["lr"]
        if "fn" not in data and "problem" not in data:
            told = "missing; name a function, as rosenbrock (lrviz list functions), or give problem: nqm"
            faults.append(_fault(marked, Problem(("fn",), told), spelling))
        if "fn" not in data or "problem" in data:
            # Entries are read as those of a race, which needs a surface, but this one is not used.
            kept = {"fn": "booth", **{key: value for key, value in kept.items() if key not in _OF_A_SURFACE}}
        race = read_race(replace(marked, data=kept), folder, {}, spelling, schedules)
    except DocumentError as error:
        faults += error.faults
    if written is not None and axes is not None and race is not None and not faults:
        try:
            return _resolved(race, written, axes, model)
        except Refusal as refusal:
            faults += [_fault(marked, one, spelling) for one in refusal.problems]
    raise DocumentError(*sorted(dict.fromkeys(faults), key=position))


def _model(data: Mapping[str, Any], written: WrittenSweep, problems: list[Problem]) -> NoisyQuadratic | None:
    """Return the model that `problem` names, None where there is none; what is wrong is added to problems."""
    if written.problem is None:
        return None
    told = "given with problem; it applies to a surface, as fn gives one"
    problems += [Problem((key,), told) for key in _OF_A_SURFACE if key in data]
    try:
        return read_problem(written.problem)
    except Refusal as refusal:
        problems += [one._replace(path=("problem",)) for one in refusal.problems]
        return None


def _fault(marked: Marked, problem: Problem, spelling: str) -> Fault:
    """Return a problem at its place, which outside of files is the option as it is spelt."""
    key = str(problem.path[0])
    if marked.values and (key,) not in marked.overridden:
        return marked.fault(problem.path, problem.text)
    return Fault(marked.overridden.get(problem.path[:2], spelling.format(key)), "", problem.text)


def _resolved(
    race: RaceDocument, written: WrittenSweep, axes: tuple[Axis, ...] | StartGrid, model: NoisyQuadratic | None
) -> SweepDocument:
    """Return the sweep; raises Refusal where an entry does not take the values of an axis."""
    subjects = tuple(Subject(entry, race.steps) for entry in race.entries)
    for index, entry in enumerate(race.entries):
        if isinstance(entry.optimizer, Coded):
            told = f"{entry.label}: a class given as py: cannot be swept; lrviz does not have its formula"
            raise Refusal(Problem(("entries", index), told))
        if model is not None and (reason := unfit(entry.optimizer)):
            raise Refusal(Problem(("entries", index), f"{entry.label}: {reason}"))
    if isinstance(axes, StartGrid):
        if model is not None:
            raise Refusal(Problem(("over",), "start given; the noisy quadratic model has no surface to start from"))
        if written.starts is not None:
            raise Refusal(Problem(("starts",), "given with a map over start; the points of that map are the starts"))
        spans = zip(race.fn.view, (axes.columns, axes.rows), strict=True)
        values = tuple(low + (np.arange(count) + 0.5) * (high - low) / count for (low, high), count in spans)
        _limit(values, subjects)
        return SweepDocument(race, subjects, ("x", "y"), values, (False, False), 1, over_start=True)
    keys = tuple(axis.key for axis in axes)
    found = tuple(values_of(axis, len(axes), index, subjects, model) for index, axis in enumerate(axes))
    _limit(found, subjects)
    logs = tuple(axis.log for axis in axes)
    starts = 1 if model is not None else written.starts or _STARTS
    return SweepDocument(race, subjects, keys, found, logs, starts, over_start=False, model=model)


def _limit(values: Sequence[FloatArray], subjects: Sequence[Subject]) -> None:
    points = int(np.prod([len(one) for one in values])) * len(subjects)
    if points > MOST_POINTS:
        entries = f" for {len(subjects)} entries" if len(subjects) > 1 else ""
        raise Refusal(Problem(("over",), f"{points:,} points given{entries}; a sweep has at most {MOST_POINTS:,}"))


def values_of(
    axis: Axis, axes: int, index: int, subjects: Sequence[Subject], model: NoisyQuadratic | None
) -> FloatArray:
    """Return the values of an axis: whole ones where an entry takes no others.

    Raises Refusal where an entry does not take some of them.
    """
    exact = axis.values(axes)
    if model is not None and axis.key in SWEPT:
        try:
            for value in (exact[0], exact[-1]):
                with_values(model, {axis.key: float(value)})
        except Refusal as unfitting:
            raise Refusal(*(Problem(("over", index), one.text) for one in unfitting.problems)) from None
        return exact
    refusal = _refusal(axis.key, exact, subjects)
    if refusal is None:
        return exact
    if _is_whole(axis.key, exact, subjects):
        whole: FloatArray = np.unique(np.round(exact))
        refusal = _refusal(axis.key, whole, subjects)
        if refusal is None:
            return whole
    more = ""
    if model is None and axis.key in SWEPT:
        more = f"; {axis.key} is an axis of the noisy quadratic model (problem: nqm)"
    elif model is not None and axis.key == "dim":
        more = "; dim is no axis: it is given once, as nqm:dim=100"
    told = (f"{axis.key}: {one.text.removeprefix(f'{axis.key}: ')}{more}" for one in refusal.problems)
    raise Refusal(*(Problem(("over", index), text) for text in told))


def _is_whole(key: str, values: FloatArray, subjects: Sequence[Subject]) -> bool:
    """Return whether a key takes whole numbers only: it refuses a value, and takes both that it could be rounded to."""
    if np.round(values[0]) == np.round(values[-1]):
        return False
    between = values[values != np.round(values)]
    return any(
        _refusal(key, value, subjects) is not None
        and _refusal(key, np.append(np.floor(value), np.ceil(value)), subjects) is None
        for value in between[:_TRIED, None]
    )


def _refusal(key: str, values: FloatArray, subjects: Sequence[Subject]) -> Refusal | None:
    """Return why an entry does not take the key, or one of its values; None where all do."""
    tried = values if len(values) <= _TRIED else values[np.linspace(0, len(values) - 1, _TRIED).astype(int)]
    for subject in subjects:
        for value in tried.tolist():
            try:
                subject.at({key: value})
            except Refusal as refusal:
                return refusal
    return None
