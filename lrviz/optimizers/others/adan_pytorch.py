"""Adan, as adan-pytorch has it."""

from __future__ import annotations

from typing import ClassVar, Literal

from lrviz.optimizers.hyperparameters import DecoupledWeightDecay, Epsilon, LearningRate
from lrviz.optimizers.others.guest import Guest, ThreeBetas


class AdanPytorchAdan(Guest):
    """Adds the change of the gradient to its average, as a Nesterov momentum; betas are 1 minus the share kept.

    Source: https://github.com/lucidrains/Adan-pytorch;
    Xie et al., https://arxiv.org/abs/2208.06677
    """

    name: Literal["adan_pytorch.Adan"] = "adan_pytorch.Adan"
    lr: LearningRate = 1e-3
    betas: ThreeBetas = (0.02, 0.08, 0.01)
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 0

    module: ClassVar[str] = "adan_pytorch"
    install: ClassVar[str] = "adan-pytorch"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


CLASSES: tuple[type[Guest], ...] = (AdanPytorchAdan,)
