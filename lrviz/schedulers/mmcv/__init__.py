"""The schedule of mmcv 1.x."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {"LrUpdaterHook": "lr_updater_hook"}

MODULES: Mapping[str, str] = {f"mmcv.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
