"""The registry of optimizers: one line for each class of torch, and nothing else."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from lrviz.optimizers.adadelta import Adadelta
from lrviz.optimizers.adafactor import Adafactor
from lrviz.optimizers.adagrad import Adagrad
from lrviz.optimizers.adam import Adam
from lrviz.optimizers.adamax import Adamax
from lrviz.optimizers.adamw import AdamW
from lrviz.optimizers.asgd import ASGD
from lrviz.optimizers.base import Implementation, Optimizer
from lrviz.optimizers.lbfgs import LBFGS
from lrviz.optimizers.muon import Muon
from lrviz.optimizers.nadam import NAdam
from lrviz.optimizers.radam import RAdam
from lrviz.optimizers.rmsprop import RMSprop
from lrviz.optimizers.rprop import Rprop
from lrviz.optimizers.sgd import SGD
from lrviz.optimizers.sparse_adam import SparseAdam

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
