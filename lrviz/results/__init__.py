"""What comes out: plain frozen data, NumPy arrays, no drawing and no computing."""

from __future__ import annotations

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
    peak,
    summarise,
)
from lrviz.results.trajectories import (
    Averaged,
    Contest,
    Contestant,
    LrSource,
    Protocol,
    Replayed,
    Robustness,
    Trajectory,
)

__all__ = [
    "Averaged",
    "BoolArray",
    "Contest",
    "Contestant",
    "Curves",
    "FloatArray",
    "IntArray",
    "LrSource",
    "Mark",
    "Phase",
    "Protocol",
    "Recording",
    "Replayed",
    "Robustness",
    "Summary",
    "Trace",
    "Trajectory",
    "Unit",
    "Verdict",
    "peak",
    "summarise",
]
