"""The schedule of Ultralytics."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {"BaseTrainer": "base_trainer"}

MODULES: Mapping[str, str] = {f"ultralytics.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
