"""Optimizers of pytorch-optimizer."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Count, Whole
from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, Epsilon, LearningRate, Maximize
from lrviz.optimizers.others.guest import Guest


class Soap(Guest):
    """Adam in the eigenbasis of the preconditioners of Shampoo.

    Source: https://pytorch-optimizers.readthedocs.io;
    Vyas et al., https://arxiv.org/abs/2409.11321
    """

    name: Literal["pytorch_optimizer.SOAP"] = "pytorch_optimizer.SOAP"
    lr: LearningRate = 3e-3
    betas: Betas = (0.95, 0.95)
    shampoo_beta: float | None = Field(None, description="share kept by the preconditioners (default: beta2)")
    weight_decay: DecoupledWeightDecay = 0.01
    precondition_frequency: Count = Field(10, description="steps from one basis to the next")
    max_precondition_dim: Whole = Field(10000, description="dimensions above which there is no preconditioner")
    merge_dims: bool = Field(False, description="merge the dimensions of a parameter")
    precondition_1d: bool = Field(False, description="precondition vectors too")
    correct_bias: bool = Field(True, description="correct the bias of the running averages")
    normalize_gradient: bool = Field(False, description="bring the update of a layer to a norm of 1")
    data_format: Literal["channels_first", "channels_last"] = Field(
        "channels_first", description="order of the dimensions of a convolution"
    )
    eps: Epsilon = 1e-8
    maximize: Maximize = False

    module: ClassVar[str] = "pytorch_optimizer"
    install: ClassVar[str] = "pytorch-optimizer"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


CLASSES: tuple[type[Guest], ...] = (Soap,)
