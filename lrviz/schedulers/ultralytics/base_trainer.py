"""BaseTrainer, which sets the lr without a scheduler."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, IntArray, np
from lrviz.foundation.releases import at_least
from lrviz.language.fields import Count, PerGroup
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups

_NEWEST = "8.4.190"
_SHORT_WARM_UP = "8.4.103"
_WHOLE_ACCUMULATION = "8.4.183"
_CAPPED = "8.4.177"


class BaseTrainer(Leaf):
    """The lr and momentum that Ultralytics' trainer sets before each update; its ticks are updates.

    Formula, for the iteration i of an update, epoch e = floor(i / batches_per_epoch), E = epochs:
        f(e) = max(1 - e / E, 0) (1 - lrf) + lrf, with cos_lr 1 + (lrf - 1) (1 - cos(pi e / E)) / 2
        warm-up, i <= nw: lr from warmup_bias_lr to base_lr f(e), momentum from warmup_momentum to its own, in a line
        after it:         lr = base_lr f(e)
        nw = round(warmup_epochs batches_per_epoch), at least 100 before 8.4.103
        From there to 8.4.182 it is i < nw: the momentum stays what it is then, and the lr until the epoch ends.
        An update is made where i - last >= A, which grows from 1 to nbs / batch while the lr warms up.

    Source: https://docs.ultralytics.com/usage/cfg; read from the sources of 8.3.200 and 8.4.190
    """

    name: Literal["ultralytics.BaseTrainer"] = "ultralytics.BaseTrainer"
    epochs: Count = Field(description="epochs of the run")
    batches_per_epoch: Count = Field(description="batches in an epoch")
    batch: Count = Field(16, description="images in a batch")
    nbs: Count = Field(64, description="images per update (nominal batch size)")
    lrf: float = Field(0.01, description="final lr as a share of the first")
    cos_lr: bool = Field(False, description="fall along a cosine, not in a line")
    warmup_epochs: float = Field(3.0, ge=0, description="epochs of the warm-up")
    warmup_bias_lr: PerGroup = Field(0.1, description="the first lr; a list gives one to each group, 0 but to the bias")
    warmup_momentum: float | None = Field(0.8, description="the first momentum; null leaves it alone")
    target_momentum: float | None = Field(None, description="momentum after the warm-up (default: the optimizer's own)")
    version: str = Field(_NEWEST, pattern=r"^\d+(\.\d+)*$", description="version of Ultralytics")

    module: ClassVar[str] = "ultralytics.engine.trainer"
    assigns: ClassVar[bool] = True
    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "nowhere"
    runs_alone: ClassVar[bool] = False
    example: ClassVar[dict[str, Any]] = {"epochs": 15, "batches_per_epoch": 4, "batch": 64, "warmup_momentum": None}

    @cached_property
    def warm_up(self) -> int:
        """The last iteration of the warm-up (nw); -1 where there is none."""
        if at_least(self.version, _SHORT_WARM_UP):
            return round(min(self.warmup_epochs, self.epochs - 1) * self.batches_per_epoch) or -1
        return max(round(self.warmup_epochs * self.batches_per_epoch), 100) if self.warmup_epochs > 0 else -1

    @property
    def _accumulated(self) -> float:
        """How many batches make an update after the warm-up."""
        whole = max(round(self.nbs / self.batch), 1)
        if at_least(self.version, _CAPPED):
            whole = min(whole, self.batches_per_epoch * self.epochs)
        ramped = self.warm_up > 0 and not at_least(self.version, _WHOLE_ACCUMULATION)
        return self.nbs / self.batch if ramped else whole

    @property
    def _stops_short(self) -> bool:
        """Whether the warm-up stops one iteration before its end."""
        return at_least(self.version, _SHORT_WARM_UP) and not at_least(self.version, _WHOLE_ACCUMULATION)

    @property
    def _last(self) -> int:
        """The last iteration that is warmed up."""
        return self.warm_up - 1 if self._stops_short and self.warm_up > 0 else self.warm_up

    @cached_property
    def iterations(self) -> IntArray:
        """The iteration of each update, [updates]."""
        whole, made, last, stop = self.epochs * self.batches_per_epoch, [], -1, self._last
        warm = np.arange(min(stop + 1, whole), dtype=np.float64)
        each = np.maximum(1, np.interp(warm, [0, max(1, self.warm_up)], [1, self._accumulated]).round())
        for i, needed in enumerate(each.tolist()):
            if i - last >= needed:
                made.append(i)
                last = i
        step = int(each[-1]) if len(each) else max(1, round(self._accumulated))
        first = max(last + step, len(each))
        return np.concatenate((np.array(made, np.int64), np.arange(first, whole, step, dtype=np.int64)))

    def _at(self, at: At) -> FloatArray:
        """Return the iteration of each tick, [n, 1]; past the last update it goes on as it was."""
        known, ticks = self.iterations, at.t.astype(np.int64)
        return known[np.minimum(ticks, len(known) - 1)].astype(np.float64)

    @override
    def attach(self, groups: ParamGroups) -> FloatArray:
        if groups.momentum is not None:
            groups.slots["momentum"] = groups.momentum.copy()
        return super().attach(groups)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        i = self._at(at)
        epoch = i // self.batches_per_epoch
        if self.cos_lr:
            factor = 1 + (self.lrf - 1) * (1 - np.cos(epoch * math.pi / self.epochs)) / 2
        else:
            factor = np.maximum(1 - epoch / self.epochs, 0) * (1.0 - self.lrf) + self.lrf
        regular = base_lr * factor
        start = groups.row(self.warmup_bias_lr)
        warm = (regular - start) / max(1, self.warm_up) * np.minimum(i, self._last) + start
        kept = self._stops_short & (epoch == self._last // self.batches_per_epoch)
        return Affine(scale=0.0, shift=np.where((i <= self._last) | kept, warm, regular))

    @override
    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:
        if self.warmup_momentum is None or groups.momentum is None:
            return None
        start, own = self.warmup_momentum, groups.slots["momentum"]
        if self.warm_up < 0:
            return np.broadcast_to(own, (len(at.t), *own.shape[-1:])).copy()
        i, stop = np.minimum(self._at(at), self._last), own if self.target_momentum is None else self.target_momentum
        return (stop - start) / max(1, self.warm_up) * i + start

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        warm = int(np.searchsorted(self.iterations, self._last, side="right"))
        if warm:
            yield Span(0, warm, "warm-up", "warm-up", "warmup_epochs")
        label = "cosine decay" if self.cos_lr else "linear decay"
        yield Span(warm, len(self.iterations), label, "decay", "epochs", "lrf", relative=True)


CLASSES = (BaseTrainer,)
