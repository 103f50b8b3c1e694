"""The registry of test functions: one line for each, and nothing else."""

from __future__ import annotations

from typing import get_args

from lrviz.functions.base import Box, Function, Point
from lrviz.functions.valleys import Rosenbrock

AnyFunction = Rosenbrock

FUNCTIONS: tuple[type[Function], ...] = get_args(AnyFunction) or (Rosenbrock,)

__all__ = ["FUNCTIONS", "AnyFunction", "Box", "Function", "Point"]
