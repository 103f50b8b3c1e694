"""Sweeps: a step of one of many paths on one core and on two, in torch and in jax; a basin map; two processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, wait
from contextlib import nullcontext
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lrviz.documents.sweep import sweep_document
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.torch.adam import Adam
from lrviz.optimizers.torch.sgd import SGD
from lrviz.runs.sources.racing import Sources
from lrviz.runs.sweeping.executors import executor_of
from lrviz.runs.sweeping.on_surface import OnSurface
from lrviz.runs.sweeping.run import carried_out
from lrviz.runs.sweeping.store import Store

from .measure import seconds

STARTS, STEPS, LR = 100_000, 100, 1e-3
KERNELS: dict[str, FirstOrder] = {"Adam": Adam(lr=LR), "SGD, momentum 0.9": SGD(lr=LR / 10, momentum=0.9)}
BASINS = ("adam:lr=0.05", "--fn", "himmelblau", "--over", "start:1000,1000", "--steps", "500")


@cache
def starts(count: int = STARTS) -> np.ndarray:
    return np.random.default_rng(0).uniform(-2, 2, (2, count))


def ours(name: str, count: int = STARTS) -> None:
    """Step an optimizer from some starts, in this process or another."""
    optimizer = KERNELS[name]
    control = Control(np.array([[optimizer.hyperparameters()["lr"]]]))
    descend(Rosenbrock(), optimizer, starts(count), control, STEPS)


def in_torch(name: str) -> float:
    """Return the seconds of the steps in torch, on one tensor [2, starts]."""
    x, function, ours = torch.tensor(starts(), requires_grad=True), Rosenbrock(), KERNELS[name]
    lr = float(ours.hyperparameters()["lr"])
    optimizer: torch.optim.Optimizer = (
        torch.optim.SGD([x], lr, ours.momentum) if isinstance(ours, SGD) else torch.optim.Adam([x], lr)
    )

    def run(steps: int = STEPS // 5) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            function.value(x[0], x[1], torch).sum().backward()
            optimizer.step()

    run(1)
    return 5 * seconds(run)


def in_jax(name: str) -> tuple[Callable[[], float], float] | None:
    """Return what measures the seconds of the steps in jax, and those of its import and compiling; None without jax."""
    if find_spec("jax") is None:
        return None
    found: list[Callable[[], object]] = []
    paid = seconds(lambda: found.append(_compiled(name)))
    return lambda: seconds(found[0]), paid


def _compiled(name: str) -> Callable[[], object]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    optimizer, points = KERNELS[name], jnp.asarray(starts())
    lr = float(optimizer.hyperparameters()["lr"])
    slope = jax.grad(lambda x: Rosenbrock().value(x[0], x[1], jnp).sum())

    def adam(carry: Any, t: Any) -> Any:
        x, m, v = carry
        g = slope(x)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x -= lr * m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return (x, m, v), None

    def sgd(carry: Any, _: Any) -> Any:
        x, b, unused = carry
        b = 0.9 * b + slope(x)
        return (x - lr * b, b, unused), None

    step = adam if isinstance(optimizer, Adam) else sgd
    zeros = jnp.zeros_like(points) if step is adam else jnp.zeros(())

    def run(x: Any) -> Any:
        return jax.lax.scan(step, (x, jnp.zeros_like(x), zeros), jnp.arange(1.0, STEPS + 1))[0][0]

    compiled: Any = jax.jit(run)
    compiled(points).block_until_ready()
    return lambda: compiled(points).block_until_ready()


def kernels(rounds: int) -> dict[str, dict[str, float]]:
    """Return, for each optimizer and each way of stepping it, the least nanoseconds of a step of a path."""
    found: dict[str, dict[str, float]] = {}
    with executor_of(2) as two:
        for name in KERNELS:
            jax = in_jax(name)
            ways: dict[str, Callable[[], float]] = {
                "one process": partial(seconds, partial(ours, name)),
                "two processes": partial(seconds, partial(_shared, two, name)),
                "torch": partial(in_torch, name),
                **({} if jax is None else {"jax": jax[0]}),
            }
            _shared(two, name)
            times = [{way: measure() for way, measure in ways.items()} for _ in range(rounds)]
            found[name] = {way: 1e9 * min(one[way] for one in times) / (STARTS * STEPS) for way in ways}
            if jax is not None:
                found[name]["jax, first"] = jax[1]
    return found


def _shared(two: Executor, name: str) -> None:
    for done in wait([two.submit(ours, name, STARTS // 2) for _ in range(2)]).done:
        done.result()


def two_against_one(rounds: int) -> float:
    """Return how many times as long a sweep takes in one process as in two, which have started.

    Its eight tiles can be shared by two evenly.
    """
    document = sweep_document(["adam:lr=0.05"], {"fn": "himmelblau", "over": ["start:640,500"]}, schedules=Sources())
    problem = OnSurface.of(document)

    def run(executor: Executor) -> float:
        with tempfile.TemporaryDirectory() as folder:
            store = Store.opened(Path(folder), "--store")
            return seconds(lambda: carried_out(problem, store, lambda: nullcontext(executor)))

    with executor_of(1) as here, executor_of(2) as two:
        run(two)
        times = [(run(here), run(two)) for _ in range(rounds)]
    return min(one for one, _ in times) / min(both for _, both in times)
