"""An optimizer of another library, as the host of a schedule."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import Field

from lrviz.language.fields import Listed
from lrviz.optimizers.base import Optimizer
from lrviz.optimizers.hyperparameters import NonNegative


class Guest(Optimizer):
    """Its hyperparameters, which is all that a scheduler reads and writes; lrviz does not know its update."""

    races: ClassVar[bool] = False
    state_per_parameter: ClassVar[str] = ""
    usual_lr: ClassVar[tuple[float, float]] = (0.0, math.inf)


Momentum = Annotated[NonNegative, Field(description="share of the running sum kept each step")]
ThreeBetas = Annotated[
    tuple[NonNegative, NonNegative, NonNegative],
    Listed,
    Field(description="shares for the running averages of the gradient, its change, and their square"),
]
