"""The calls of the Python API. Each is as fast as its command: torch's process starts before anything is imported.

That is why nothing heavy is imported at the top of these files.
"""

from lrviz.runs.api.comparisons import assert_schedule, diff
from lrviz.runs.api.races import load_race, race, sweep
from lrviz.runs.api.schedules import lint, plot, resume, simulate, trace

__all__ = ["assert_schedule", "diff", "lint", "load_race", "plot", "race", "resume", "simulate", "sweep", "trace"]
