"""What logs call a learning rate and a step."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LR = re.compile(r"(?:^|[/ _.:-])(?:lr|learning[ _-]?rate)s?(?:\d+|[/ _.:\[-].*)?$", re.IGNORECASE)
"""lr, train/lr, lr-AdamW/pg1, lr/pg0, x/lr0, learning_rate, epoch_learning_rate."""
_OTHERS = re.compile(
    r"(?:^|[/ _.-])(?:base|initial|init|max|min|peak|target|start|end|final)[ _-]?(?:lr|learning)"
    r"|momentum|weight[ _-]?decay|sched|mult|scale|factor|ratio|(?:^|[/ _.-])lr[ _-]?loss",
    re.IGNORECASE,
)
"""What such a name says of another quantity: base_lr, lr-AdamW-momentum, lr_scheduler."""

STEPS = ("step", "global_step", "train/global_step", "trainer/global_step", "_step", "iteration", "iter", "update")
"""Columns that count updates, in the order in which they are looked for."""
EPOCHS = ("epoch",)


def is_lr(name: str) -> bool:
    """Return whether a column or a tag is named as learning rates are.

    >>> [name for name in ("lr", "train/lr", "lr-AdamW/pg1", "lr-Adam-momentum", "base_lr", "clr") if is_lr(name)]
    ['lr', 'train/lr', 'lr-AdamW/pg1']
    """
    return bool(_LR.search(name)) and not _OTHERS.search(name)


def first(wanted: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the place of the first wanted name among `names`, ignoring case and outer spaces; None if absent."""
    known = {name.strip().lower(): index for index, name in reversed(list(enumerate(names)))}
    return next((known[name] for name in wanted if name in known), None)
