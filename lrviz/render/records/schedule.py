"""Results as data for other programs: JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import csv_table, json_line
from lrviz.results import Curves, FloatArray, Replayed, Verdict


class Simulated(Protocol):
    """A simulation, as far as its data goes."""

    @property
    def curves(self) -> Curves:
        """The curves."""

    @property
    def verdict(self) -> Verdict:
        """The verdict on them."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should be warned of."""


CSV_PARAMS = ("momentum", "beta1", "weight_decay")


def schedule_record(curves: Curves, verdict: Verdict, warnings: Sequence[str]) -> dict[str, Any]:
    """Return one entry of `schedules`: plain data in which what is not finite is None."""
    return {
        "name": curves.name,
        "source": curves.source,
        "unit": curves.unit,
        "steps": max(len(one.at) for one in curves.logged) if curves.logged else curves.steps,
        "groups": [{"name": one.name, "at": one.at.tolist(), "lr": plain(one.lr)} for one in curves.logged]
        or [
            {**group, **({} if curves.projected is None else {"projected": plain(curves.projected.lr[:, index])})}
            for index, group in enumerate(schedule_groups(curves.groups, {"lr": curves.lr, **curves.params}))
        ],
        "crosscheck": crosscheck_record(verdict),
        "warnings": list(warnings),
    }


def schedule_groups(names: Sequence[str], columns: Mapping[str, FloatArray]) -> list[dict[str, Any]]:
    """Return for each group its name, and its values of each hyperparameter; columns are [steps, groups]."""
    return [
        {"name": name, **{key: plain(values[:, index]) for key, values in columns.items()}}
        for index, name in enumerate(names)
    ]


def json_text(simulations: Iterable[Simulated]) -> str:
    """Return what `lrviz schedule --json` writes: RFC 8259, on one line."""
    known = list(simulations)
    record = {
        "lrviz": __version__,
        "torch": torch_version([one.verdict for one in known]),
        "schedules": [schedule_record(one.curves, one.verdict, one.warnings) for one in known],
    }
    return json_line(record)


def csv_text(simulations: Iterable[Simulated]) -> str:
    """Return what `lrviz schedule --csv` writes: a row for each tick of each group."""
    return csv_table(["schedule", "group", "t", "lr", *CSV_PARAMS], _rows(simulations))


def _rows(simulations: Iterable[Simulated]) -> Iterator[Sequence[object]]:
    for one in simulations:
        curves = one.curves
        for own in curves.logged:
            for at, value in zip(own.at.tolist(), own.lr.tolist(), strict=True):
                yield curves.name, own.name, at, value, *[""] * len(CSV_PARAMS)
        if curves.logged:
            continue
        for index, group in enumerate(curves.groups):
            columns = [
                curves.params[name][:, index].tolist() if name in curves.params else [""] * curves.steps
                for name in CSV_PARAMS
            ]
            lr = curves.lr[:, index].tolist()
            for t, values in enumerate(zip(lr, *columns, strict=True)):
                yield curves.name, group, t, *values


def crosscheck_record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict's members: `by` where two were compared, else `reason`; those of a disagreement only there."""
    members = {key: finite(getattr(verdict, key)) for key in ("verdict", "max_abs", "max_rel", "first_step")}
    if verdict.verdict == "disagree":
        members |= {"group": verdict.group, "param": verdict.param}
        members |= {"reference": finite(verdict.expected), "torch_value": finite(verdict.found)}
    members |= {"reason": verdict.reason} if verdict.verdict == "skipped" else {"by": verdict.by}
    if isinstance(verdict, Replayed):
        members["free_max_abs"] = finite(verdict.free_max_abs)
        # Where nothing was left out there is nothing to say of it.
        members |= {"uncounted": verdict.uncounted} if verdict.uncounted else {}
    return members


def torch_version(verdicts: Iterable[Verdict]) -> str | None:
    """Return the torch that ran, None where none did."""
    return next((one.ran["torch"] for one in verdicts if "torch" in one.ran), None)


def plain(values: FloatArray) -> list[float | None]:
    """Return numbers in which what is not finite is None."""
    known: list[float | None] = values.tolist()
    return known if np.isfinite(values).all() else [finite(value) for value in known]


def finite(value: Any) -> Any:
    """Return a value, None where it is a number that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
