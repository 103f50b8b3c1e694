"""A mistake in the configs of nanoGPT."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from lrviz.linting.foreign import Foreign
from lrviz.linting.rule import DialectRule, Edit, Found, Severity

_NEAR = 0.02
"""How far the two lengths may be apart, as a share, and be the same one, rounded."""


class DecayUnlikeRun(DialectRule):
    """`lr_decay_iters` of nanoGPT that differs from `max_iters`.

    The cosine then ends before the run, which goes on at min_lr, or is cut off above min_lr. Both are 600,000 by
    default: if you change one, change the other.
    """

    id = "LR119"
    name = "decay-unlike-run"
    severity = Severity.warning
    dialects = ("nanogpt",)
    file = "config.py"
    fires = """\
learning_rate = 1e-3
max_iters = 5000
min_lr = 1e-4
warmup_iters = 100
"""
    near = """\
learning_rate = 1e-3
max_iters = 5000
lr_decay_iters = 5000
min_lr = 1e-4
warmup_iters = 100
"""

    @override
    def judge(self, config: Foreign) -> Iterator[Found]:
        values = config.values
        if not values.flag("decay_lr", True).value:
            return
        run, decay = values.whole("max_iters", 600_000), values.whole("lr_decay_iters", 600_000)
        if abs(decay.value - run.value) <= _NEAR * run.value:
            return
        default = "" if decay.path else " by default"
        what = "the lr stays at min_lr from there on" if decay.value < run.value else "the decay is cut off"
        yield Found(
            decay.path or run.path,
            f"lr_decay_iters is {decay.value:,}{default} and max_iters {run.value:,}: {what}",
            (Edit(("lr_decay_iters",), run.value),),
        )
