"""The optimizers that documents can name: one line for each library, and nothing else."""

from __future__ import annotations

from lrviz.optimizers import torch
from lrviz.optimizers.base import OPTIMIZERS, Optimizer

OPTIMIZERS.add(torch.CLASSES)

__all__ = ["OPTIMIZERS", "Optimizer"]
