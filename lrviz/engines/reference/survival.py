"""How long an update survives: after how many more updates weight decay has removed half of its effect.

Of an update made at s, prod(1 - lr_u weight_decay) is left after the updates u > s; its
half-life is the number of updates until that is 1/2. Momentum, in contrast, spreads a gradient over the updates
that follow: half of its effect comes within ln 2 / -ln(momentum) of them.

Source: Wang and Aitchison, How to set AdamW's weight decay as you scale model and dataset size,
https://arxiv.org/abs/2405.13698
"""

from __future__ import annotations

import math

import numpy as np

from lrviz.foundation.arrays import FloatArray, IntArray


def half_life(shrinkage: FloatArray, each: int = 1, asked: IntArray | None = None) -> FloatArray:
    """Return the updates after which the first update of each row has lost half its weight, [asked, groups].

    shrinkage: the share of the parameters that weight decay removes at an update, [rows, groups]; each: updates a row;
    asked: the rows that are wanted, all of them where None.
    """
    rows, groups = shrinkage.shape
    asked = np.arange(rows) if asked is None else asked
    ends = np.arange(rows + 1, dtype=np.float64) * each
    with np.errstate(divide="ignore"):
        # A share of 1 or more leaves nothing; before a group is added nothing is removed.
        lost = -np.log1p(-np.minimum(np.nan_to_num(shrinkage), 1.0)) * each
    found = np.empty((len(asked), groups))
    for group in range(groups):
        total = np.concatenate(([0.0], np.cumsum(np.minimum(lost[:, group], 1e3))))
        goal = total[asked] + (total[asked + 1] - total[asked]) / each + math.log(2)
        reached = np.interp(goal, total, ends) - (ends[asked] + 1)
        found[:, group] = np.where((goal <= total[-1]) & ~np.isnan(shrinkage[asked, group]), reached, np.nan)
    return found
