"""The schedules of transformers, by the names of `lr_scheduler_type`: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "linear": "linear",
    "cosine": "cosine",
    "cosine_with_restarts": "cosine_with_restarts",
    "polynomial": "polynomial",
    "constant": "constant",
    "constant_with_warmup": "constant_with_warmup",
    "inverse_sqrt": "inverse_sqrt",
    "cosine_with_min_lr": "cosine_with_min_lr",
    "cosine_warmup_with_min_lr": "cosine_warmup_with_min_lr",
    "warmup_stable_decay": "warmup_stable_decay",
    "greedy": "greedy",
}

MODULES: Mapping[str, str] = {f"transformers.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
