"""The Schedule-Free optimizers."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Whole
from lrviz.optimizers.hyperparameters import Betas, DecoupledWeightDecay, Epsilon, Foreach, LearningRate
from lrviz.optimizers.others.guest import Guest, Momentum


class AdamWScheduleFree(Guest):
    """AdamW that averages its steps in place of a decay of the lr.

    Source: https://github.com/facebookresearch/schedule_free;
    Defazio et al., https://arxiv.org/abs/2405.15682
    """

    name: Literal["schedulefree.AdamWScheduleFree"] = "schedulefree.AdamWScheduleFree"
    lr: LearningRate = 0.0025
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 0
    warmup_steps: Whole = Field(0, description="steps of a warm-up of its own, a factor beside the schedule")
    r: float = Field(0.0, description="power of the step in the weight of the average")
    weight_lr_power: float = Field(2.0, description="power of the largest lr in the weight of the average")
    foreach: Foreach = None

    module: ClassVar[str] = "schedulefree"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


class SGDScheduleFree(Guest):
    """SGD that averages its steps in place of a decay of the lr.

    Source: https://github.com/facebookresearch/schedule_free;
    Defazio et al., https://arxiv.org/abs/2405.15682
    """

    name: Literal["schedulefree.SGDScheduleFree"] = "schedulefree.SGDScheduleFree"
    lr: LearningRate = 1.0
    momentum: Momentum = 0.9
    weight_decay: DecoupledWeightDecay = 0
    warmup_steps: Whole = Field(0, description="steps of a warm-up of its own, a factor beside the schedule")
    r: float = Field(0.0, description="power of the step in the weight of the average")
    weight_lr_power: float = Field(2.0, description="power of the largest lr in the weight of the average")
    foreach: Foreach = None

    module: ClassVar[str] = "schedulefree"
    usual_lr: ClassVar[tuple[float, float]] = (1e-3, 1000)


class RAdamScheduleFree(Guest):
    """RAdam that averages its steps in place of a decay of the lr.

    Source: https://github.com/facebookresearch/schedule_free;
    Defazio et al., https://arxiv.org/abs/2405.15682
    """

    name: Literal["schedulefree.RAdamScheduleFree"] = "schedulefree.RAdamScheduleFree"
    lr: LearningRate = 0.0025
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 0
    r: float = Field(0.0, description="power of the step in the weight of the average")
    weight_lr_power: float = Field(2.0, description="power of the largest lr in the weight of the average")
    foreach: Foreach = None
    silent_sgd_phase: bool = Field(True, description="make no step while the variance is not known")

    module: ClassVar[str] = "schedulefree"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)


CLASSES: tuple[type[Guest], ...] = (
    AdamWScheduleFree,
    SGDScheduleFree,
    RAdamScheduleFree,
)
