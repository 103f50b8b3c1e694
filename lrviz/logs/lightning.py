"""Lightning's CSVLogger: `metrics.csv`, of which each row has a part of the columns."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.logs.layout import Layout
from lrviz.logs.names import is_lr

KIND = "Lightning CSVLogger"


def layout(names: Sequence[str]) -> Layout | None:
    """Return the layout of a file that has `step`, `epoch` and what LearningRateMonitor calls its values.

    Row `step` k is written while update k is made, counted from 0: k is the number of updates before it.
    """
    if not {"step", "epoch"} <= set(names):
        return None
    found = [(index, name) for index, name in enumerate(names) if name.startswith("lr-") and is_lr(name)]
    return Layout(KIND, names.index("step"), tuple(found)) if found else None
