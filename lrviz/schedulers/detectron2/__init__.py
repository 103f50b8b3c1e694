"""The schedules of detectron2: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {"WarmupMultiStepLR": "warmup_lrs", "WarmupCosineLR": "warmup_lrs", "WarmupStepWithFixedGammaLR": "warmup_lrs"}

MODULES: Mapping[str, str] = {f"detectron2.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
