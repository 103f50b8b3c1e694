"""The common parts of timm's schedulers: a warm-up, noise, and the scales of layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import Listed, PerGroup
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.timm.noise import drawn

_REDRAWN = 100
"""How many times noise_pct the standard deviation may be: the noise is then drawn some hundred times at each tick."""


class WarmedUp(Leaf):
    """A function of the tick t, which timm's loop hands to `step` after each epoch (t = 1 after the first)."""

    warmup_t: LengthOrZero = Field(0, description="ticks of the warm-up")
    warmup_lr_init: float = Field(0.0, ge=0, description="lr at the start of the warm-up")
    noise_range_t: Annotated[tuple[float, ...], Listed, Field(min_length=1, max_length=2)] | None = Field(
        None, description="ticks from which, or between which, the lr is noisy"
    )
    noise_pct: float = Field(0.67, gt=0, description="largest noise, as a share of the lr")
    noise_std: float = Field(1.0, ge=0, description="standard deviation of the noise")
    noise_seed: int = Field(42, ge=0, le=2**31, description="seed of the noise at tick 0")
    lr_scale: PerGroup | None = Field(None, description="factor of each group, as layer decay puts it into the groups")

    module: ClassVar[str] = "timm.scheduler"
    by_itself: ClassVar[bool] = True
    assigns: ClassVar[bool] = True
    nests: ClassVar[Any] = "nowhere"
    takes_tick: ClassVar[bool] = True

    @property
    @override
    def warms_up(self) -> int:
        return self.warmup_t

    @property
    def shifted(self) -> int:
        """Ticks by which the curve is shifted behind its warm-up."""
        return 0

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.noise_range_t is not None and self.noise_std > _REDRAWN * self.noise_pct:
            told = f"{self.noise_pct:g} given; timm draws the noise again until it is smaller, almost for ever with"
            yield Problem(("noise_pct",), f"{told} noise_std {self.noise_std:g}")

    @abstractmethod
    def after(self, t: FloatArray, base_lr: FloatArray) -> FloatArray:
        """Return the lr after the warm-up, [n, groups], at ticks from which the shift is taken."""

    def reached(self, base_lr: FloatArray) -> FloatArray:
        """Return the lr at which the warm-up ends."""
        return base_lr

    @override
    def arguments(self) -> dict[str, Any]:
        given = {key: value for key, value in super().arguments().items() if key != "lr_scale"}
        noisy = self.noise_range_t
        return given | {"noise_range_t": noisy[0] if noisy is not None and len(noisy) == 1 else noisy}

    @property
    @override
    def group_keys(self) -> dict[str, PerGroup]:
        return {} if self.lr_scale is None else {"lr_scale": self.lr_scale}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        t, first = at.t, self.warmup_lr_init
        with np.errstate(divide="ignore", invalid="ignore"):
            after = self.after(np.maximum(t - self.shifted, 0.0), base_lr)
        rise = first + t * ((self.reached(base_lr) - first) / max(1, self.warmup_t))
        lr = np.where(t < self.warmup_t, rise, after)
        # The constructor sets a first value of its own, without noise.
        lr = np.where(t == 0, first if self.warmup_t else base_lr, lr * (1 + self._noise(t)))
        return Affine(scale=0.0, shift=lr if self.lr_scale is None else lr * groups.row(self.lr_scale))

    def _noise(self, t: FloatArray) -> FloatArray:
        """Return the noise at each tick, [n, 1]."""
        found = np.zeros_like(t)
        if self.noise_range_t is None:
            return found
        start, *stop = self.noise_range_t
        noisy = (t >= start) & (t < (stop[0] if stop else np.inf))
        # Each tick has a generator of its own.
        found[noisy] = [drawn(self.noise_seed + int(one), self.noise_std, self.noise_pct) for one in t[noisy].tolist()]
        return found

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.warmup_t:
            yield Span(0, self.warmup_t, "warm-up", "warm-up", "warmup_t", "warmup_lr_init")
        yield from self.spans_after()

    @abstractmethod
    def spans_after(self) -> Iterator[Span]:
        """Yield the parts after the warm-up."""


class Prefixed(WarmedUp):
    """A scheduler that can wait until its warm-up is over."""

    warmup_prefix: bool = Field(
        False,
        description="start the curve after the warm-up; if false it starts at tick 0, under the warm-up",
    )

    @property
    @override
    def shifted(self) -> int:
        return self.warmup_t if self.warmup_prefix else 0
