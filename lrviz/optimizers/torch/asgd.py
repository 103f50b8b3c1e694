"""ASGD."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import FirstOrder, State, next_step
from lrviz.optimizers.hyperparameters import (
    Capturable,
    Differentiable,
    Foreach,
    LearningRate,
    Maximize,
    WeightDecay,
)


class ASGD(FirstOrder):
    """Gradient descent with a decaying step that also keeps the average of its path.

    A change of lr acts one step late, because η is computed at the end of the step before.

    Formula, g the gradient at θ, t = 1, 2, ..., η = lr and μ = 1 at first:
        g ← g + weight_decay θ
        θ ← θ - lambd η θ - η g
        a ← a + μ (θ - a)
        η ← lr/(1 + lambd lr t)^alpha,  μ ← 1/max(1, t - t0)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.ASGD.html;
    Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging,
    https://doi.org/10.1137/0330046
    """

    name: Literal["ASGD"] = "ASGD"
    lr: LearningRate = 1e-2
    lambd: float = Field(1e-4, description="decay of the parameter and of the step")
    alpha: float = Field(0.75, description="power of the step's decay")
    t0: float = Field(1e6, description="step after which the path is averaged")
    weight_decay: WeightDecay = 0
    foreach: Foreach = None
    maximize: Maximize = False
    differentiable: Differentiable = False
    capturable: Capturable = False

    state_per_parameter: ClassVar[str] = "1"
    usual_lr: ClassVar[tuple[float, float]] = (0.0001, 100)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "eta": np.zeros(x.shape[1:]) + lr, "mu": np.ones(x.shape[1:]), "ax": np.zeros_like(x)}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        step = next_step(state)
        x *= 1 - self.lambd * state["eta"]
        x -= state["eta"] * g
        state["ax"] = np.where(state["mu"] == 1, x, state["ax"] + (x - state["ax"]) * state["mu"])
        # Not **: of a single number it may round otherwise than of an array with one for each path.
        decayed = lr / np.power(1 + self.lambd * lr * step, self.alpha)
        state["eta"] = decayed + np.zeros(x.shape[1:])
        state["mu"] = 1 / np.maximum(1.0, step - self.t0) + np.zeros(x.shape[1:])
