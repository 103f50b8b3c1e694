"""Optimizers of torch-optimizer."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, Epsilon, LearningRate, WeightDecay
from lrviz.optimizers.others.guest import Guest


class TorchOptimizerLamb(Guest):
    """Adam with the step of each layer scaled to the norm of its weights.

    Source: https://pytorch-optimizer.readthedocs.io;
    You et al., https://arxiv.org/abs/1904.00962
    """

    name: Literal["torch_optimizer.Lamb"] = "torch_optimizer.Lamb"
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-6
    weight_decay: DecoupledWeightDecay = 0
    clamp_value: float = Field(10, description="greatest norm of a parameter in its trust ratio")
    adam: bool = Field(False, description="leave out the trust ratio")
    debias: bool = Field(False, description="correct the bias of the running averages")

    module: ClassVar[str] = "torch_optimizer"
    install: ClassVar[str] = "torch-optimizer"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


class AdaBelief(Guest):
    """Adam that divides by how far the gradient is from its average.

    Source: https://pytorch-optimizer.readthedocs.io;
    Zhuang et al., https://arxiv.org/abs/2010.07468
    """

    name: Literal["torch_optimizer.AdaBelief"] = "torch_optimizer.AdaBelief"
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    weight_decouple: bool = Field(False, description="apply weight decay to the parameter directly, as AdamW does")
    fixed_decay: bool = Field(False, description="weight decay without the lr as its factor")
    rectify: bool = Field(False, description="rectify the variance as RAdam does")

    module: ClassVar[str] = "torch_optimizer"
    install: ClassVar[str] = "torch-optimizer"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.1)


class Yogi(Guest):
    """Adam whose average of squares changes by no more than (1 - beta2) g² in a step.

    Source: https://pytorch-optimizer.readthedocs.io;
    Zaheer et al., https://papers.nips.cc/paper/8186-adaptive-methods-for-nonconvex-optimization
    """

    name: Literal["torch_optimizer.Yogi"] = "torch_optimizer.Yogi"
    lr: LearningRate = 1e-2
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-3
    initial_accumulator: float = Field(1e-6, description="first value of the average of squares")
    weight_decay: WeightDecay = 0

    module: ClassVar[str] = "torch_optimizer"
    install: ClassVar[str] = "torch-optimizer"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.5)


CLASSES: tuple[type[Guest], ...] = (
    TorchOptimizerLamb,
    AdaBelief,
    Yogi,
)
