"""The schedules of DeepSpeed: one line for each."""

from __future__ import annotations

from collections.abc import Mapping

_FILES = {
    "WarmupLR": "warm_ups",
    "WarmupDecayLR": "warm_ups",
    "WarmupCosineLR": "warm_ups",
    "OneCycle": "one_cycle",
    "LRRangeTest": "lr_range_test",
}

MODULES: Mapping[str, str] = {f"deepspeed.{name}": f"{__name__}.{file}" for name, file in _FILES.items()}
"""Each name, and the module of lrviz that has its class."""
