"""How the reference engine's cost grows with steps, groups and the depth of a chain."""

from __future__ import annotations

import json

import lrviz

from .measure import seconds

STEPS = tuple(10**power for power in range(3, 8))
GROUPS = (1, 4, 16)
DEPTHS = (1, 2, 4)
LARGEST = 40_000_000
"""Ticks times groups: a curve above it would take gigabytes, and shows nothing new."""


def document(steps: int, groups: int, depth: int) -> str:
    """Return a document, as JSON (which is YAML), whose chain has `depth` members."""
    chain = (
        {"name": "CosineAnnealingLR", "T_max": steps},
        {"name": "LinearLR", "start_factor": 0.1, "total_iters": steps // 10},
        {"name": "ExponentialLR", "gamma": 1 - 1 / steps},
        {"name": "StepLR", "step_size": steps // 4, "gamma": 0.5},
    )
    return json.dumps(
        {
            "steps": steps,
            "interval": "step",
            "optimizer": {
                "name": "SGD",
                "lr": 0.1,
                "groups": [{"name": f"layer {i}", "lr": 0.1 / (1 + i)} for i in range(groups)],
            },
            "scheduler": chain[:depth],
        }
    )


def nanoseconds_per_value(steps: int, groups: int, depth: int, repeats: int = 3) -> float | None:
    """Return the best time of a simulation per tick, group and chain member; None where it is too large."""
    if steps * groups > LARGEST:
        return None
    loaded = lrviz.loads(document(steps, groups, depth))
    best = min(
        seconds(lambda: lrviz.simulate(loaded, engine="reference")) for _ in range(1 if steps > 10**6 else repeats)
    )
    return best / (steps * groups * depth) * 1e9
