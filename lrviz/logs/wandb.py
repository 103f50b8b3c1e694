"""The CSV that Weights & Biases exports of a panel: `Step`, and of each run a value, its minimum and its maximum."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrviz.logs.layout import OWN, Layout, told_apart
from lrviz.logs.names import is_lr
from lrviz.logs.transformers import CONVENTIONS

KIND = "W&B export"
_AXES = ("Step", "train/global_step", "trainer/global_step", "global_step", "_step")
_COLUMN = re.compile(r"(?P<run>.+) - (?P<metric>.+)")


def layout(names: Sequence[str]) -> Layout | None:
    """Return the layout of a file whose columns are called `<run> - <metric>`; `__MIN` and `__MAX` are left out.

    Over `train/global_step`, which Transformers counts from 1, it has the conventions of Transformers.
    """
    if not names or names[0] not in _AXES:
        return None
    columns = {index: _COLUMN.fullmatch(name) for index, name in enumerate(names)}
    found = {
        index: (match["run"], match["metric"])
        for index, match in columns.items()
        if match and not match["metric"].endswith(("__MIN", "__MAX")) and is_lr(match["metric"])
    }
    if not found:
        return None
    runs, metrics = ({pair[part] for pair in found.values()} for part in (0, 1))
    name = {
        index: metric if len(runs) == 1 else run if len(metrics) == 1 else f"{run} - {metric}"
        for index, (run, metric) in found.items()
    }
    of_transformers = names[0] == "train/global_step"
    said = CONVENTIONS if of_transformers else OWN
    return Layout(KIND, 0, told_apart(name), first=int(of_transformers), conventions=said)
