"""Optimizers of timm."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.hyperparameters import (
    Betas,
    DecoupledWeightDecay,
    Epsilon,
    Foreach,
    LearningRate,
    Maximize,
    WeightDecay,
)
from lrviz.optimizers.others.guest import Guest, Momentum, ThreeBetas


class TimmLamb(Guest):
    """Adam with the step of each layer scaled to the norm of its weights.

    Source: https://huggingface.co/docs/timm/reference/optimizers;
    You et al., https://arxiv.org/abs/1904.00962
    """

    name: Literal["timm.Lamb"] = "timm.Lamb"
    lr: LearningRate = 1e-3
    bias_correction: bool = Field(True, description="correct the bias of the running averages")
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-6
    weight_decay: DecoupledWeightDecay = 0.01
    grad_averaging: bool = Field(True, description="weigh the gradient by 1 - beta1 in its average")
    max_grad_norm: float | None = Field(1.0, description="norm to which the gradient is clipped")
    trust_clip: bool = Field(False, description="keep the trust ratio at or below 1")
    always_adapt: bool = Field(False, description="use the trust ratio without weight decay too")
    caution: bool = Field(False, description="leave out what points against the gradient")
    decoupled_decay: bool = Field(False, description="apply weight decay to the parameter directly, as AdamW does")
    corrected_weight_decay: bool = Field(False, description="scale weight decay by the lr over its greatest")
    foreach: Foreach = None

    module: ClassVar[str] = "timm.optim"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


class TimmLars(Guest):
    """SGD with the step of each layer scaled to the norm of its weights.

    Source: https://huggingface.co/docs/timm/reference/optimizers;
    You et al., https://arxiv.org/abs/1708.03888
    """

    name: Literal["timm.Lars"] = "timm.Lars"
    lr: LearningRate = 1.0
    momentum: Momentum = 0
    dampening: float = Field(0, description="share of the gradient left out of the running sum")
    weight_decay: WeightDecay = 0
    nesterov: bool = Field(False, description="look ahead along the momentum")
    trust_coeff: float = Field(0.001, description="share of the weights that a step may be")
    eps: Epsilon = 1e-8
    trust_clip: bool = Field(False, description="keep the trust ratio at or below 1")
    always_adapt: bool = Field(False, description="use the trust ratio without weight decay too")
    foreach: Foreach = None

    module: ClassVar[str] = "timm.optim"
    usual_lr: ClassVar[tuple[float, float]] = (1e-3, 100)


class TimmAdan(Guest):
    """Adds the change of the gradient to its average, as a Nesterov momentum.

    Source: https://huggingface.co/docs/timm/reference/optimizers;
    Xie et al., https://arxiv.org/abs/2208.06677
    """

    name: Literal["timm.Adan"] = "timm.Adan"
    lr: LearningRate = 1e-3
    betas: ThreeBetas = (0.98, 0.92, 0.99)
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 0
    no_prox: bool = Field(False, description="decay as AdamW does, not by a proximal step")
    caution: bool = Field(False, description="leave out what points against the gradient")
    foreach: Foreach = None

    module: ClassVar[str] = "timm.optim"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


class TimmLion(Guest):
    """Steps by the lr in the direction of the sign of its momentum.

    Source: https://huggingface.co/docs/timm/reference/optimizers;
    Chen et al., https://arxiv.org/abs/2302.06675
    """

    name: Literal["timm.Lion"] = "timm.Lion"
    lr: LearningRate = 1e-4
    betas: Betas = (0.9, 0.99)
    weight_decay: DecoupledWeightDecay = 0
    caution: bool = Field(False, description="leave out what points against the gradient")
    corrected_weight_decay: bool = Field(False, description="scale weight decay by the lr over its greatest")
    maximize: Maximize = False
    foreach: Foreach = None

    module: ClassVar[str] = "timm.optim"
    usual_lr: ClassVar[tuple[float, float]] = (1e-8, 0.01)


CLASSES: tuple[type[Guest], ...] = (
    TimmLamb,
    TimmLars,
    TimmAdan,
    TimmLion,
)
