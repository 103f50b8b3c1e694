"""What comes out: plain frozen data, NumPy arrays, no drawing and no computing."""

from __future__ import annotations

from lrviz.foundation.plane import Box, Point
from lrviz.results.curves import (
    BoolArray,
    Curves,
    FloatArray,
    IntArray,
    Mark,
    Phase,
    Recording,
    Summary,
    Trace,
    Unit,
    Verdict,
    named,
)
from lrviz.results.remembered import Remembered
from lrviz.results.resumed import Error, Interrupted, Replaced, Resumed
from lrviz.results.surface import DOTS, Objective, Surface
from lrviz.results.trajectories import (
    Averaged,
    Contest,
    Contestant,
    LrSource,
    Protocol,
    Replayed,
    Robustness,
    Sensitivity,
    Trajectory,
)

__all__ = [
    "DOTS",
    "Averaged",
    "BoolArray",
    "Box",
    "Contest",
    "Contestant",
    "Curves",
    "Error",
    "FloatArray",
    "IntArray",
    "Interrupted",
    "LrSource",
    "Mark",
    "Objective",
    "Phase",
    "Point",
    "Protocol",
    "Recording",
    "Remembered",
    "Replaced",
    "Replayed",
    "Resumed",
    "Robustness",
    "Sensitivity",
    "Summary",
    "Surface",
    "Trace",
    "Trajectory",
    "Unit",
    "Verdict",
    "named",
]
