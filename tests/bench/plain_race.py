"""The peer of a race: plain torch loops over Rosenbrock and the same picture by pyplot, as a user would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch

STEPS = 500
OPTIMIZERS: dict[str, tuple[Callable[..., torch.optim.Optimizer], float]] = {
    "sgd": (torch.optim.SGD, 1e-3),
    "adam": (torch.optim.Adam, 0.1),
    "adamw": (torch.optim.AdamW, 0.1),
}


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def main() -> None:
    figure, (surface, losses) = plt.subplots(1, 2, figsize=(12, 5))
    x, y = np.meshgrid(np.linspace(-2, 2, 200), np.linspace(-1, 3, 200))
    surface.contourf(x, y, np.log10(rosenbrock(x, y) + 1e-6), levels=20)
    for name, (cls, lr) in OPTIMIZERS.items():
        point = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
        optimizer = cls([point], lr=lr)
        path, curve = [point.tolist()], []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = rosenbrock(*point)
            loss.backward()
            curve.append(loss.item())
            optimizer.step()
            path.append(point.tolist())
        surface.plot(*zip(*path, strict=True), label=name)
        losses.semilogy(curve, label=name)
    surface.legend()
    losses.legend()
    figure.savefig("race.png")


if __name__ == "__main__":
    main()
