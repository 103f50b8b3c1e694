"""LBFGS."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Count
from lrviz.optimizers.base import Optimizer
from lrviz.optimizers.hyperparameters import LearningRate, NonNegative
from lrviz.optimizers.plane import Pair, along, dot, largest, over
from lrviz.optimizers.torch.strong_wolfe import Evaluation, Trial, strong_wolfe


class LBFGS(Optimizer):
    """Follows a quasi-Newton direction built from recent changes of the gradient; several a step.

    It evaluates the loss again and again within one step, and takes one parameter group only.

    Formula, g the gradient at θ, H the inverse Hessian that the last history_size pairs
    (change of θ, change of g) imply, by the two-loop recursion:
        d = -H g
        θ ← θ + lr d                     (first iteration: lr min(1, 1/‖g‖₁) d)
        θ ← θ + s d,  s from lr onwards by line search, with strong_wolfe
    repeated until max_iter iterations, max_eval evaluations or a tolerance is reached.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html;
    Liu and Nocedal, On the limited memory BFGS method for large scale optimization,
    https://doi.org/10.1007/BF01589116
    """

    name: Literal["LBFGS"] = "LBFGS"
    lr: LearningRate = 1
    max_iter: Count = Field(20, description="iterations a step")
    max_eval: Count | None = Field(None, description="evaluations a step (default: 1.25 max_iter)")
    tolerance_grad: NonNegative = Field(1e-7, description="stops where no component of the gradient is larger")
    tolerance_change: NonNegative = Field(1e-9, description="stops where loss and parameters change less")
    history_size: Count = Field(100, description="pairs that are kept")
    line_search_fn: Literal["strong_wolfe"] | None = Field(None, description="line search (default: none)")

    single_group: ClassVar[bool] = True
    state_per_parameter: ClassVar[str] = "2, and 2 a pair kept"
    usual_lr: ClassVar[tuple[float, float]] = (0.001, 2)
    agreement: ClassVar[float] = 1e-6

    def step(self, x: Pair, state: dict[str, Any], lr: float) -> Generator[Pair, Evaluation, Pair]:
        """Make one step of one path from x; the state is changed in place, and is empty before the first step.

        Yields each point whose loss and gradient it needs, (loss, ∂f/∂x, ∂f/∂y), in the order of
        torch's calls of its closure, and returns the new point. state: torch's names, vectors as pairs.
        Raises SearchFailed where torch's line search raises.
        """
        loss, *pair = yield x
        g: Pair = (pair[0], pair[1])
        evaluations = 1
        if largest(g) <= self.tolerance_grad:
            return x
        # As in torch a step that ends early leaves the state as it was, but for its counter.
        state["n_iter"] = state.get("n_iter", 0)
        most = self.max_eval if self.max_eval is not None else self.max_iter * 5 // 4
        for iteration in range(1, self.max_iter + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d = (-g[0], -g[1])
                state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
                t = min(1.0, over(1.0, abs(g[0]) + abs(g[1]))) * lr
            else:
                self._remember(g, state)
                d, t = _direction(g, state), lr
            state.update(d=d, t=t, prev_flat_grad=g, prev_loss=loss)
            slope = dot(g, d)
            if slope > -self.tolerance_change:
                break
            before = loss
            if self.line_search_fn is not None:
                start = Trial(0, loss, g, slope)
                search = strong_wolfe(x, d, start, t, tolerance_change=self.tolerance_change, most=most - evaluations)
                (t, loss, g, _), spent = yield from search
                evaluations += spent
                x, state["t"] = along(x, d, t), t
            else:
                x = along(x, d, t)
                if iteration != self.max_iter:
                    loss, *pair = yield x
                    g = (pair[0], pair[1])
                    evaluations += 1
            moved = largest((d[0] * t, d[1] * t))
            if (
                evaluations >= most
                or largest(g) <= self.tolerance_grad
                or moved <= self.tolerance_change
                or abs(loss - before) < self.tolerance_change
            ):
                break
        return x

    def _remember(self, g: Pair, state: dict[str, Any]) -> None:
        """Take the last step and the change of the gradient along it into the memory, where they curve upwards."""
        y = along(g, state["prev_flat_grad"], -1)
        s = (state["d"][0] * state["t"], state["d"][1] * state["t"])
        curvature = dot(y, s)
        if curvature > 1e-10:
            memory = (state["old_dirs"], state["old_stps"], state["ro"])
            if len(state["old_dirs"]) == self.history_size:
                for kept in memory:
                    kept.pop(0)
            for kept, new in zip(memory, (y, s, 1 / curvature), strict=True):
                kept.append(new)
            state["H_diag"] = over(curvature, dot(y, y))


def _direction(g: Pair, state: dict[str, Any]) -> Pair:
    """Return -H g by the two-loop recursion over the memory."""
    # Most of the time of a long race is spent here, and most of that was calls.
    q0, q1 = -g[0], -g[1]
    memory = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
    shares = []
    for (y0, y1), (s0, s1), rho in reversed(memory):
        share = (s0 * q0 + s1 * q1) * rho
        shares.append(share)
        q0 -= share * y0
        q1 -= share * y1
    r0, r1 = q0 * state["H_diag"], q1 * state["H_diag"]
    for (y0, y1), (s0, s1), rho in memory:
        weight = shares.pop() - (y0 * r0 + y1 * r1) * rho
        r0 += weight * s0
        r1 += weight * s1
    return r0, r1
