"""A race document -> a Race: every entry's path by both engines, tuned, judged and cross-checked."""

from __future__ import annotations

from lrviz.runs.racing.race import Race
from lrviz.runs.racing.run import RaceRun

__all__ = ["Race", "RaceRun"]
