"""The registry of schedulers: one line for each class of torch, and nothing else."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from lrviz.schedulers.base import Leaf, Scheduler
from lrviz.schedulers.torch.composites import ChainedScheduler, Composite, SequentialLR
from lrviz.schedulers.torch.constant_lr import ConstantLR
from lrviz.schedulers.torch.cosine_annealing_lr import CosineAnnealingLR
from lrviz.schedulers.torch.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from lrviz.schedulers.torch.cyclic_lr import CyclicLR
from lrviz.schedulers.torch.exponential_lr import ExponentialLR
from lrviz.schedulers.torch.lambda_lr import LambdaLR
from lrviz.schedulers.torch.linear_lr import LinearLR
from lrviz.schedulers.torch.multi_step_lr import MultiStepLR
from lrviz.schedulers.torch.multiplicative_lr import MultiplicativeLR
from lrviz.schedulers.torch.one_cycle_lr import OneCycleLR
from lrviz.schedulers.torch.polynomial_lr import PolynomialLR
from lrviz.schedulers.torch.reduce_lr_on_plateau import ReduceLROnPlateau
from lrviz.schedulers.torch.step_lr import StepLR
from lrviz.schedulers.torch.swalr import SWALR

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
