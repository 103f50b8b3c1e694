"""The registry of causes, rules over a recorded run: one line for each. A number is never given twice."""

from __future__ import annotations

from lrviz.linting.causes.cause import Cause
from lrviz.linting.causes.holding import AddedGroup, OtherOptimizer
from lrviz.linting.causes.horizons import BesideTheRun, Cadence
from lrviz.linting.causes.ranks import RanksDiffer
from lrviz.linting.causes.restoring import NotRestored
from lrviz.linting.causes.setting import Overwritten
from lrviz.linting.causes.ticking import SchedulerFirst, SkippedUpdates, TicksPerUpdate
from lrviz.linting.causes.watching import DependsOnLoss

CAUSES: tuple[type[Cause], ...] = (
    TicksPerUpdate,
    SchedulerFirst,
    Cadence,
    BesideTheRun,
    OtherOptimizer,
    AddedGroup,
    NotRestored,
    Overwritten,
    SkippedUpdates,
    RanksDiffer,
    DependsOnLoss,
)

__all__ = ["CAUSES"]
