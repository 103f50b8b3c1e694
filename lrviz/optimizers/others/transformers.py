"""Adafactor, as transformers has it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from lrviz.foundation.errors import Problem
from lrviz.language.fields import Listed, misfit
from lrviz.optimizers.hyperparameters import DecoupledWeightDecay, LearningRate, NonNegative
from lrviz.optimizers.others.guest import Guest


class TransformersAdafactor(Guest):
    """Adam that keeps the average of squares of a matrix as one row and one column; with an lr that a schedule gives.

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules;
    Shazeer and Stern, https://arxiv.org/abs/1804.04235
    """

    name: Literal["transformers.Adafactor"] = "transformers.Adafactor"
    lr: LearningRate
    eps: Annotated[
        tuple[NonNegative, NonNegative],
        Listed,
        Field(description="added to the square of the gradient; least size of a parameter"),
    ] = (1e-30, 1e-3)
    clip_threshold: float = Field(1.0, description="root mean square above which an update is scaled down")
    decay_rate: float = Field(-0.8, description="power of the step in the decay of the averages")
    beta1: float | None = Field(None, description="share kept by the average of the gradient; none without one")
    weight_decay: DecoupledWeightDecay = 0
    scale_parameter: bool = Field(True, description="multiply the lr by the root mean square of the parameter")
    relative_step: bool = Field(True, description="an lr of its own; false where a schedule gives the lr")
    warmup_init: bool = Field(False, description="a warm-up of its own, with relative_step")

    module: ClassVar[str] = "transformers.optimization"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 0.1)
    example: ClassVar[dict[str, Any]] = {"lr": 1e-3, "relative_step": False}

    @model_validator(mode="after")
    def _lr_is_given(self) -> Self:
        if self.relative_step:
            told = "true beside an lr, which transformers refuses; write relative_step: false"
            raise misfit([Problem(("relative_step",), told)])
        return self


CLASSES: tuple[type[Guest], ...] = (TransformersAdafactor,)
