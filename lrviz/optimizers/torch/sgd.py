"""SGD."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import misfit
from lrviz.optimizers.first_order import Average, FirstOrder, State
from lrviz.optimizers.hyperparameters import (
    Differentiable,
    Foreach,
    Fused,
    LearningRate,
    Maximize,
    NonNegative,
    WeightDecay,
)


class SGD(FirstOrder):
    """Steps against the gradient, or against a running sum of gradients where momentum is set.

    Formula, g the gradient at θ:
        g ← g + weight_decay θ
        b ← momentum b + (1 - dampening) g        (b ← g at the first step)
        g ← g + momentum b  with nesterov,  b  without
        θ ← θ - lr g

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html;
    Sutskever et al., On the importance of initialization and momentum in deep learning,
    https://proceedings.mlr.press/v28/sutskever13.html
    """

    name: Literal["SGD"] = "SGD"
    lr: LearningRate = 1e-3
    momentum: NonNegative = Field(0, description="share of the running sum kept each step")
    dampening: float = Field(0, description="share of the gradient left out of the running sum")
    weight_decay: WeightDecay = 0
    nesterov: bool = Field(False, description="look ahead along the momentum")
    maximize: Maximize = False
    foreach: Foreach = None
    differentiable: Differentiable = False
    fused: Fused = None

    state_per_parameter: ClassVar[str] = "0 (1 with momentum)"
    usual_lr: ClassVar[tuple[float, float]] = (0.0001, 100)

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            given = f"nesterov with momentum {self.momentum:g} and dampening {self.dampening:g}"
            raise misfit([Problem(("nesterov",), f"{given}; nesterov needs a momentum above 0 and a dampening of 0")])
        return self

    @override
    def shrinkage(self, lr: FloatArray, weight_decay: FloatArray, momentum: FloatArray | float) -> FloatArray:
        # An L2 term of plain SGD is weight decay; momentum makes each of its pulls 1 / (1 - momentum) times as long.
        taken: FloatArray = lr * weight_decay / (1 - np.minimum(momentum, 1 - 1e-9))
        return taken

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        # The first gradient becomes the buffer, without dampening.
        return {}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return {"momentum_buffer": Average(self.momentum)} if self.momentum else {}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        change = g
        if self.momentum != 0:
            if "momentum_buffer" in state:
                buffer = state["momentum_buffer"]
                buffer *= self.momentum
                buffer += g if self.dampening == 0 else (1 - self.dampening) * g
            else:
                buffer = state["momentum_buffer"] = g.copy()
            change = g + self.momentum * buffer if self.nesterov else buffer
        # In place: the gradient is not needed any more.
        x -= np.multiply(change, lr, out=g)
