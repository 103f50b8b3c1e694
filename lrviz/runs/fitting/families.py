"""Families of schedules, each as values that are linear in its learning rates once its lengths are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from typing_extensions import override

from lrviz.results import FloatArray, IntArray

Body = Literal["constant", "linear", "cosine", "1 - sqrt", "inverse sqrt", "exponential", "step"]
Unknown = Literal["count", "number"]
"""A count is whole: updates."""
FALLS: Sequence[Body] = ("linear", "cosine", "1 - sqrt")
"""Bodies that fall over a length, and then stay at their end."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Values from which starting points are read. at, lr: [values]; near: how far values of one level may differ.

    first, last: the indices of the values at the top; several of them are a plateau.
    """

    at: FloatArray
    lr: FloatArray
    near: float

    @property
    def first(self) -> int:
        """The index of the first of the largest values."""
        return int((self.lr >= self.lr.max() - self.near).argmax())

    @property
    def last(self) -> int:
        """The index of the last value of the plateau that begins at `first`."""
        below = np.flatnonzero(self.lr[self.first :] < self.lr.max() - self.near)
        return self.first + int(below[0]) - 1 if len(below) else len(self.lr) - 1

    @property
    def floor(self) -> int:
        """The index from which on all values equal the last one."""
        other = np.flatnonzero(np.abs(self.lr - self.lr[-1]) > self.near)
        return int(other[-1]) + 1 if len(other) else 0

    @property
    def apart(self) -> float:
        """The usual distance between two logged updates."""
        return float(np.median(np.diff(self.at))) if len(self.at) > 1 else 1.0


class Family(ABC):
    """unknowns: the names of its lengths and rates, and whether each is whole; lr: the names of its coefficients."""

    unknowns: Mapping[str, Unknown]
    lr: Sequence[str]

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name, in words."""

    @abstractmethod
    def starts(self, seen: Seen) -> Iterator[Sequence[float]]:
        """Yield values of the unknowns from which the search begins."""

    @abstractmethod
    def basis(self, at: FloatArray, p: Sequence[float]) -> FloatArray:
        """Return [updates, coefficients]: the factors of the coefficients of `lr`."""


def falls(kind: Body, q: FloatArray) -> FloatArray:
    """Return the share of the way down that is left, 1 to 0, after the share q of its length."""
    if kind == "cosine":
        return np.asarray((1 + np.cos(np.pi * q)) / 2)
    return 1 - (np.sqrt(q) if kind == "1 - sqrt" else q)


@dataclass
class Warmed(Family):
    """An optional linear warm-up, an optional hold at the peak, and a body that falls to an optional floor.

    from_zero: the warm-up begins at 0, else at `start`. drops: of step, how often the lr had dropped by each of
    `drop_at` updates.
    """

    body: Body
    warm: bool = False
    from_zero: bool = True
    held: bool = False
    floored: bool = False
    drop_at: tuple[IntArray, IntArray] | None = None

    def __post_init__(self) -> None:
        lengths: dict[str, Unknown] = {"warm_up": "count"} if self.warm else {}
        if self.body in FALLS:
            lengths |= {"end": "count", "hold": "count"} if self.held else {"end": "count"}
        elif self.body == "inverse sqrt":
            lengths |= {"timescale": "count"}
        elif self.body in ("exponential", "step"):
            lengths |= {"gamma": "number"}
        self.unknowns = lengths
        self.lr = ["peak", *["floor"] * self.floored, *["start"] * (self.warm and not self.from_zero)]

    @property
    @override
    def name(self) -> str:
        held = self.held and self.body in FALLS
        body = f"{'stable, then ' if held else ''}{self.body}{' decay' if held or self.body == '1 - sqrt' else ''}"
        return f"warm-up, {body}" if self.warm else body

    @override
    def starts(self, seen: Seen) -> Iterator[Sequence[float]]:
        at, lr = seen.at, seen.lr
        # In the order of `unknowns`.
        choices: list[list[float]] = []
        top = float(at[seen.last])
        if self.warm:
            choices.append(_warm_ups(seen))
        if self.body in FALLS:
            floor, end = seen.floor, float(at[-1])
            known = floor < len(at) - 1
            between = [float(at[floor]), float(at[floor - 1] + at[floor]) / 2] if known and floor else []
            choices.append(between or [end + 1, end + seen.apart, 1.1 * end + 1, 1.5 * end, 3 * end])
            if self.held:
                choices.append([top, top + seen.apart / 2])
        elif self.body == "inverse sqrt":
            choices.append([max(top, 1.0), 10_000.0, max(at[-1] / 10, 1.0)])
        elif self.body == "exponential":
            falling = lr[seen.first :] > 0
            x, y = at[seen.first :][falling], np.log(lr[seen.first :][falling])
            choices.append([float(np.exp(np.polyfit(x, y, 1)[0]))] if len(x) > 1 else [0.999])
        elif self.body == "step":
            levels = _levels(seen)
            choices.append([levels] if levels else [0.1])
        yield from product(*choices)

    @override
    def basis(self, at: FloatArray, p: Sequence[float]) -> FloatArray:
        known = dict(zip(self.unknowns, p, strict=True))
        warm = max(known.get("warm_up", 0.0), 0.0)
        rise = np.clip(at / max(warm, 1e-9), 0, 1) if self.warm else np.ones(len(at))
        rising = at < warm
        left, down = self._left(at, known, warm)
        columns = [np.where(rising, rise, left)]
        if self.floored:
            columns.append(np.where(rising, 0.0, down))
        if self.warm and not self.from_zero:
            columns.append(np.where(rising, 1 - rise, 0.0))
        return np.stack(columns, axis=1)

    def _left(self, at: FloatArray, known: Mapping[str, float], warm: float) -> tuple[FloatArray, FloatArray]:
        """Return the shares of the peak and of the floor in what follows the warm-up."""
        t = np.maximum(at - warm, 0)
        if self.body in FALLS:
            begin = max(known["hold"], warm) if self.held else warm
            share = np.clip((at - begin) / max(known["end"] - begin, 1e-9), 0, 1)
            left = falls(self.body, share)
            return left, 1 - left
        if self.body == "inverse sqrt":
            scale = max(known["timescale"], 1e-9)
            left = np.sqrt(scale / (t + scale))
        elif self.body == "exponential":
            left = np.clip(known["gamma"], 1e-12, 10.0) ** t
        elif self.body == "step" and self.drop_at is not None:
            where, count = self.drop_at
            dropped = count[np.clip(np.searchsorted(where, at, side="right") - 1, 0, None)]
            left = np.clip(known["gamma"], 1e-12, 10.0) ** dropped
        else:
            left = np.ones(len(at))
        return left, np.zeros(len(at))


