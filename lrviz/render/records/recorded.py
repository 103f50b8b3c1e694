"""A recording as JSON for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import json_line
from lrviz.render.records.schedule import finite, plain
from lrviz.results import Projected, Recorded, RecordedGroup, RecordedOptimizer, RecordedScheduler


def recorded_json_text(
    recorded: Recorded,
    names: Sequence[str],
    projected: Sequence[Projected | None],
    causes: Sequence[Mapping[str, str]],
    *,
    command: Sequence[str],
    exit_code: int,
    diff: Mapping[str, Any] | None = None,
) -> str:
    """Return what `lrviz record --json` writes: RFC 8259, on one line; diff: the record of the plan's difference."""
    found = recorded_record(recorded, names, projected, causes, command=command, exit_code=exit_code)
    return json_line(found | {"diff": diff})


def recorded_record(
    recorded: Recorded,
    names: Sequence[str],
    projected: Sequence[Projected | None],
    causes: Sequence[Mapping[str, str]],
    *,
    command: Sequence[str] | None,
    exit_code: int,
) -> dict[str, Any]:
    """Return a recording as plain data in which what is not finite is None; names, projected: for each optimizer.

    causes: what is wrong with it, each with id, name and message.
    """
    return {
        "lrviz": __version__,
        "command": None if command is None else list(command),
        "exit_code": exit_code,
        "optimizers": [
            _optimizer(one, name, after, recorded.processes[one.process].rank)
            for one, name, after in zip(recorded.optimizers, names, projected, strict=True)
        ],
        "causes": [dict(each) for each in causes],
        "diff": None,
    }


def _optimizer(one: RecordedOptimizer, name: str, after: Projected | None, rank: int | None) -> dict[str, Any]:
    return {
        "name": name,
        "rank": rank,
        "updates": one.updates,
        "groups": [
            _group(group, [] if after is None else plain(after.lr[:, index])) for index, group in enumerate(one.groups)
        ],
        "schedulers": [_scheduler(each) for each in one.schedulers],
    }


def _group(group: RecordedGroup, projected: list[float | None]) -> dict[str, Any]:
    varied = {key: plain(values) for key, values in group.varied.items()}
    return {"name": group.name, "lr": plain(group.lr), "projected": projected, **varied}


def _scheduler(each: RecordedScheduler) -> dict[str, Any]:
    arguments = each.arguments or {}
    return {
        "class": each.name,
        "arguments": {
            name: list(map(finite, value)) if isinstance(value, tuple) else finite(value)
            for name, value in arguments.items()
        },
        "steps": len(each.ticks),
        "stepped_at": [{"at": site.at, "count": site.count} for site in each.stepped_at],
    }
