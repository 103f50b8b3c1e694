"""Muon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import Listed, Whole
from lrviz.optimizers.first_order import Average, FirstOrder, State, lerp
from lrviz.optimizers.hyperparameters import DecoupledWeightDecay, Epsilon, LearningRate, NonNegative
from lrviz.optimizers.torch.newton_schulz import orthogonal


class Muon(FirstOrder):
    """Replaces the averaged gradient of a matrix by the nearest matrix with orthogonal rows or columns.

    For matrices only; torch refuses other parameters.

    Formula, g the gradient at θ, a matrix of A x B, (a, b, c) = ns_coefficients:
        m ← momentum m + (1 - momentum) g
        o = (1 - momentum) g + momentum m  with nesterov,  m  without
        o ← o/max(‖o‖, eps)    (in bfloat16, transposed while A > B)
        ns_steps times:  s = o oᵀ,  o ← a o + (b s + c s²) o
        θ ← θ - lr weight_decay θ - lr k o
        k = √max(1, A/B) (original),  0.2 √max(A, B) (match_rms_adamw)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Muon.html;
    Jordan, Muon: An optimizer for hidden layers in neural networks, https://kellerjordan.github.io/posts/muon/;
    match_rms_adamw: Liu et al., Muon is Scalable for LLM Training, https://arxiv.org/abs/2502.16982
    """

    name: Literal["Muon"] = "Muon"
    lr: LearningRate = 1e-3
    weight_decay: DecoupledWeightDecay = 0.1
    momentum: NonNegative = Field(0.95, description="share kept each step by the running average of the gradient")
    nesterov: bool = Field(True, description="look ahead along the momentum")
    ns_coefficients: Annotated[
        tuple[float, float, float], Listed, Field(description="coefficients of the Newton-Schulz polynomial")
    ] = (3.4445, -4.7750, 2.0315)
    eps: Epsilon = 1e-7
    ns_steps: Whole = Field(5, lt=100, description="Newton-Schulz iterations a step")
    adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = Field(
        None, description="how the lr follows the shape of the matrix (default: original)"
    )

    state_per_parameter: ClassVar[str] = "1"
    usual_lr: ClassVar[tuple[float, float]] = (1e-5, 1)
    shape: ClassVar[tuple[int, ...]] = (1, 2)
    in_the_plane: ClassVar[str] = (
        "a 1 x 2 matrix has one singular value: every step is about 0.7 lr long, whatever the gradient"
    )

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"momentum_buffer": np.zeros_like(x)}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return {"momentum_buffer": Average(self.momentum)}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        average = state["momentum_buffer"]
        lerp(average, g, 1 - self.momentum)
        if self.nesterov:
            lerp(g, average, self.momentum)
        else:
            g = average
        # 1 x 2: √max(1, A/B) is 1, and 0.2 √max(A, B) is 0.2 √2.
        rate = lr * (0.2 * 2**0.5) if self.adjust_lr_fn == "match_rms_adamw" else lr
        x *= 1 - lr * self.weight_decay
        x -= rate * orthogonal(g, self.ns_coefficients, self.ns_steps, self.eps)
