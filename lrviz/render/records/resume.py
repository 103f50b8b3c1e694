"""A resumption as data for other programs: JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from lrviz.foundation.version import __version__
from lrviz.render.records.difference import cause_record
from lrviz.render.records.lines import csv_table, json_line
from lrviz.render.records.schedule import CSV_PARAMS, crosscheck_record, plain, schedule_groups, torch_version
from lrviz.results import FloatArray, Interrupted, Resumed, Verdict


def resume_record(interrupted: Interrupted, verdict: Verdict, warnings: Sequence[str]) -> dict[str, Any]:
    """Return a resumption as plain data in which what is not finite is None; recipes begin at update `at`."""
    curves = interrupted.curves
    return {
        "lrviz": __version__,
        "torch": torch_version([verdict]),
        "name": curves.name,
        "source": curves.source,
        "unit": curves.unit,
        "steps": curves.steps,
        "at": interrupted.at,
        "checkpoint": interrupted.origin or None,
        "groups": schedule_groups(curves.groups, {"lr": curves.lr, **curves.params}),
        "crosscheck": crosscheck_record(verdict),
        "recipes": [_recipe(one, curves.groups) for one in interrupted.resumed],
        "warnings": list(warnings),
    }


def _recipe(one: Resumed, groups: Sequence[str]) -> dict[str, Any]:
    failed = None if one.failed is None else {"at": one.failed[0], "error": one.failed[1], "remedy": one.remedy or None}
    return {
        "name": one.name,
        "script": list(one.script),
        "verdict": one.verdict,
        "rounding": one.rounding or None,
        "causes": [cause_record(cause) for cause in one.causes],
        "errors": {name: _finite(asdict(error)) for name, error in one.errors.items()},
        "failed": failed,
        "replaced": [
            {**asdict(value), "asked": _shown(value.asked), "kept": _shown(value.kept)} for value in one.replaced
        ],
        "groups": schedule_groups(groups, {"lr": one.lr, **one.params}),
    }


def _shown(value: object) -> object:
    """Return a value that JSON knows."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return value if isinstance(value, int | float | str | bool | None) else str(value)


def _finite(record: Mapping[str, object]) -> dict[str, object]:
    return {key: _shown(value) for key, value in record.items()}


def resume_json_text(record: Mapping[str, Any]) -> str:
    """Return what `lrviz resume --json` writes: RFC 8259, on one line."""
    return json_line(record)


def resume_csv_text(interrupted: Interrupted) -> str:
    """Return what `lrviz resume --csv` writes: a row for each update of each group, recipe after recipe."""
    return csv_table(["recipe", "group", "t", "lr", *CSV_PARAMS], _rows(interrupted))


def _rows(interrupted: Interrupted) -> Iterator[Sequence[object]]:
    curves = interrupted.curves
    every: list[tuple[str, int, FloatArray, Mapping[str, FloatArray]]] = [
        ("uninterrupted", 0, curves.lr, curves.params)
    ]
    every += [(one.name, interrupted.at, one.lr, one.params) for one in interrupted.resumed]
    for name, start, lr, params in every:
        for index, group in enumerate(curves.groups):
            columns = [plain(params[key][:, index]) if key in params else [""] * len(lr) for key in CSV_PARAMS]
            told = zip(plain(lr[:, index]), *columns, strict=True)
            for t, values in enumerate(told):
                yield name, group, start + t, *values
