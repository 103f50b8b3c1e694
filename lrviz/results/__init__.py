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
from lrviz.results.logged import Convention, Logged, LoggedGroup
from lrviz.results.recorded import (
    PROGRAM,
    Argument,
    Event,
    Handover,
    Recorded,
    RecordedGroup,
    RecordedOptimizer,
    RecordedProcess,
    RecordedScheduler,
    Site,
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
    "PROGRAM",
    "Argument",
    "Averaged",
    "BoolArray",
    "Box",
    "Contest",
    "Contestant",
    "Convention",
    "Curves",
    "Error",
    "Event",
    "FloatArray",
    "Handover",
    "IntArray",
    "Interrupted",
    "Logged",
    "LoggedGroup",
    "LrSource",
    "Mark",
    "Objective",
    "Phase",
    "Point",
    "Protocol",
    "Recorded",
    "RecordedGroup",
    "RecordedOptimizer",
    "RecordedProcess",
    "RecordedScheduler",
    "Recording",
    "Remembered",
    "Replaced",
    "Replayed",
    "Resumed",
    "Robustness",
    "Sensitivity",
    "Site",
    "Summary",
    "Surface",
    "Trace",
    "Trajectory",
    "Unit",
    "Verdict",
    "named",
]
