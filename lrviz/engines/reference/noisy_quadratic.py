"""SGD on the noisy quadratic model: its exact expected loss after every step, without random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.results import BoolArray, FloatArray

_BLOCK = 16_384
"""Moments that are stepped together, few enough for the processor's cache."""


RATES = ("lr", "momentum", "dampening", "weight_decay")
"""What may change from step to step."""


@dataclass(frozen=True, slots=True, eq=False)
class Descents:
    """The settings of SGD at many points. Each array is [1 or steps, 1 or points]; batch is [1, 1 or points]."""

    lr: FloatArray
    momentum: FloatArray
    dampening: FloatArray
    weight_decay: FloatArray
    batch: FloatArray
    nesterov: bool = False

    @classmethod
    def joined(cls, found: Sequence[Descents]) -> Descents:
        """Return the settings of several points, all with the same nesterov, as one."""

        def of(name: str) -> FloatArray:
            return np.concatenate(np.broadcast_arrays(*(getattr(one, name) for one in found)), axis=1)

        return cls(of("lr"), of("momentum"), of("dampening"), of("weight_decay"), of("batch"), found[0].nesterov)

    def of_points(self, some: slice) -> Descents:
        """Return the settings of some of the points."""

        def kept(values: FloatArray) -> FloatArray:
            return values if values.shape[1] == 1 else values[:, some]

        rates = kept(self.lr), kept(self.momentum), kept(self.dampening), kept(self.weight_decay)
        return Descents(*rates, kept(self.batch), self.nesterov)

    def at(self, step: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return lr, momentum, dampening and weight decay of a step, each [1 or points, 1]."""
        rates = self.lr, self.momentum, self.dampening, self.weight_decay
        lr, momentum, dampening, weight_decay = (one[min(step, len(one) - 1)][:, None] for one in rates)
        return lr, momentum, dampening, weight_decay


def expected_losses(model: NoisyQuadratic, descents: Descents, steps: int, points: int) -> FloatArray:
    """Return the expected loss, [steps + 1, points], row 0 that of the start; infinite once it has overflowed.

    A step of SGD is linear in the parameters θ, the momentum buffer v and the noise ε: the second moments after it
    follow from those before. Formula, of each coordinate, a = h + weight_decay, k = 1 - dampening (1 at the first
    step), s = h / batch, m the momentum, η the lr:
        v' = m v + k (a θ + ε)                      θ' = θ - η v'
        E[θ v'] = m E[θ v] + k a E[θ^2]
        E[v'^2] = m^2 E[v^2] + 2 m k a E[θ v] + k^2 (a^2 E[θ^2] + s)
        E[θ'^2] = E[θ^2] - 2 η E[θ v'] + η^2 E[v'^2]
        E[θ' v'] = E[θ v'] - η E[v'^2]
    and with nesterov, where θ' = θ - η (a θ + ε + m v'), the same with the moments of that step.
    """
    found = np.empty((steps + 1, points))
    each = max(1, _BLOCK // model.dim)
    with np.errstate(all="ignore"):
        for first in range(0, points, each):
            some = slice(first, min(first + each, points))
            found[:, some] = _stepped(model, descents.of_points(some), steps, some.stop - first)
    found[~np.isfinite(found)] = np.inf
    # An overflow of one moment turns others into NaN, so a loss that has overflowed stays infinite.
    lost: FloatArray = np.maximum.accumulate(found, axis=0)
    found[np.isinf(lost)] = np.inf
    return found


def _stepped(model: NoisyQuadratic, descents: Descents, steps: int, points: int) -> FloatArray:
    h = model.curvature
    noise = h / descents.batch[0][:, None]
    moments = _Moments(np.ones((points, model.dim)))
    begun = np.zeros((points, 1), dtype=np.bool_)
    losses = np.empty((steps + 1, points))
    losses[0] = model.first
    for step in range(steps):
        lr, momentum, dampening, weight_decay = descents.at(step)
        a = h + weight_decay
        moving = np.broadcast_to(momentum != 0, (points, 1))
        if not moving.any():
            moments = moments.plain(a, noise, lr)
        else:
            # The first gradient becomes the buffer, without dampening.
            k = np.where(begun, 1 - dampening, 1.0)
            after = moments.with_momentum(a, noise, lr, momentum, k, nesterov=descents.nesterov)
            moments = after if moving.all() else after.where(moving, moments.plain(a, noise, lr))
            begun |= moving
        # Not a product of matrices, whose order of additions depends on how many points there are.
        losses[step + 1] = (h * moments.square).sum(axis=1) / 2
    return losses


class _Moments:
    """E[θ^2], E[θ v] and E[v^2] of each coordinate, [points, dim]; the last two are None without a buffer v."""

    def __init__(self, square: FloatArray, crossed: FloatArray | None = None, buffer: FloatArray | None = None) -> None:
        self.square, self.crossed, self.buffer = square, crossed, buffer

    def plain(self, a: FloatArray, noise: FloatArray, lr: FloatArray) -> _Moments:
        """Return the moments after a step without momentum, in which torch leaves the buffer as it is."""
        kept = 1 - lr * a
        square = kept * kept * self.square + lr * lr * noise
        return _Moments(square, None if self.crossed is None else kept * self.crossed, self.buffer)

    def with_momentum(
        self, a: FloatArray, noise: FloatArray, lr: FloatArray, m: FloatArray, k: FloatArray, *, nesterov: bool
    ) -> _Moments:
        """Return the moments after a step with momentum m, in which k times the gradient enters the buffer."""
        square = self.square
        gradient = a * a * square + noise
        after, buffer = k * a * square, k * k * gradient
        if self.crossed is not None and self.buffer is not None:
            buffer = m * m * self.buffer + 2 * m * k * a * self.crossed + buffer
            after = m * self.crossed + after
        if not nesterov:
            return _Moments(square - 2 * lr * after + lr * lr * buffer, after - lr * buffer, buffer)
        both = a * after + k * noise
        taken = gradient + 2 * m * both + m * m * buffer
        return _Moments(
            square - 2 * lr * (a * square + m * after) + lr * lr * taken, after - lr * (both + m * buffer), buffer
        )

    def where(self, moving: BoolArray, still: _Moments) -> _Moments:
        """Return these moments for the points that move, and `still` for the others."""
        assert self.crossed is not None
        assert self.buffer is not None
        return _Moments(
            np.where(moving, self.square, still.square),
            np.where(moving, self.crossed, 0.0 if still.crossed is None else still.crossed),
            np.where(moving, self.buffer, 0.0 if still.buffer is None else still.buffer),
        )
