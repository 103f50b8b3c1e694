"""The schedule of nanoGPT."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {"get_lr": "get_lr"}

MODULES: Mapping[str, str] = {f"nanogpt.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
