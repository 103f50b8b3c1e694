"""See what your learning rate will be, and how your optimizer moves, before the run.

The Python API mirrors the commands: `load` a document, `simulate` it, look at `.curves`, `.verdict`,
`.plot(ax)`; `race` optimizers over a surface, look at `.entries`, `.plot(ax)`.
Nothing heavy is imported until one of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrviz.version import __version__

if TYPE_CHECKING:
    from lrviz.errors import DocumentError, LrvizError
    from lrviz.linting.finding import Finding
    from lrviz.linting.lint import lint
    from lrviz.racing import Race, race
    from lrviz.results import Contest, Contestant, Curves, Trajectory, Verdict
    from lrviz.resuming.resumption import Resumption
    from lrviz.resuming.run import resume
    from lrviz.simulation import Simulation, simulate
    from lrviz.spec.load import load, loads
    from lrviz.spec.race import RaceDocument, load_race
    from lrviz.spec.schedule import ScheduleDocument

_HOMES = {
    "Contest": "lrviz.results.trajectories",
    "Contestant": "lrviz.results.trajectories",
    "Curves": "lrviz.results.curves",
    "DocumentError": "lrviz.errors",
    "Finding": "lrviz.linting.finding",
    "LrvizError": "lrviz.errors",
    "Race": "lrviz.racing.race",
    "RaceDocument": "lrviz.spec.race",
    "Resumption": "lrviz.resuming.resumption",
    "ScheduleDocument": "lrviz.spec.schedule",
    "Simulation": "lrviz.simulation",
    "Trajectory": "lrviz.results.trajectories",
    "Verdict": "lrviz.results.curves",
    "lint": "lrviz.linting.lint",
    "load": "lrviz.spec.load",
    "load_race": "lrviz.spec.race",
    "loads": "lrviz.spec.load",
    "race": "lrviz.racing.run",
    "resume": "lrviz.resuming.run",
    "simulate": "lrviz.simulation",
}

__all__ = [
    "Contest",
    "Contestant",
    "Curves",
    "DocumentError",
    "Finding",
    "LrvizError",
    "Race",
    "RaceDocument",
    "Resumption",
    "ScheduleDocument",
    "Simulation",
    "Trajectory",
    "Verdict",
    "__version__",
    "lint",
    "load",
    "load_race",
    "loads",
    "race",
    "resume",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lrviz' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
