"""The optimizers that documents can name: one line for each library."""

from __future__ import annotations

from lrviz.optimizers import others, torch
from lrviz.optimizers.base import OPTIMIZERS, Optimizer

OPTIMIZERS.add(torch.CLASSES)
OPTIMIZERS.add_apart(others.MODULES, others.ALIASES)

__all__ = ["OPTIMIZERS", "Optimizer"]
