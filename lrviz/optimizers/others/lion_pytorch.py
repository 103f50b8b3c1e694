"""Lion, as lion-pytorch has it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, LearningRate
from lrviz.optimizers.others.guest import Guest


class LionPytorchLion(Guest):
    """Steps by the lr in the direction of the sign of its momentum.

    Source: https://github.com/lucidrains/lion-pytorch;
    Chen et al., https://arxiv.org/abs/2302.06675
    """

    name: Literal["lion_pytorch.Lion"] = "lion_pytorch.Lion"
    lr: LearningRate = 1e-4
    betas: Betas = (0.9, 0.99)
    weight_decay: DecoupledWeightDecay = 0
    use_triton: bool = Field(False, description="update in a kernel of Triton")
    decoupled_weight_decay: bool = Field(False, description="divide weight_decay by the initial lr")

    module: ClassVar[str] = "lion_pytorch"
    install: ClassVar[str] = "lion-pytorch"
    usual_lr: ClassVar[tuple[float, float]] = (1e-8, 0.01)


CLASSES: tuple[type[Guest], ...] = (LionPytorchLion,)
