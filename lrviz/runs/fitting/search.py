"""How a family is fitted: its lengths by Levenberg and Marquardt, its learning rates by least squares at each of them.

Then every number is made as short as the log allows: 10,000 and not 9,999.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrviz.results import FloatArray
from lrviz.runs.fitting.families import Family, Seen

_ROUNDS, _FEW_ROUNDS = 40, 12
_NEAR, _WIDE = 0.02, 3.0
"""A count is searched within this share of itself, or so many updates if that is more."""
_FEW = 80
"""How many values are enough to estimate the lengths."""
_STARTS = 4
"""How many of the best starting points the search begins from."""
_TWICE = 2.0
"""The largest error, in units of what is allowed, of a fit whose numbers are worth shortening."""
_CLOSE = 3e-5
"""The largest relative error of a fit whose numbers are worth rounding: rounding then makes it exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A family with numbers. p: of its unknowns, lr: of its coefficients, by name; error: in units of the tolerance."""

    family: Family
    p: Mapping[str, float]
    lr: Mapping[str, float]
    error: float


@dataclass(frozen=True, eq=False)
class Problem:
    """Values to fit. at, lr: [values]; scale: [values], how far off each may be."""

    at: FloatArray
    lr: FloatArray
    scale: FloatArray
    _weight: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_weight", float(self.scale.min()) / self.scale / (float(np.abs(self.lr).max()) or 1.0)
        )

    def thinned(self, most: int) -> Problem:
        """Return the problem with at most so many of its values."""
        kept = np.unique(np.linspace(0, len(self.at) - 1, most).astype(int))
        return Problem(self.at[kept], self.lr[kept], self.scale[kept])

    def error(self, values: FloatArray) -> float:
        """Return the largest error of values, in units of what is allowed there."""
        return float((np.abs(values - self.lr) / self.scale).max())

    def cost(self, family: Family, p: Sequence[float]) -> float:
        """Return the sum of the squares of the residuals at lengths p."""
        _, residual = self.solved(family, p, {})
        return float(residual @ residual)

    def solved(self, family: Family, p: Sequence[float], fixed: Mapping[str, float]) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients that fit best at lengths p, and the weighted residuals; fixed ones stay."""
        basis = family.basis(self.at, p)
        free = [index for index, name in enumerate(family.lr) if name not in fixed]
        found = np.array([fixed.get(name, 0.0) for name in family.lr])
        rest = self.lr - basis @ found
        if free:
            found[free] = np.linalg.lstsq(
                basis[:, free] * self._weight[:, None], rest * self._weight, rcond=None
            )[0]  # fmt: skip
        return found, (basis @ found - self.lr) * self._weight

    def minimised(
        self, family: Family, start: Sequence[float], known: Mapping[int, float], rounds: int = _ROUNDS
    ) -> tuple[list[float], float]:
        """Return the lengths near `start` with the least residuals, and their error; known ones stay fixed."""
        p = [known.get(index, value) for index, value in enumerate(start)]
        free = [index for index in range(len(p)) if index not in known]
        _, residual = self.solved(family, p, {})
        damping, cost = 1e-3, float(residual @ residual)
        for _ in range(rounds if free else 0):
            jacobian = np.stack([(self._moved(family, p, index) - residual) / _step(p[index]) for index in free], 1)
            gradient, normal = jacobian.T @ residual, jacobian.T @ jacobian
            moved = False
            for _ in range(8):
                damped = normal + damping * np.diag(np.maximum(np.diag(normal), 1e-30))
                change = np.linalg.lstsq(damped, -gradient, rcond=None)[0]
                tried = list(p)
                for index, one in zip(free, change.tolist(), strict=True):
                    tried[index] += one
                _, other = self.solved(family, tried, {})
                if float(other @ other) < cost:
                    small = all(abs(one) <= 1e-11 * abs(p[index]) for index, one in zip(free, change, strict=True))
                    p, residual, cost, damping, moved = tried, other, float(other @ other), damping / 10, not small
                    break
                damping *= 10
            if not moved:
                break
        return p, self.error(residual / self._weight + self.lr)

    def _moved(self, family: Family, p: Sequence[float], index: int) -> FloatArray:
        beside = list(p)
        beside[index] += _step(p[index])
        return self.solved(family, beside, {})[1]


def _step(value: float) -> float:
    return 1e-6 * max(abs(value), 1e-3)


