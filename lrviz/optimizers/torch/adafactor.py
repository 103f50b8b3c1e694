"""Adafactor."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import Listed
from lrviz.optimizers.first_order import FirstOrder, State, lerp, next_step, power
from lrviz.optimizers.hyperparameters import (
    DecoupledWeightDecay,
    Foreach,
    LearningRate,
    Maximize,
    NonNegative,
)


class Adafactor(FirstOrder):
    """Adam's division with the squares of a matrix kept as row and column averages only.

    lr is an upper bound: the step shrinks as 1/√t and grows with the size of the parameter.

    Formula, g the gradient at θ, t = 1, 2, ..., β = 1 - t^beta2_decay, (ε₁, ε₂) = eps, RMS over the tensor:
        α = max(ε₂, RMS(θ)) min(lr, 1/√t)
        θ ← θ - lr weight_decay θ
        r ← β r + (1 - β) mean of g² along each row,  c ← the same along each column
        v = r c / max(mean(r), ε₁)    (a vector keeps v ← β v + (1 - β) g² itself)
        u = g/√max(v, ε₁²)
        θ ← θ - α u / max(1, RMS(u)/d)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adafactor.html;
    Shazeer and Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost,
    https://arxiv.org/abs/1804.04235
    """

    name: Literal["Adafactor"] = "Adafactor"
    lr: LearningRate = 1e-2
    beta2_decay: float = Field(-0.8, le=0, description="power of t in the decay of the averages")
    eps: Annotated[
        tuple[NonNegative | None, NonNegative],
        Listed,
        Field(description="floor of the averages (null: the dtype's epsilon), floor of the parameter's size"),
    ] = (None, 1e-3)
    d: float = Field(1.0, ge=1, description="root mean square above which an update is scaled down")
    weight_decay: DecoupledWeightDecay = 0.0
    foreach: Foreach = None
    maximize: Maximize = False

    state_per_parameter: ClassVar[str] = "1 a row and 1 a column of a matrix; 1 in a vector"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)
    in_the_plane: ClassVar[str] = (
        "a vector of two has no rows and columns to factor; what is left couples x and y through root mean squares"
    )

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "variance": np.zeros_like(x)}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g)
        step = next_step(state)
        floor = np.finfo(np.float64).eps if self.eps[0] is None else self.eps[0]
        fresh = power(step, self.beta2_decay)
        # fmax: the norms, which both components share, pass no NaN from one to the other in torch.
        size = np.fmax(self.eps[1], _norm(x) / 2**0.5)
        rate = size * np.minimum(lr, 1 / power(step, 0.5))
        if self.weight_decay != 0:
            x *= 1 - lr * self.weight_decay
        lerp(state["variance"], g * g, fresh)
        change = 1 / np.sqrt(np.maximum(state["variance"], floor * floor)) * g
        x -= rate / np.fmax(1.0, _norm(change) / (2**0.5 * self.d)) * change


def _norm(x: FloatArray) -> FloatArray:
    norm: FloatArray = np.sqrt(x[0] * x[0] + x[1] * x[1])
    return norm
