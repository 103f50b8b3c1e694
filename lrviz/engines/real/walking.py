"""Optimizer classes that a user names, stepped from many starts: each by itself, or side by side in one tensor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

from lrviz.engines.real.imported import imported, run_as
from lrviz.engines.real.race import on_one_thread
from lrviz.engines.real.schedule import in_double_precision, torch
from lrviz.engines.tasks.coded import Named, Walk, Walked
from lrviz.foundation.errors import UsageError
from lrviz.foundation.progress import Progress
from lrviz.results import FloatArray

_STEPS_BETWEEN_REPORTS = 2048


def walk(asked: Walk, progress: Progress | None = None) -> Walked:
    """Step a class from many starts, each path by an optimizer of its own if paths would influence each other.

    Raises UnfinishedError where it raises on the main path, with the traceback on stderr.
    """
    with run_as(asked.named.spec), surroundings():
        return walked(class_of(asked.named), asked, progress)


@contextmanager
def surroundings() -> Iterator[None]:
    """Step as in every race, with the same random numbers each time."""
    with in_double_precision(), on_one_thread():
        torch.manual_seed(0)
        yield


def class_of(named: Named) -> Callable[..., Any]:
    """Return the class, or the function that makes its objects."""
    return imported(named.module, named.name, named.where, "an optimizer class")


def walked(cls: Callable[..., Any], asked: Walk, progress: Progress | None) -> Walked:
    """Step a class that has been imported."""
    paths = asked.starts.shape[1]
    each = [slice(0, paths)] if asked.manner.together else [slice(index, index + 1) for index in range(paths)]
    points = points_of(asked)
    return stepped([Flock(cls, asked, points, some) for some in each], asked, points, progress)


def points_of(asked: Walk) -> torch.Tensor:
    """Return the starts as a tensor, [paths, 2]."""
    return torch.tensor(asked.starts.T, dtype=torch.float32 if asked.manner.single else torch.float64)


def stepped(flocks: Sequence[Flock], asked: Walk, points: torch.Tensor, progress: Progress | None) -> Walked:
    """Step all of them side by side: computing gradients for all at once takes little time.

    points: [paths, 2], which the parameters are views of.
    """
    steps, manner = asked.steps, asked.manner
    path, spent = np.full((steps + 1, 2, len(points)), np.nan), np.zeros((steps + 1, len(points)), dtype=np.int64)
    path[0] = asked.starts
    by_hand = not (manner.graph or manner.closure)
    going, done, told = list(flocks), 0, 0
    with np.errstate(all="ignore"):
        for step in range(steps):
            at = points.numpy().astype(np.float64)
            gradients = torch.from_numpy(_disturbed(asked, step, at)).to(points.dtype) if by_hand else None
            for flock in going:
                if flock.calls >= steps:
                    continue
                try:
                    flock.step(step, gradients)
                except Exception:
                    if asked.main or manner.together:
                        raise
                    points[flock.some] = torch.nan
                spent[step + 1, flock.some] = flock.calls
                done += 1
                if progress is not None and done >= told:
                    progress(step, steps)
                    told = done + _STEPS_BETWEEN_REPORTS
            counts = points.numpy().astype(np.float64)
            if going and going[0].eval is not None:
                for flock in going:
                    counts[flock.some] = flock.counts_at()
            path[step + 1] = counts.T
            if not manner.together:
                # A path that is not finite ends; if several are in one tensor, the others go on.
                finite = np.isfinite(points.numpy()).all(axis=1)
                going = [flock for flock in going if finite[flock.some.start]]
    return Walked(path, np.maximum.accumulate(spent, axis=0))


def _disturbed(asked: Walk, step: int, at: FloatArray) -> FloatArray:
    """Return the gradients at points, [paths, 2], with noise and clipping."""
    g = np.stack(asked.function.gradient(at[:, 0], at[:, 1]), axis=1)
    if asked.noise is not None:
        g += asked.noise[step]
    if asked.clip is not None:
        g *= np.minimum(asked.clip / (np.hypot(*g.T) + 1e-6), 1.0)[:, None]
    return g


class Flock:
    """One optimizer, with the points that it moves: one, or several that are in one tensor for each lr.

    points: [all paths, 2], of which some are its own; calls: how often its gradient was asked for.
    """

    def __init__(self, cls: Callable[..., Any], asked: Walk, points: torch.Tensor, some: slice) -> None:
        self.asked, self.some, self.calls, self.now = asked, some, 0, 0
        rates = None if asked.rates is None else asked.rates[some]
        edges = [0, *(np.flatnonzero(np.diff(rates)) + 1 if rates is not None else ()), some.stop - some.start]
        own = points[some]
        parts = [own[int(first) : int(last)] for first, last in pairwise(edges)]
        shape = asked.manner.shape if len(own) == 1 else (-1, 2)
        self.parameters = [torch.nn.Parameter(part.view(shape)) for part in parts]
        self.held = [(parameter, part, part.data_ptr()) for parameter, part in zip(self.parameters, parts, strict=True)]
        typed = {key: value for key, value in asked.named.typed.items() if rates is None or key != "lr"}
        if rates is None:
            self.optimizer = cls(self.parameters, **typed)
        elif len(self.parameters) == 1:
            self.optimizer = cls(self.parameters, **typed, lr=float(rates[0]))
        else:
            groups = [
                {"params": [parameter], "lr": float(rates[edge])}
                for parameter, edge in zip(self.parameters, edges, strict=False)
            ]
            self.optimizer = cls(groups, **typed, lr=float(rates[0]))
        if not callable(getattr(self.optimizer, "step", None)) or not hasattr(self.optimizer, "param_groups"):
            made = type(self.optimizer).__name__
            raise UsageError(f"{asked.named.spec}: makes an object of {made}; an optimizer with step() is needed")
        # Schedule-free optimizers train with other weights than those that count.
        train, evaluate = (getattr(self.optimizer, name, None) for name in ("train", "eval"))
        self.train: Callable[[], Any] | None = train if callable(train) and callable(evaluate) else None
        self.eval: Callable[[], Any] | None = evaluate if self.train is not None else None
        if self.train is not None:
            self.train()
        self.closed = self._wants_closure()

    def _wants_closure(self) -> bool:
        if self.asked.manner.closure:
            return True
        try:
            given = inspect.signature(self.optimizer.step).parameters.values()
        except (TypeError, ValueError):
            return False
        wanted = [one.name for one in given if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
        return wanted == ["closure"]

    def step(self, step: int, gradients: torch.Tensor | None) -> None:
        """Make a step; gradients: at all points, [paths, 2], where they are all that an optimizer needs."""
        self.now = step
        if self.closed:
            self.optimizer.step(self.closure)
        else:
            if gradients is None:
                self.closure()
            else:
                self.calls += 1
                at = self.some.start
                for parameter, part, _ in self.held:
                    parameter.grad = gradients[at : at + len(part)].view(parameter.shape)
                    at += len(part)
            self.optimizer.step()
        for parameter, part, address in self.held:
            if parameter.data_ptr() != address:
                # It has replaced the tensor that it was given.
                part.copy_(parameter.detach().view(part.shape))

    def closure(self) -> Any:
        """Return the loss, and leave the gradients in the parameters."""
        self.calls += 1
        asked = self.asked
        with torch.enable_grad():
            for parameter in self.parameters:
                parameter.grad = None
            points = torch.cat([parameter.reshape(-1, 2) for parameter in self.parameters]).to(torch.float64)
            loss: Any = asked.function.value(points[:, 0], points[:, 1], torch).sum()
            loss.backward(create_graph=asked.manner.graph)
            for parameter in self.parameters:
                gradient: Any = parameter.grad
                if asked.noise is not None:
                    gradient = gradient + torch.from_numpy(asked.noise[self.now]).to(gradient).expand_as(gradient)
                if asked.clip is not None:
                    length = gradient.detach().reshape(-1, 2).norm(dim=1, keepdim=True)
                    gradient = gradient * (asked.clip / (length + 1e-6)).clamp(max=1.0).reshape(-1, 1)
                parameter.grad = gradient.reshape(parameter.shape)
        return loss

    def counts_at(self) -> FloatArray:
        """Return the points that count, [points, 2]: those of eval(), after which all is as it was."""
        assert self.eval is not None
        assert self.train is not None
        held = [parameter.detach().clone() for parameter in self.parameters]
        self.eval()
        points: FloatArray = torch.cat([parameter.detach().view(-1, 2) for parameter in self.parameters]).numpy()
        self.train()
        with torch.no_grad():
            for parameter, value in zip(self.parameters, held, strict=True):
                # train() undoes eval() up to rounding only.
                parameter.copy_(value)
        return points

    def kept(self) -> str:
        """Return how many values it keeps for each of the parameter's."""
        (parameter, *_) = self.parameters
        state = getattr(self.optimizer, "state", {}).get(parameter, {})
        like = [one for one in state.values() if isinstance(one, torch.Tensor) and one.shape == parameter.shape]
        return str(len(like))