def best(problem: Problem, family: Family, seen: Seen, tolerance: float) -> Fit | None:
    """Return the fit of a family with the shortest numbers that meet the values, or the nearest one if none do.

    None where it has no starting point.
    """
    found: tuple[list[float], float] | None = None
    few = problem.thinned(_FEW)
    for start in sorted(family.starts(seen), key=lambda one: few.cost(family, one))[:_STARTS]:
        one = few.minimised(family, start, {}, _FEW_ROUNDS)
        if np.isfinite(one[1]) and (found is None or one[1] < found[1]):
            found = one
        if found is not None and found[1] <= 1:
            break
    if found is None:
        return None
    p, error = problem.minimised(family, found[0], {})
    near = error <= _TWICE or error * tolerance <= _CLOSE
    # Least squares do not minimise the largest error, and are limited by rounding: the limit may be missed
    # until every number is the exact one.
    for limit in (max(1.0, error), _TWICE * max(1.0, error)) if near else ():
        fit = _shortened(problem, family, p, seen, limit)
        if fit.error <= 1:
            return fit
    return _fit(problem, family, p, problem.solved(family, p, {})[0])


def _shortened(problem: Problem, family: Family, p: Sequence[float], seen: Seen, limit: float) -> Fit:
    """Return the fit near p with numbers as short as the limit of its error allows."""
    known: dict[int, float] = {}
    # Until its end is fixed, a linear decay may go on below 0.
    ends_first = sorted(enumerate(family.unknowns.items()), key=lambda one: one[1][0] != "end")
    for index, (name, kind) in ends_first:
        for value in _counts(name, p[index], seen) if kind == "count" else _numbers(p[index]):
            tried, off = problem.minimised(family, p, {**known, index: value}, _FEW_ROUNDS)
            if off <= limit and _is_real(problem, family, tried):
                known[index], p = value, tried
                break
    lr, fixed = problem.solved(family, p, {})[0], dict[str, float]()
    basis = family.basis(problem.at, p)
    for index, name in enumerate(family.lr):
        for value in _numbers(float(lr[index])):
            tried_lr = problem.solved(family, p, {**fixed, name: value})[0]
            if problem.error(basis @ tried_lr) <= limit:
                fixed[name], lr = value, tried_lr
                break
    return _fit(problem, family, p, lr)


def _is_real(problem: Problem, family: Family, p: Sequence[float]) -> bool:
    """Return whether rates that fit are between 0 and the peak, as far as the log shows."""
    lr, near = problem.solved(family, p, {})[0], float(problem.scale.max())
    return bool((lr >= -near).all() and (lr <= lr[0] + near).all())


def _fit(problem: Problem, family: Family, p: Sequence[float], lr: FloatArray) -> Fit:
    rates = dict(zip(family.lr, lr.tolist(), strict=True))
    # A warm-up from below 0, a floor below 0, or half an update may fit the numbers, but is not a schedule.
    whole = all(value == int(value) for value, kind in zip(p, family.unknowns.values(), strict=True) if kind == "count")
    real = whole and all(0 <= rate <= rates["peak"] for rate in rates.values())
    error = problem.error(family.basis(problem.at, p) @ lr) if real else np.inf
    return Fit(family, dict(zip(family.unknowns, map(float, p), strict=True)), rates, error)


def _counts(name: str, near: float, seen: Seen) -> Iterator[float]:
    """Yield whole numbers near a count, the roundest first."""
    tried: set[int] = set()
    if name == "end":
        # Without a logged end only the slope of a linear decay is known: it most likely ends with the run.
        last = float(seen.at[-1])
        yield from _round(last + 0.5 * seen.apart + 0.5, 0.5 * seen.apart + 0.5, tried)
        yield last + 1
    wide = max(_WIDE, _NEAR * near, 1.5 * seen.apart if name in {"warm_up", "hold"} else 0.0)
    yield from _round(near, wide, tried)


def _round(near: float, wide: float, tried: set[int]) -> Iterator[float]:
    """Yield the untried whole numbers within `wide` of a number, the roundest first."""
    for digits in range(len(str(int(max(near, 1)) * 10)), -1, -1):
        unit = 10**digits
        # Halves are round, too: 2,500.
        for each in (unit, unit // 2 or 1):
            around = [round(near / each) * each + other * each for other in (0, -1, 1)]
            for one in sorted(around, key=lambda value: abs(value - near)):
                if one not in tried and one > 0 and abs(one - near) <= wide:
                    tried.add(one)
                    yield float(one)


def _numbers(near: float) -> Iterator[float]:
    """Yield numbers near another, the shortest first."""
    for digits in range(1, 18):
        yield float(f"{near:.{digits - 1}e}")
