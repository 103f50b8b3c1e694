"""Races as data for other programs: JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, Protocol

import numpy as np

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import csv_table, json_line
from lrviz.render.records.schedule import crosscheck_record, finite, plain, torch_version
from lrviz.results import Contest, Contestant, FloatArray, Remembered, Robustness


class Raced(Protocol):
    """A race, as far as its data goes."""

    @property
    def contest(self) -> Contest:
        """The contest."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should be warned of."""


def race_record(contest: Contest, warnings: Sequence[str]) -> dict[str, Any]:
    """Return a race as plain data in which what is not finite is None."""
    function = contest.function
    protocol = asdict(contest.protocol)
    return {
        "function": {
            "name": function.name,
            "minima": [list(point) for point in function.minima],
            "minimum": function.minimum,
        },
        "start": list(contest.start),
        "steps": contest.steps,
        "tolerance": contest.tolerance,
        "protocol": {**protocol, "grid": list(protocol["grid"])},
        "entries": [_entry(one) for one in contest.contestants],
        "name": contest.name,
        "warnings": list(warnings),
    }


def race_json_text(races: Sequence[Raced]) -> str:
    """Return what `lrviz race --json` writes: RFC 8259, on one line; several races are a list."""
    verdicts = [entry.verdict for race in races for entry in race.contest.contestants]
    versions = {"lrviz": __version__, "torch": torch_version(verdicts)}
    records = [race_record(race.contest, race.warnings) for race in races]
    record = {**versions, **records[0]} if len(records) == 1 else {**versions, "races": records}
    return json_line(record)


def race_csv_text(race: Raced) -> str:
    """Return what `lrviz race --csv` writes: a row for each of a path; the last, without a step, has no lr."""
    return csv_table(["entry", "t", "x", "y", "loss", "lr"], _rows(race))


def _rows(race: Raced) -> Iterator[Sequence[object]]:
    for one in race.contest.contestants:
        label, path = one.label, one.trajectory
        columns = (path.path[:, 0], path.path[:, 1], path.loss, np.append(path.lr, np.nan))
        for t, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            yield label, t, *("" if not math.isfinite(value) else value for value in values)


def _entry(one: Contestant) -> dict[str, Any]:
    path = one.trajectory
    return {
        "label": one.label,
        "rank": one.rank,
        "optimizer": one.optimizer,
        "params": {key: list(value) if isinstance(value, tuple) else value for key, value in one.params.items()},
        "lr_source": one.lr_source,
        "lr": plain(path.lr),
        "path": _points(path.path),
        "loss": plain(path.loss),
        "evaluations": one.evaluations,
        "final_loss": finite(one.final_loss),
        "distance": one.distance,
        "steps_to_tolerance": one.steps_to_tolerance,
        "diverged": one.diverged,
        "average": None
        if one.average is None
        else {
            "words": one.average.words,
            "path": _points(one.average.path),
            "loss": plain(one.average.loss),
            "final_loss": finite(float(one.average.loss[-1])),
        },
        "robustness": _robustness(one.robustness),
        "sensitivity": None
        if one.sensitivity is None
        else {field.name: plain(getattr(one.sensitivity, field.name)) for field in fields(one.sensitivity)},
        "crosscheck": crosscheck_record(one.verdict),
        "warnings": list(one.warnings),
        **({} if one.state is None else {"state": {kept.name: _state(kept) for kept in one.state}}),
    }


def _state(kept: Remembered) -> dict[str, Any]:
    """Return a value of an optimizer's state: [x, y] in each row, or one number that serves both."""

    def rows(values: FloatArray | None) -> list[Any] | None:
        return None if values is None else plain(values[:, 0]) if values.shape[1] == 1 else _points(values)

    return {"values": rows(kept.values), "corrected": rows(kept.corrected), "keeps": kept.keeps}


def _points(path: FloatArray) -> list[list[float | None]]:
    finite = np.asarray(np.isfinite(path).all(axis=1)).tolist()
    return [point if known else [None, None] for point, known in zip(path.tolist(), finite, strict=True)]


def _robustness(found: Robustness) -> dict[str, Any]:
    steps = None if found.steps is None else [finite(one) for one in found.steps]
    return {"share": found.share, "diverged": found.diverged, "steps": steps, "score": finite(found.score)}
