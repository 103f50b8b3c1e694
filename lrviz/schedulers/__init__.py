"""The registry of schedulers: one line for each class of torch, and nothing else."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from lrviz.schedulers.base import Leaf, Scheduler
from lrviz.schedulers.composites import ChainedScheduler, Composite, SequentialLR
from lrviz.schedulers.constant_lr import ConstantLR
from lrviz.schedulers.cosine_annealing_lr import CosineAnnealingLR
from lrviz.schedulers.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from lrviz.schedulers.cyclic_lr import CyclicLR
from lrviz.schedulers.exponential_lr import ExponentialLR
from lrviz.schedulers.lambda_lr import LambdaLR
from lrviz.schedulers.linear_lr import LinearLR
from lrviz.schedulers.multi_step_lr import MultiStepLR
from lrviz.schedulers.multiplicative_lr import MultiplicativeLR
from lrviz.schedulers.one_cycle_lr import OneCycleLR
from lrviz.schedulers.polynomial_lr import PolynomialLR
from lrviz.schedulers.reduce_lr_on_plateau import ReduceLROnPlateau
from lrviz.schedulers.step_lr import StepLR
from lrviz.schedulers.swalr import SWALR

AnyScheduler = Annotated[
    LambdaLR
    | MultiplicativeLR
    | StepLR
    | MultiStepLR
    | ConstantLR
    | LinearLR
    | ExponentialLR
    | PolynomialLR
    | CosineAnnealingLR
    | CosineAnnealingWarmRestarts
    | CyclicLR
    | OneCycleLR
    | ReduceLROnPlateau
    | SequentialLR
    | ChainedScheduler
    | SWALR,
    Field(discriminator="name"),
]

SCHEDULERS: tuple[type[Scheduler], ...] = get_args(get_args(AnyScheduler)[0])

for _composite in (SequentialLR, ChainedScheduler):
    _composite.model_rebuild(_types_namespace={"AnyScheduler": AnyScheduler})

__all__ = [
    "SCHEDULERS",
    "SWALR",
    "AnyScheduler",
    "ChainedScheduler",
    "Composite",
    "CyclicLR",
    "Leaf",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "Scheduler",
    "SequentialLR",
]
