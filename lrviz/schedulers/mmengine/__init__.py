"""The schedulers of mmengine and mmdet: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "LinearLR": "linear_lr",
    "ConstantLR": "constant_lr",
    "StepLR": "steps",
    "MultiStepLR": "steps",
    "ExponentialLR": "steps",
    "PolyLR": "poly_lr",
    "CosineAnnealingLR": "cosines",
    "CosineRestartLR": "cosines",
    "OneCycleLR": "one_cycle_lr",
    "QuadraticWarmupLR": "quadratic_warmup_lr",
}

MODULES: Mapping[str, str] = {f"mmengine.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
