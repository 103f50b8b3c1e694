"""Prodigy."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Count
from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, Epsilon, LearningRate
from lrviz.optimizers.others.guest import Guest


class Prodigy(Guest):
    """Adam whose step is the lr times an estimate of the distance to the solution.

    Source: https://github.com/konstmish/prodigy;
    Mishchenko and Defazio, https://arxiv.org/abs/2306.06101
    """

    name: Literal["prodigyopt.Prodigy"] = "prodigyopt.Prodigy"
    lr: LearningRate = 1.0
    betas: Betas = (0.9, 0.999)
    beta3: float | None = Field(None, description="share kept by the averages of the distance (default: root of beta2)")
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 0
    decouple: bool = Field(True, description="apply weight decay to the parameter directly, as AdamW does")
    use_bias_correction: bool = Field(False, description="correct the bias of the running averages")
    safeguard_warmup: bool = Field(False, description="leave the lr out of the estimate of the distance")
    d0: float = Field(1e-6, description="first estimate of the distance")
    d_coef: float = Field(1.0, description="factor of the estimate of the distance")
    fsdp_in_use: bool = Field(False, description="parameters are shared out over devices")
    slice_p: Count = Field(1, description="of so many elements one is used to estimate the distance")

    module: ClassVar[str] = "prodigyopt"
    usual_lr: ClassVar[tuple[float, float]] = (0.01, 10)


CLASSES: tuple[type[Guest], ...] = (Prodigy,)
