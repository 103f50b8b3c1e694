"""LrUpdaterHook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, Listed, Whole
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation

Policy = Literal[
    "fixed",
    "step",
    "exp",
    "poly",
    "inv",
    "LinearAnnealing",
    "CosineAnnealing",
    "FlatCosineAnnealing",
    "CosineRestart",
    "cyclic",
]
_FLOORED = ("LinearAnnealing", "CosineAnnealing", "FlatCosineAnnealing", "CosineRestart")
_NEEDS: dict[str, tuple[str, ...]] = {
    "step": ("step",),
    "exp": ("gamma",),
    "inv": ("gamma",),
    "CosineRestart": ("periods",),
}


class LrUpdaterHook(Leaf):
    """The lr that mmcv's runner sets before each iteration: a policy times a warm-up; its ticks are iterations.

    Formula, for u the epoch with by_epoch, else the iteration i, n = max_progress, c = cos(pi u / n):
        fixed lr; step lr gamma^(steps passed); exp lr gamma^u; inv lr (1 + gamma u)^-power
        poly (lr - min_lr) (1 - u / n)^power + min_lr; CosineAnnealing min_lr + (lr - min_lr) (c + 1) / 2
        LinearAnnealing lr + (min_lr - lr) u / n; FlatCosineAnnealing the cosine after round(n start_percent)
        CosineRestart: the same in each period, the lr times its restart weight
        cyclic, m = floor(n / cyclic_times), in cycle j, s = gamma^j: from lr to lr (1 - s + s target_ratio[0]) in
        floor(m step_ratio_up) iterations, and on to lr target_ratio[1] at m, along half a cosine, or a line
        while i < warmup_iters: linear times 1 - (1 - i / W) (1 - warmup_ratio), constant times warmup_ratio,
        exp times warmup_ratio^(1 - i / W)

    Source: https://mmcv.readthedocs.io/en/1.x
    """

    name: Literal["mmcv.LrUpdaterHook"] = "mmcv.LrUpdaterHook"
    policy: Policy = Field(description="shape of the curve")
    max_progress: Count = Field(description="epochs of the run with by_epoch, else its iterations")
    by_epoch: bool = Field(True, description="count epochs, not iterations")
    batches_per_epoch: Count = Field(1, description="iterations of an epoch")
    step: Annotated[tuple[Whole, ...], Listed] | Count | None = Field(None, description="when step drops the lr")
    gamma: float | None = Field(None, description="factor of step (default 0.1), exp and inv")
    power: float = Field(1.0, description="power of poly and inv")
    min_lr: float | None = Field(None, description="lowest lr; or min_lr_ratio")
    min_lr_ratio: float | None = Field(None, description="lowest lr as a share of the lr; or min_lr")
    periods: Annotated[tuple[Count, ...], Listed] | None = Field(None, description="periods of CosineRestart")
    restart_weights: Annotated[tuple[float, ...], Listed] = Field((1.0,), description="share of the lr in each of them")
    start_percent: float = Field(0.75, ge=0, le=1, description="share of the run at which FlatCosineAnnealing falls")
    target_ratio: Annotated[tuple[float, float], Listed] = Field(
        (10.0, 1e-4), description="top and end of cyclic, as shares of the lr"
    )
    cyclic_times: Count = Field(1, description="cycles of cyclic")
    step_ratio_up: float = Field(0.4, ge=0, lt=1, description="share of a cycle in which the lr rises")
    anneal_strategy: Literal["cos", "linear"] = Field("cos", description="shape of cyclic")
    warmup: Literal["constant", "linear", "exp"] | None = Field(None, description="shape of the warm-up")
    warmup_iters: LengthOrZero = Field(0, description="iterations of the warm-up")
    warmup_ratio: float = Field(0.1, gt=0, le=1, description="share of the lr at which it begins")

    module: ClassVar[str] = "mmcv.runner.hooks.lr_updater"
    runs_alone: ClassVar[bool] = False
    assigns: ClassVar[bool] = True
    nests: ClassVar[Literal["anywhere", "first", "nowhere"]] = "nowhere"
    example: ClassVar[dict[str, Any]] = {
        "policy": "CosineAnnealing",
        "by_epoch": False,
        "max_progress": 60,
        "min_lr": 0.0,
        "warmup": "linear",
        "warmup_iters": 10,
    }

    @property
    @override
    def warms_up(self) -> int:
        return self.warmup_iters if self.warmup is not None else 0

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        for key in _NEEDS.get(self.policy, ()):
            if getattr(self, key) is None:
                yield Problem((key,), f"missing; the policy {self.policy} needs it")
        if self.policy in _FLOORED and self.min_lr is None and self.min_lr_ratio is None:
            yield Problem(("min_lr",), f"missing; the policy {self.policy} needs it, or min_lr_ratio")
        if self.policy == "cyclic" and self.by_epoch:
            yield Problem(("by_epoch",), "true given; the policy cyclic counts iterations")
        if self.policy == "cyclic" and self.max_progress < self.cyclic_times:
            yield Problem(("cyclic_times",), f"{self.cyclic_times} given, in a run of {self.max_progress} iterations")
        if self.min_lr is not None and self.min_lr_ratio is not None:
            yield Problem(("min_lr_ratio",), f"given with min_lr {self.min_lr:g}; drop one of them")
        if self.policy == "CosineRestart" and self.periods and sum(self.periods) < self.max_progress:
            told = f"{sum(self.periods)} in all, in a run of {self.max_progress}; mmcv raises after the last period"
            yield Problem(("periods",), told)
        if self.policy == "CosineRestart" and self.periods and len(self.periods) != len(self.restart_weights):
            told = f"{len(self.restart_weights)} given; each of the {len(self.periods)} periods has one"
            yield Problem(("restart_weights",), told)

    def _floor(self, lr: FloatArray) -> FloatArray:
        return lr * self.min_lr_ratio if self.min_lr_ratio is not None else np.full_like(lr, self.min_lr or 0.0)

    def _regular(self, u: FloatArray, lr: FloatArray) -> FloatArray:
        """Return the lr without the warm-up, [n, groups]; u: [n, 1]."""
        low, stop = self._floor(lr), self.max_progress
        gamma = 0.1 if self.gamma is None else self.gamma
        if self.policy == "step":
            given = self.step
            passed = u // given if isinstance(given, int) else np.searchsorted(np.sort(given or ()), u, side="right")
            found: FloatArray = lr * gamma**passed
            return found if self.min_lr is None else np.maximum(found, self.min_lr)
        if self.policy == "exp":
            return lr * gamma**u
        if self.policy == "inv":
            return lr * (1 + gamma * u) ** (-self.power)
        if self.policy == "poly":
            return (lr - low) * np.maximum(1 - u / stop, 0.0) ** self.power + low
        if self.policy in {"CosineAnnealing", "FlatCosineAnnealing"}:
            start = round(stop * self.start_percent) if self.policy == "FlatCosineAnnealing" else 0
            found = low + 0.5 * (lr - low) * (np.cos(np.pi * (np.maximum(u - start, 0.0) / max(1, stop - start))) + 1)
            return found
        if self.policy == "LinearAnnealing":
            return lr + (low - lr) * (u / stop)
        if self.policy == "cyclic":
            return self._cycled(u, lr)
        if self.policy == "CosineRestart":
            return self._restarted(u, lr, low)
        return lr * np.ones_like(u)

    def _restarted(self, u: FloatArray, lr: FloatArray, low: FloatArray) -> FloatArray:
        ends = np.cumsum(np.array(self.periods, np.float64))
        which = np.minimum(np.searchsorted(ends, u[:, 0], side="right"), len(ends) - 1)
        length = np.array(self.periods, np.float64)[which][:, None]
        done = np.minimum((u - (ends[which][:, None] - length)) / length, 1.0)
        weight = np.array(self.restart_weights)[which][:, None]
        found: FloatArray = low + 0.5 * weight * (lr - low) * (np.cos(np.pi * done) + 1)
        return found

    def _cycled(self, u: FloatArray, lr: FloatArray) -> FloatArray:
        length = self.max_progress // self.cyclic_times
        up, (top, end) = int(self.step_ratio_up * length), self.target_ratio
        cycle, inside = np.divmod(u, length)
        scale = (1.0 if self.gamma is None else self.gamma) ** cycle
        peak, rises = 1 - scale + top * scale, inside < up
        first, last = np.where(rises, 1.0, peak), np.where(rises, peak, end)
        done = np.where(rises, inside / max(1, up), (inside - up) / (length - up))
        left = 0.5 * (np.cos(np.pi * done) + 1) if self.anneal_strategy == "cos" else 1 - done
        found: FloatArray = lr * (last + (first - last) * left)
        return found

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        regular = self._regular(at.t // self.batches_per_epoch if self.by_epoch else at.t, base_lr)
        if self.warmup is None or not self.warmup_iters:
            return Affine(scale=0.0, shift=regular)
        left, ratio = 1 - at.t / self.warmup_iters, self.warmup_ratio
        shapes: dict[str, FloatArray | float] = {
            "linear": 1 - left * (1 - ratio),
            "constant": ratio,
            "exp": ratio ** np.maximum(left, 0.0),
        }
        return Affine(scale=0.0, shift=np.where(at.t < self.warmup_iters, regular * shapes[self.warmup], regular))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.warms_up:
            yield Span(0, self.warms_up, "warm-up", "warm-up", "warmup_iters", "warmup_ratio", relative=True)
        stop = self.max_progress * (self.batches_per_epoch if self.by_epoch else 1)
        label = {"step": "step decay", "poly": "polynomial decay", "fixed": "constant"}.get(self.policy, "decay")
        if self.policy == "cyclic":
            length = stop // self.cyclic_times
            for start in range(0, min(self.cyclic_times, 1000) * length, length):
                yield Span(start, start + length, "cycle", "restart")
        elif self.warms_up < stop:
            yield Span(self.warms_up, stop, label, "hold" if self.policy == "fixed" else "decay")


CLASSES = (LrUpdaterHook,)
