"""See what your learning rate will be, and how your optimizer moves, before the run.

The Python API mirrors the commands: `simulate` a `document` (a mapping or a path), look at `.curves`, `.verdict`,
`.plot(ax)`; `race` optimizers over a surface, look at `.entries`, `.plot(ax)`.
Nothing heavy is imported until one of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrviz.foundation.version import __version__

if TYPE_CHECKING:
    from lrviz.documents.race import RaceDocument
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.foundation.errors import DocumentError, LrvizError
    from lrviz.linting.finding import Finding
    from lrviz.results import Contest, Contestant, Curves, Trajectory, Verdict
    from lrviz.runs.api.comparisons import assert_schedule, diff
    from lrviz.runs.api.races import load_race, race, sweep
    from lrviz.runs.api.schedules import lint, plot, resume, simulate, trace
    from lrviz.runs.differing.differences import Differences
    from lrviz.runs.racing.race import Race
    from lrviz.runs.recording import Recording, recording
    from lrviz.runs.resuming.resumption import Resumption
    from lrviz.runs.simulation import Simulation
    from lrviz.runs.sources.door import document, load, loads
    from lrviz.runs.sweeping.sweep import Sweep

_HOMES = {
    "Contest": "lrviz.results.trajectories",
    "Contestant": "lrviz.results.trajectories",
    "Curves": "lrviz.results.curves",
    "Differences": "lrviz.runs.differing.differences",
    "DocumentError": "lrviz.foundation.errors",
    "Finding": "lrviz.linting.finding",
    "LrvizError": "lrviz.foundation.errors",
    "Race": "lrviz.runs.racing.race",
    "RaceDocument": "lrviz.documents.race",
    "Recording": "lrviz.runs.recording",
    "Resumption": "lrviz.runs.resuming.resumption",
    "ScheduleDocument": "lrviz.documents.schedule",
    "Simulation": "lrviz.runs.simulation",
    "Sweep": "lrviz.runs.sweeping.sweep",
    "Trajectory": "lrviz.results.trajectories",
    "Verdict": "lrviz.results.curves",
    "assert_schedule": "lrviz.runs.api.comparisons",
    "diff": "lrviz.runs.api.comparisons",
    "document": "lrviz.runs.sources.door",
    "lint": "lrviz.runs.api.schedules",
    "load": "lrviz.runs.sources.door",
    "load_race": "lrviz.runs.api.races",
    "loads": "lrviz.runs.sources.door",
    "plot": "lrviz.runs.api.schedules",
    "race": "lrviz.runs.api.races",
    "recording": "lrviz.runs.recording",
    "resume": "lrviz.runs.api.schedules",
    "simulate": "lrviz.runs.api.schedules",
    "sweep": "lrviz.runs.api.races",
    "trace": "lrviz.runs.api.schedules",
}

__all__ = [
    "Contest",
    "Contestant",
    "Curves",
    "Differences",
    "DocumentError",
    "Finding",
    "LrvizError",
    "Race",
    "RaceDocument",
    "Recording",
    "Resumption",
    "ScheduleDocument",
    "Simulation",
    "Sweep",
    "Trajectory",
    "Verdict",
    "__version__",
    "assert_schedule",
    "diff",
    "document",
    "lint",
    "load",
    "load_race",
    "loads",
    "plot",
    "race",
    "recording",
    "resume",
    "simulate",
    "sweep",
    "trace",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lrviz' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
