"""The schedules that axolotl adds to those of transformers: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "RexLR": "rex_lr",
    "cosine_with_min_lr": "cosines",
    "cosine_with_quadratic_warmup": "cosines",
    "cosine_with_warmup_decay_constant": "cosines",
}

MODULES: Mapping[str, str] = {f"axolotl.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