@dataclass
class OneCycle(Family):
    """torch's OneCycleLR with cosines: up from `start` to `peak` over a share of the run, and down to `floor`."""

    def __post_init__(self) -> None:
        self.unknowns = {"total": "count", "share": "number"}
        self.lr = ["peak", "floor", "start"]

    @property
    @override
    def name(self) -> str:
        return "one-cycle"

    @override
    def starts(self, seen: Seen) -> Iterator[Sequence[float]]:
        last, top = float(seen.at[-1]), float(seen.at[seen.first])
        for total in (last + 1, last + seen.apart, 1.1 * last + 1):
            for share in ((top + 1) / total, 0.3):
                yield total, share

    @override
    def basis(self, at: FloatArray, p: Sequence[float]) -> FloatArray:
        total, share = max(p[0], 2.0), min(max(p[1], 1e-6), 1 - 1e-6)
        top, end = max(share * total - 1, 1e-9), total - 1
        rising = at <= top
        up = (1 - np.cos(np.pi * np.clip(at / top, 0, 1))) / 2
        down = falls("cosine", np.clip((at - top) / max(end - top, 1e-9), 0, 1))
        columns = (np.where(rising, up, down), np.where(rising, 0.0, 1 - down), np.where(rising, 1 - up, 0.0))
        return np.stack(columns, axis=1)


def families(seen: Seen) -> Iterator[Family]:
    """Yield the families that a log may have, the simplest first; with a warm-up where its values rise at first."""
    drops = _drops(seen)
    begun = [(True, True), (True, False)] if seen.first else [(False, True)]
    yield from (Warmed("constant", *one) for one in begun)
    if drops is not None:
        yield from (Warmed("step", *one, drop_at=drops) for one in begun)
    for body, floored in product(FALLS[:2], (False, True)):
        yield from (Warmed(body, *one, floored=floored) for one in begun)
    yield from (Warmed("exponential", *one) for one in begun)
    yield from (Warmed("inverse sqrt", *one) for one in begun)
    if seen.first:
        yield OneCycle()
    for body, floored in product(FALLS, (False, True)):
        yield from (Warmed(body, *one, held=True, floored=floored) for one in begun)


def _warm_ups(seen: Seen) -> list[float]:
    """Return where a linear warm-up may end: at the first largest value, or where its line reaches that value."""
    at, lr, first = seen.at, seen.lr, seen.first
    found = [float(at[first])]
    if first >= 2 and lr[1] > lr[0]:
        found.insert(0, float(at[0] + (lr[first] - lr[0]) * (at[1] - at[0]) / (lr[1] - lr[0])))
    elif first == 1 and lr[0] > 0 and at[0] > 0:
        found.insert(0, float(at[0] * lr[1] / lr[0]))
    elif first == 1:
        found.append(float(at[0] + at[1]) / 2)
    if first >= 1:
        found.append(float(at[first - 1] + at[first]) / 2)
    return [one for one in found if one > 0] or [1.0]


_AT_ONCE = 5.5
"""The most drops between two values of a log; with more of them a smooth decay would count as steps."""


def _drops(seen: Seen) -> tuple[IntArray, IntArray] | None:
    """Return where the lr changes its level after its peak, and how often it has dropped by then.

    None where there are no levels, or they are not apart by one factor or powers of it.
    """
    lr = seen.lr[seen.first :]
    if len(lr) < 3 or not (lr > 0).all():
        return None
    changes = np.flatnonzero(np.abs(np.diff(lr)) > seen.near) + 1
    if not 0 < len(changes) <= len(lr) // 2:
        return None
    logs = np.log(lr[np.concatenate([[0], changes])])
    steps = np.diff(logs)
    if not (steps < 0).all():
        return None
    each = -steps / np.min(-steps)
    if (np.abs(each - np.round(each)) > 0.02 * each).any() or (each > _AT_ONCE).any():
        return None
    count = np.concatenate([[0], np.cumsum(np.round(each))]).astype(np.int64)
    where = seen.at[seen.first :][np.concatenate([[0], changes])]
    return where.astype(np.int64), count


def _levels(seen: Seen) -> float:
    """Return the factor of the smallest drop, 0 if there is none."""
    lr = seen.lr[seen.first :]
    ratios = lr[1:] / np.maximum(lr[:-1], 1e-300)
    dropped = ratios[np.abs(np.diff(lr)) > seen.near]
    return float(dropped.max()) if len(dropped) else 0.0
