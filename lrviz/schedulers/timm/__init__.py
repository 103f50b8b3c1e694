"""The schedulers of timm: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "CosineLRScheduler": "cycles",
    "TanhLRScheduler": "cycles",
    "PolyLRScheduler": "cycles",
    "StepLRScheduler": "steps",
    "MultiStepLRScheduler": "steps",
    "WSDLRScheduler": "wsd_lr_scheduler",
}

MODULES: Mapping[str, str] = {f"timm.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
