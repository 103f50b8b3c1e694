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
from lrviz.results.differences import Cause, Difference, GroupDifference, Largest, Track
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
    "Cause",
    "Contest",
    "Contestant",
    "Convention",
    "Curves",
    "Difference",
    "Error",
    "Event",
    "FloatArray",
    "GroupDifference",
    "Handover",
    "IntArray",
    "Interrupted",
    "Largest",
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
    "Track",
    "Trajectory",
    "Unit",
    "Verdict",
    "named",
]
