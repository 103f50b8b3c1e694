"""CosineAnnealingLR and CosineRestartLR of mmengine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import Listed
from lrviz.language.length import Length
from lrviz.schedulers.facts import Event, Span, half_cosine
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged
from lrviz.schedulers.situation import Situation


class _Floored(Ranged):
    """A cosine with a floor that is an lr or a share of the initial lr."""

    eta_min: float | None = Field(None, description="lowest lr (default: 0); or eta_min_ratio")
    eta_min_ratio: float | None = Field(None, description="lowest lr as a share of the initial lr; or eta_min")

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.eta_min is not None and self.eta_min_ratio is not None:
            yield Problem(("eta_min_ratio",), f"given with eta_min {self.eta_min:g}; drop one of them")

    @property
    def lowest(self) -> str | float | None:
        """The lowest lr, or the parameter that says it; None where it is a share of the lr."""
        if self.eta_min_ratio is not None:
            return None
        return 0.0 if self.eta_min is None else "eta_min"

    def floor(self, base_lr: FloatArray) -> FloatArray:
        """Return the lowest lr of each group."""
        if self.eta_min_ratio is not None:
            return base_lr * self.eta_min_ratio
        return np.full_like(base_lr, self.eta_min or 0.0)

    def waves(self, s: FloatArray, length: FloatArray | int, base_lr: FloatArray) -> Affine:
        """Return torch's recursion of a cosine whose half wave has a length, at ticks above 0."""
        floor = self.floor(base_lr)
        before = 1 + np.cos(math.pi * (s - 1) / length)
        leaves = (s - 1 - length) % (2 * length) == 0
        scale = np.where(leaves, 1.0, (1 + np.cos(math.pi * s / length)) / np.where(leaves, 1.0, before))
        shift = np.where(leaves, (base_lr - floor) * (1 - np.cos(math.pi / length)) / 2, 0.0)
        return Affine(scale * np.ones_like(base_lr), np.where(leaves, 0.0, floor), shift)


class MMEngineCosineAnnealingLR(_Floored):
    """Takes the lr to eta_min along half a cosine of T_max ticks, as torch does.

    Formula, with s = t - begin, T = T_max (default: end - begin) and m = eta_min:
        lr[t] = m + (lr[t-1] - m) * (1 + cos(pi s/T)) / (1 + cos(pi (s-1)/T))       for s > 0
        lr[t] = lr[t-1] + (base_lr - m) * (1 - cos(pi/T)) / 2                       where (s-1-T) mod 2T = 0

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.CosineAnnealingLR"] = "mmengine.CosineAnnealingLR"
    T_max: Length | None = Field(None, description="ticks from the top to eta_min (default: end - begin)")

    done_after: ClassVar[str] = "end"
    example: ClassVar[dict[str, Any]] = {"T_max": 60}

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        found = self.waves(s, self.T_max or self.length, base_lr)
        first = s == 0
        return Affine(np.where(first, 1.0, found.scale), found.centre, np.where(first, 0.0, found.shift))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        stop = min(self.stop, self.begin + (self.T_max or self.length) + 1)
        key = self.end_key if self.T_max is None else "T_max"
        yield Span(self.begin, stop, "cosine decay", "decay", key, self.lowest, left=half_cosine)


class MMEngineCosineRestartLR(_Floored):
    """Falls along half a cosine in each period, and starts the next period at a share of the initial lr.

    Formula, with s the tick of a period of T ticks, w its restart weight and m = eta_min:
        lr[t] = base_lr * w                                                                        for s = 0
        lr[t] = m + (lr[t-1] - m) * (1 + cos(pi s/T)) / (1 + cos(pi (s-1)/T))                      for s > 0

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.CosineRestartLR"] = "mmengine.CosineRestartLR"
    periods: Annotated[tuple[Length, ...], Listed, Field(min_length=1)] = Field(description="ticks of each period")
    restart_weights: Annotated[tuple[float, ...], Listed] = Field((1.0,), description="share of the lr at each start")

    example: ClassVar[dict[str, Any]] = {"periods": [20, 40], "restart_weights": [1, 0.5], "eta_min": 0.0}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.eta_min is None and self.eta_min_ratio is None:
            yield Problem(("eta_min",), "missing; eta_min or eta_min_ratio is needed")
        if len(self.restart_weights) != len(self.periods):
            told = f"{len(self.restart_weights)} given; each of the {len(self.periods)} periods has one"
            yield Problem(("restart_weights",), told)

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        ends = np.cumsum(np.array(self.periods, np.float64))
        which = np.searchsorted(ends, s[:, 0], side="right")
        known = np.minimum(which, len(ends) - 1)
        length = np.array(self.periods, np.float64)[known][:, None]
        inner = s - (ends[known] - length[:, 0])[:, None]
        weight = np.array(self.restart_weights)[known][:, None]
        found, starts, over = self.waves(inner, length, base_lr), inner == 0, (which >= len(ends))[:, None]
        scale = np.where(over, 1.0, np.where(starts, 0.0, found.scale))
        centre = np.where(over | starts, 0.0, found.centre)
        return Affine(scale, centre, np.where(over, 0.0, np.where(starts, base_lr * weight, found.shift)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        start = self.begin
        for length in self.periods:
            yield Span(start, start + length, "cycle", "restart", "", self.lowest, left=half_cosine)
            start += length

    @override
    def events(self, stop: int) -> Iterator[Event]:
        start = self.begin
        for length in self.periods[:-1]:
            start += length
            if start < stop:
                yield Event(start, "restart", "restart")


CLASSES = (MMEngineCosineAnnealingLR, MMEngineCosineRestartLR)
