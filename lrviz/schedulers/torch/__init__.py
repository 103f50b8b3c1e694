"""The schedulers of torch.optim.lr_scheduler and torch.optim.swa_utils: one line for each."""

from __future__ import annotations

from lrviz.schedulers.base import Scheduler
from lrviz.schedulers.torch.composites import ChainedScheduler, SequentialLR
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

CLASSES: tuple[type[Scheduler], ...] = (
    LambdaLR,
    MultiplicativeLR,
    StepLR,
    MultiStepLR,
    ConstantLR,
    LinearLR,
    ExponentialLR,
    PolynomialLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    ChainedScheduler,
    SWALR,
)
