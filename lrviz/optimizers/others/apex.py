"""The fused optimizers of NVIDIA's apex."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.hyperparameters import Betas, Capturable, DecoupledWeightDecay, Epsilon, LearningRate, WeightDecay
from lrviz.optimizers.others.guest import Guest, Momentum


class FusedAdam(Guest):
    """Adam, or AdamW, in one kernel for all tensors.

    Source: https://nvidia.github.io/apex/optimizers.html
    """

    name: Literal["apex.optimizers.FusedAdam"] = "apex.optimizers.FusedAdam"
    lr: LearningRate = 1e-3
    bias_correction: bool = Field(True, description="correct the bias of the running averages")
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    adam_w_mode: bool = Field(True, description="apply weight decay to the parameter directly, as AdamW does")
    weight_decay: DecoupledWeightDecay = 0
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    set_grad_none: bool = Field(True, description="let zero_grad set gradients to None")
    capturable: Capturable = False
    master_weights: bool = Field(False, description="keep parameters in 32 bits beside those in fewer")

    module: ClassVar[str] = "apex.optimizers"
    install: ClassVar[str] = "git+https://github.com/NVIDIA/apex"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.05)


class FusedLAMB(Guest):
    """Adam with the step of each layer scaled to the norm of its weights, in one kernel.

    Source: https://nvidia.github.io/apex/optimizers.html;
    You et al., https://arxiv.org/abs/1904.00962
    """

    name: Literal["apex.optimizers.FusedLAMB"] = "apex.optimizers.FusedLAMB"
    lr: LearningRate = 1e-3
    bias_correction: bool = Field(True, description="correct the bias of the running averages")
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-6
    weight_decay: DecoupledWeightDecay = 0.01
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    adam_w_mode: bool = Field(True, description="apply weight decay to the parameter directly, as AdamW does")
    grad_averaging: bool = Field(True, description="weigh the gradient by 1 - beta1 in its average")
    set_grad_none: bool = Field(True, description="let zero_grad set gradients to None")
    max_grad_norm: float | None = Field(1.0, description="norm to which the gradient is clipped")
    use_nvlamb: bool = Field(False, description="use the trust ratio without weight decay too")

    module: ClassVar[str] = "apex.optimizers"
    install: ClassVar[str] = "git+https://github.com/NVIDIA/apex"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


class FusedSGD(Guest):
    """SGD in one kernel for all tensors.

    Source: https://nvidia.github.io/apex/optimizers.html
    """

    name: Literal["apex.optimizers.FusedSGD"] = "apex.optimizers.FusedSGD"
    lr: LearningRate
    momentum: Momentum = 0
    dampening: float = Field(0, description="share of the gradient left out of the running sum")
    weight_decay: WeightDecay = 0
    nesterov: bool = Field(False, description="look ahead along the momentum")
    wd_after_momentum: bool = Field(False, description="add weight decay after the momentum")
    materialize_master_grads: bool = Field(True, description="keep gradients in 32 bits beside those in fewer")
    set_grad_none: bool = Field(False, description="let zero_grad set gradients to None")

    module: ClassVar[str] = "apex.optimizers"
    install: ClassVar[str] = "git+https://github.com/NVIDIA/apex"
    usual_lr: ClassVar[tuple[float, float]] = (1e-4, 100)
    example: ClassVar[dict[str, Any]] = {"lr": 0.1, "momentum": 0.9}


CLASSES: tuple[type[Guest], ...] = (
    FusedAdam,
    FusedLAMB,
    FusedSGD,
)
