"""RAdam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, next_step, power
from lrviz.optimizers.hyperparameters import (
    Betas,
    Capturable,
    Decoupled,
    Differentiable,
    Epsilon,
    Foreach,
    LearningRate,
    Maximize,
    WeightDecay,
)
from lrviz.optimizers.torch.moments import average, averages, decay, running


class RAdam(FirstOrder):
    """Adam that holds its adaptive part back while too few gradients have been seen to trust it.

    Formula, g the gradient at θ, t = 1, 2, ..., rho_max = 2/(1 - β₂) - 1:
        g ← g + weight_decay θ    (decoupled_weight_decay: θ ← θ - lr weight_decay θ)
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        rho = rho_max - 2 t β₂ᵗ/(1 - β₂ᵗ)
        θ ← θ - lr m/(1 - β₁ᵗ) r √(1 - β₂ᵗ)/(√v + eps)    where rho > 5,
            r = √((rho - 4)(rho - 2) rho_max / ((rho_max - 4)(rho_max - 2) rho))
        θ ← θ - lr m/(1 - β₁ᵗ)                            elsewhere

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RAdam.html;
    Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, https://arxiv.org/abs/1908.03265
    """

    name: Literal["RAdam"] = "RAdam"
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    decoupled_weight_decay: Decoupled = False
    foreach: Foreach = None
    maximize: Maximize = False
    capturable: Capturable = False
    differentiable: Differentiable = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.05)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return averages(x)

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return running(self.betas)

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        decay(self, x, g, lr, self.weight_decay, decoupled=self.decoupled_weight_decay)
        step = next_step(state)
        first, second = average(g, state, self.betas)
        kept = power(self.betas[1], step)
        longest = 2 / (1 - self.betas[1]) - 1
        length = longest - 2 * step * kept / (1 - kept)
        trusted = length > 5
        # Where it is not trusted the root may be of a negative number, and is not used.
        rectified = (np.where(trusted, length, 5) - 4) * (np.where(trusted, length, 5) - 2) * longest
        rectified = np.sqrt(rectified / ((longest - 4) * (longest - 2) * np.where(trusted, length, 5)))
        adaptive = power(1 - kept, 0.5) / (np.sqrt(second) + self.eps)
        change = first / (1 - power(self.betas[0], step)) * lr
        x -= np.where(trusted, change * adaptive * rectified, change)
