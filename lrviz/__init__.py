"""See what your learning rate will be, and how your optimizer moves, before the run.

The Python API mirrors the commands: `load` a document, `simulate` it, look at `.curves`, `.verdict`,
`.plot(ax)`. Nothing heavy is imported until one of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrviz.version import __version__

if TYPE_CHECKING:
    from lrviz.errors import DocumentError, LrvizError
    from lrviz.results import Curves, Verdict
    from lrviz.simulation import Simulation, simulate
    from lrviz.spec.load import load, loads
    from lrviz.spec.schedule import ScheduleDocument

_HOMES = {
    "Curves": "lrviz.results",
    "DocumentError": "lrviz.errors",
    "LrvizError": "lrviz.errors",
    "ScheduleDocument": "lrviz.spec.schedule",
    "Simulation": "lrviz.simulation",
    "Verdict": "lrviz.results",
    "load": "lrviz.spec.load",
    "loads": "lrviz.spec.load",
    "simulate": "lrviz.simulation",
}

__all__ = [
    "Curves",
    "DocumentError",
    "LrvizError",
    "ScheduleDocument",
    "Simulation",
    "Verdict",
    "__version__",
    "load",
    "loads",
    "simulate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lrviz' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
