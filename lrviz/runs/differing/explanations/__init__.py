"""Every explanation of a difference, one class each."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.runs.differing.explanations.convention import LogConvention
from lrviz.runs.differing.explanations.explanation import Explanation, Transformation
from lrviz.runs.differing.explanations.horizon import Horizon
from lrviz.runs.differing.explanations.one_group import OneGroup
from lrviz.runs.differing.explanations.restarted import Restarted
from lrviz.runs.differing.explanations.rounding import Rounding
from lrviz.runs.differing.explanations.scaled import Scaled
from lrviz.runs.differing.explanations.shifted import Shifted
from lrviz.runs.differing.explanations.stretched import Stretched
from lrviz.runs.differing.explanations.warm_up import WarmUp

EXPLANATIONS: Sequence[Explanation] = (
    LogConvention(),
    Shifted(),
    Scaled(),
    Stretched(),
    Horizon(),
    Restarted(),
    OneGroup(),
    WarmUp(),
    Rounding(),
)
"""In the order of the output."""

__all__ = ["EXPLANATIONS", "Explanation", "Transformation"]
