"""SparseAdam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, next_step, power
from lrviz.optimizers.hyperparameters import Betas, Epsilon, LearningRate, Maximize
from lrviz.optimizers.torch.moments import averages, running


class SparseAdam(FirstOrder):
    """Adam for sparse gradients: only components that are in the gradient are averaged and moved.

    Formula, for each component g stored in the gradient at θ, t = 1, 2, ...:
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        θ ← θ - lr √(1 - β₂ᵗ)/(1 - β₁ᵗ) m/(√v + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html;
    Kingma and Ba, Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980
    """

    name: Literal["SparseAdam"] = "SparseAdam"
    lr: Annotated[LearningRate, Field(gt=0)] = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Annotated[Epsilon, Field(gt=0)] = 1e-8
    maximize: Maximize = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.1)
    sparse: ClassVar[bool] = True
    in_the_plane: ClassVar[str] = "its gradients are sparse in form only: a component is left out where it is zero"

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return averages(x)

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return running(self.betas)

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g)
        step = next_step(state)
        stored = g != 0
        for key, beta, target in (("exp_avg", self.betas[0], g), ("exp_avg_sq", self.betas[1], g * g)):
            state[key] += np.where(stored, (target - state[key]) * (1 - beta), 0.0)
        rate = lr * np.sqrt(1 - power(self.betas[1], step)) / (1 - power(self.betas[0], step))
        x -= np.where(stored, rate * (state["exp_avg"] / (np.sqrt(state["exp_avg_sq"]) + self.eps)), 0.0)
