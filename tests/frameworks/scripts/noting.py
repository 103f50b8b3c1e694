"""What a training script notes itself of its updates, with nothing of lrviz."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

RANK = int(os.environ.get("RANK", "0"))
KEYS = ("lr", "d")


class Notes:
    """The lr (and d) of every group at every update, by the optimizer's label."""

    def __init__(self) -> None:
        self._updates: dict[str, list[list[dict[str, float]]]] = {}

    def update(self, optimizer: Any, label: str = "optimizer") -> None:
        """Note what an update is made with; called just before."""
        groups = [{key: float(group[key]) for key in KEYS if key in group} for group in optimizer.param_groups]
        self._updates.setdefault(label, []).append(groups)

    def end(self, *models: torch.nn.Module, **told: Any) -> None:
        """Write the notes, with the final weights and random states; and something on stdout."""
        digest = hashlib.sha256()
        for model in models:
            for name, tensor in model.state_dict().items():
                digest.update(name.encode() + tensor.detach().numpy().tobytes())
        for state in (torch.get_rng_state().numpy().tobytes(), random.getstate(), str(np.random.get_state())):
            digest.update(state if isinstance(state, bytes) else str(state).encode())
        notes: dict[str, Any] = {"updates": self._updates, "end": digest.hexdigest(), **told}
        # The user's own sitecustomize has run in this very process.
        assert getattr(sys, "customized", None) in {None, os.getpid()}
        notes["customized"] = hasattr(sys, "customized")
        Path(f"notes-{RANK}.json").write_text(json.dumps(notes), encoding="utf-8")
        # At one go: print() would write the line's end by itself, and another process its own line in between.
        sys.stdout.write(f"rank {RANK} ended with {digest.hexdigest()}\n")
        sys.stdout.flush()


def network() -> torch.nn.Module:
    """Return a small network; its weights, and all random numbers after them, are the same each time."""
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.2), torch.nn.Tanh(), torch.nn.Linear(8, 1))


def data(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return examples of a linear function."""
    inputs = torch.randn(count, 4, generator=torch.Generator().manual_seed(2))
    return [(each, each.sum(0, keepdim=True)) for each in inputs]


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Return a random batch."""
    inputs = torch.randn(8, 4)
    return inputs, inputs.sum(1, keepdim=True)


def error(model: torch.nn.Module, inputs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return the loss."""
    return torch.nn.functional.mse_loss(model(inputs), wanted)
