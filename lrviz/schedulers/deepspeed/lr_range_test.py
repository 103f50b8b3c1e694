"""LRRangeTest."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import PerGroup
from lrviz.language.length import Length
from lrviz.schedulers.deepspeed.versioned import Versioned
from lrviz.schedulers.facts import Imposed
from lrviz.schedulers.maps import Affine, At, ParamGroups


class LRRangeTest(Versioned):
    """Raises the lr without limit, to find the lr at which the loss diverges.

    Formula, with n = t / lr_range_test_step_size, its whole part with lr_range_test_staircase:
        lr[t] = lr_range_test_min_lr * (1 + lr_range_test_step_rate * n)

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.LRRangeTest"] = "deepspeed.LRRangeTest"
    lr_range_test_min_lr: PerGroup = Field(0.001, description="lr at the start")
    lr_range_test_step_size: Length = Field(2000, description="ticks of one stair, or of one unit of the rise")
    lr_range_test_step_rate: float = Field(1.0, description="rise per unit, as a share of the first lr")
    lr_range_test_staircase: bool = Field(False, description="rise in stairs, not in a line")

    target: ClassVar[str] = "lr_range_test_min_lr"
    changes: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[dict[str, Any]] = {"lr_range_test_step_size": 10}

    @override
    def imposed(self) -> Imposed:
        return Imposed(self.lr_range_test_min_lr, self.lr_range_test_min_lr, ("lr_range_test_min_lr",))

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        interval = at.t / self.lr_range_test_step_size
        if self.lr_range_test_staircase:
            interval = np.floor(interval)
        return Affine(0.0, shift=groups.row(self.lr_range_test_min_lr) * (1 + self.lr_range_test_step_rate * interval))


CLASSES = (LRRangeTest,)
