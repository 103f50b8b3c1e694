"""Numbers that carry their derivatives by x and y: a formula evaluated with them is differentiated.

Formula, forward-mode differentiation with two tangents:
    f(a) = (f(a.value), f'(a.value) a.dx, f'(a.value) a.dy)

At kinks the conventions are torch's: |x| has slope 0 at 0, a maximum of equals takes half of each.
Source: Griewank and Walther, Evaluating Derivatives, https://doi.org/10.1137/1.9780898717761
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from lrviz.language.arrays import FloatArray, np

Number = Any
"""An array, or a `Dual`."""


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """A value with its derivatives by x and by y; all three of shapes that broadcast together."""

    value: FloatArray
    dx: FloatArray
    dy: FloatArray

    # Comparisons of NumPy arrays with duals are left to duals.
    __array_ufunc__ = None

    def scaled(self, value: FloatArray, slope: FloatArray) -> Dual:
        """Return a function's value here, of which `slope` is the derivative."""
        return Dual(value, _times(slope, self.dx), _times(slope, self.dy))

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.dx, -self.dy)

    def __pos__(self) -> Dual:
        return self

    def __add__(self, other: Number) -> Dual:
        b = dual(other)
        return Dual(self.value + b.value, self.dx + b.dx, self.dy + b.dy)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Dual:
        b = dual(other)
        return Dual(self.value - b.value, self.dx - b.dx, self.dy - b.dy)

    def __rsub__(self, other: Number) -> Dual:
        return dual(other) - self

    def __mul__(self, other: Number) -> Dual:
        return _joined(self, dual(other), np.multiply, lambda a, b: (b, a))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Dual:
        return _joined(self, dual(other), np.divide, lambda a, b: (1 / b, -a / (b * b)))

    def __rtruediv__(self, other: Number) -> Dual:
        return dual(other) / self

    def __mod__(self, other: Number) -> Dual:
        return _joined(self, dual(other), np.mod, lambda a, b: (1.0, -np.floor_divide(a, b)))

    def __rmod__(self, other: Number) -> Dual:
        return dual(other) % self

    def __pow__(self, other: Number) -> Dual:
        b = dual(other)
        if b.dx is b.dy is _ZERO():
            return self.scaled(np.power(self.value, b.value), _slope_by_base(self.value, b.value))
        return _joined(self, b, np.power, lambda a, b: (_slope_by_base(a, b), _slope_by_exponent(a, b)))

    def __rpow__(self, other: Number) -> Dual:
        return dual(other) ** self


def dual(number: Number) -> Dual:
    """Return a number with its derivatives; those of an array are 0."""
    return number if isinstance(number, Dual) else flat(number)


def flat(value: FloatArray) -> Dual:
    """Return a value that does not change with x and y."""
    return Dual(value, _ZERO(), _ZERO())


@cache
def _ZERO() -> FloatArray:  # noqa: N802 - a constant that NumPy is not loaded for
    return np.zeros(())


def _times(slope: Any, tangent: FloatArray) -> FloatArray:
    """Return a product in which 0 times anything is 0: a slope that is not finite does not reach what does not move."""
    product: FloatArray = np.where(tangent == 0, 0.0, slope * tangent)
    return product


def _joined(a: Dual, b: Dual, f: Callable[..., FloatArray], slopes: Callable[..., tuple[Any, Any]]) -> Dual:
    """Return f(a, b), whose derivatives by its two arguments are the slopes."""
    by_a, by_b = slopes(a.value, b.value)
    return Dual(
        f(a.value, b.value),
        _times(by_a, a.dx) + _times(by_b, b.dx),
        _times(by_a, a.dy) + _times(by_b, b.dy),
    )


def _slope_by_base(a: FloatArray, b: FloatArray) -> FloatArray:
    slope: FloatArray = np.where(b == 0, 0.0, b * np.power(a, b - 1))
    return slope


def _slope_by_exponent(a: FloatArray, b: FloatArray) -> FloatArray:
    slope: FloatArray = np.where((a == 0) & (b >= 0), 0.0, np.power(a, b) * np.log(a))
    return slope


def _extreme(choose: Any) -> Callable[..., Dual]:
    """Return the maximum or minimum of several numbers; of equals the derivative is the mean."""

    def pair(a: Dual, b: Dual) -> Dual:
        value = choose(a.value, b.value)
        share = np.where(a.value == b.value, 0.5, np.where(value == a.value, 1.0, 0.0))
        return _joined(a, b, choose, lambda *_: (share, 1 - share))

    return lambda *numbers: reduce(pair, map(dual, numbers))


def where(test: Any, body: Number, orelse: Number) -> Dual:
    """Return one or the other; what is not chosen does not count, finite or not."""
    a, b = dual(body), dual(orelse)
    return Dual(np.where(test, a.value, b.value), np.where(test, a.dx, b.dx), np.where(test, a.dy, b.dy))


def value_of(number: Number) -> FloatArray:
    """Return a number without its derivatives."""
    value: FloatArray = number.value if isinstance(number, Dual) else number
    return value


def functions() -> Mapping[str, Callable[..., Any]]:
    """Return every function of the language over duals, by name."""
    slopes: Mapping[str, Callable[[Any], Any]] = {
        "abs": np.sign,
        "sqrt": lambda a: 0.5 / np.sqrt(a),
        "exp": np.exp,
        "expm1": np.exp,
        "log": lambda a: 1 / a,
        "log2": lambda a: 1 / (a * np.log(2.0)),
        "log10": lambda a: 1 / (a * np.log(10.0)),
        "log1p": lambda a: 1 / (1 + a),
        "sin": np.cos,
        "cos": lambda a: -np.sin(a),
        "tan": lambda a: 1 + np.tan(a) ** 2,
        "asin": lambda a: 1 / np.sqrt(1 - a * a),
        "acos": lambda a: -1 / np.sqrt(1 - a * a),
        "atan": lambda a: 1 / (1 + a * a),
        "sinh": np.cosh,
        "cosh": np.sinh,
        "tanh": lambda a: 1 - np.tanh(a) ** 2,
        **dict.fromkeys(("round", "floor", "ceil"), lambda _: 0.0),
    }

    def of_one(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Number], Dual]:
        return lambda number: dual(number).scaled(value(dual(number).value), slope(dual(number).value))

    values = {"round": np.rint}
    single = {name: of_one(values.get(name, getattr(np, name, None)), slope) for name, slope in slopes.items()}  # type: ignore[arg-type]
    return {
        **single,
        "atan2": lambda a, b: _joined(
            dual(a), dual(b), np.arctan2, lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y))
        ),
        "min": _extreme(np.minimum),
        "max": _extreme(np.maximum),
    }
