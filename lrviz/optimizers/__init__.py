"""The registry of optimizers: one line for each class of torch, and nothing else."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from lrviz.optimizers.base import Implementation, Optimizer
from lrviz.optimizers.torch.adadelta import Adadelta
from lrviz.optimizers.torch.adafactor import Adafactor
from lrviz.optimizers.torch.adagrad import Adagrad
from lrviz.optimizers.torch.adam import Adam
from lrviz.optimizers.torch.adamax import Adamax
from lrviz.optimizers.torch.adamw import AdamW
from lrviz.optimizers.torch.asgd import ASGD
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.optimizers.torch.muon import Muon
from lrviz.optimizers.torch.nadam import NAdam
from lrviz.optimizers.torch.radam import RAdam
from lrviz.optimizers.torch.rmsprop import RMSprop
from lrviz.optimizers.torch.rprop import Rprop
from lrviz.optimizers.torch.sgd import SGD
from lrviz.optimizers.torch.sparse_adam import SparseAdam

AnyOptimizer = Annotated[
    SGD
    | Adam
    | AdamW
    | Adamax
    | NAdam
    | RAdam
    | SparseAdam
    | Adagrad
    | Adadelta
    | RMSprop
    | Rprop
    | ASGD
    | Adafactor
    | Muon
    | LBFGS,
    Field(discriminator="name"),
]

OPTIMIZERS: tuple[type[Optimizer], ...] = get_args(get_args(AnyOptimizer)[0])

__all__ = ["OPTIMIZERS", "AnyOptimizer", "Implementation", "Optimizer"]
