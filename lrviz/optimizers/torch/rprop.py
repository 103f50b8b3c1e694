"""Rprop."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import Listed
from lrviz.optimizers.first_order import FirstOrder, State, next_step
from lrviz.optimizers.hyperparameters import (
    Capturable,
    Differentiable,
    Foreach,
    LearningRate,
    Maximize,
    NonNegative,
)


class Rprop(FirstOrder):
    """Uses the sign of the gradient only, with a step size per element that grows while the sign stays.

    lr is where the step sizes start; a schedule changes nothing after the first update.

    Formula, g the gradient at θ, h the one before (0 at first), (η₋, η₊) = etas, s = lr at first:
        g h > 0: s ← clamp(η₊ s);  g h < 0: s ← clamp(η₋ s), g ← 0;  else: s ← clamp(s)    (to step_sizes)
        θ ← θ - s sign(g)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Rprop.html;
    Riedmiller and Braun, A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm,
    https://doi.org/10.1109/ICNN.1993.298623
    """

    name: Literal["Rprop"] = "Rprop"
    lr: LearningRate = 1e-2
    etas: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=1)], Annotated[float, Field(gt=1)]],
        Listed,
        Field(description="factors of the step size when the gradient's sign turns, and when it stays"),
    ] = (0.5, 1.2)
    step_sizes: Annotated[
        tuple[NonNegative, NonNegative], Listed, Field(description="smallest and largest step size")
    ] = (1e-6, 50)
    capturable: Capturable = False
    foreach: Foreach = None
    maximize: Maximize = False
    differentiable: Differentiable = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 1)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "prev": np.zeros_like(x), "step_size": np.zeros_like(x) + lr}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g)
        next_step(state)
        shorter, longer = self.etas
        turn = g * state["prev"]
        stays, turns = turn > 0, turn < 0
        # A sum of which one term is not zero: several times faster than a choice for each element.
        factor = stays * longer + turns * shorter + (stays == turns)
        sizes = state["step_size"]
        sizes *= factor
        np.clip(sizes, *self.step_sizes, out=sizes)
        state["prev"] = kept = np.where(turns, 0.0, g)
        # Not np.sign: for torch the sign of NaN is 0, which leaves the parameter where it is.
        x -= np.subtract(kept > 0, kept < 0, dtype=np.float64) * sizes
