"""Numbers that carry their derivatives by x and y: a formula evaluated with them is differentiated.

Formula, forward-mode differentiation with two tangents:
    f(a) = (f(a.value), f'(a.value) a.dx, f'(a.value) a.dy)

At kinks the conventions are torch's: |x| has slope 0 at 0, a maximum of two equals takes half of each.
Source: Griewank and Walther, Evaluating Derivatives, https://doi.org/10.1137/1.9780898717761
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from lrviz.foundation.arrays import FloatArray, np

Number = Any
"""A `Dual`, or an array that does not change with x and y."""
Tangent = Any
"""A derivative: an array or a float, None where it is 0 everywhere because nothing moves."""


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """A value with its derivatives by x and by y; all three of shapes that broadcast together."""

    value: FloatArray
    dx: Tangent = None
    dy: Tangent = None

    # An array on the left of an operator leaves it to the dual on its right.
    __array_ufunc__ = None

    def along(self, value: FloatArray, slope: Any) -> Dual:
        """Return a function's value here, of which `slope` is the derivative."""
        return Dual(value, _guarded(slope, self.dx), _guarded(slope, self.dy))

    def __neg__(self) -> Dual:
        return Dual(-self.value, _negative(self.dx), _negative(self.dy))

    def __pos__(self) -> Dual:
        return self

    def __add__(self, other: Number) -> Dual:
        b = dual(other)
        return Dual(self.value + b.value, _sum(self.dx, b.dx), _sum(self.dy, b.dy))

    __radd__ = __add__

    def __sub__(self, other: Number) -> Dual:
        b = dual(other)
        return Dual(self.value - b.value, _difference(self.dx, b.dx), _difference(self.dy, b.dy))

    def __rsub__(self, other: Number) -> Dual:
        return dual(other) - self

    def __mul__(self, other: Number) -> Dual:
        b = dual(other)
        return _joined(self, b, self.value * b.value, (b.value, self.value))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Dual:
        b = dual(other)
        ratio, share = self.value / b.value, 1 / b.value
        return _joined(self, b, ratio, (share, -ratio * share))

    def __rtruediv__(self, other: Number) -> Dual:
        return dual(other) / self

    def __mod__(self, other: Number) -> Dual:
        b = dual(other)
        return _joined(self, b, self.value % b.value, (1.0, -np.floor_divide(self.value, b.value)))

    def __rmod__(self, other: Number) -> Dual:
        return dual(other) % self

    def __pow__(self, other: Number) -> Dual:
        if isinstance(other, float) and other >= 1:
            # The slope of these is finite, and x**2 so common that it is worth no power.
            slope = other * (self.value if other == 2 else self.value ** (other - 1))
            return Dual(self.value**other, _product(slope, self.dx), _product(slope, self.dy))
        b = dual(other)
        value = self.value**b.value
        by_base = np.where(b.value == 0, 0.0, b.value * self.value ** (b.value - 1))
        if not isinstance(other, Dual):
            return self.along(value, by_base)
        by_exponent = np.where((self.value == 0) & (b.value >= 0), 0.0, value * np.log(self.value))
        return _joined(self, b, value, (by_base, by_exponent), _guarded)

    def __rpow__(self, other: Number) -> Dual:
        return dual(other) ** self


def dual(number: Number) -> Dual:
    """Return a number with its derivatives; those of an array are 0."""
    return number if isinstance(number, Dual) else Dual(number)


def value_of(number: Number) -> FloatArray:
    """Return a number without its derivatives."""
    value: FloatArray = number.value if isinstance(number, Dual) else number
    return value


def _negative(tangent: Tangent) -> Tangent:
    return None if tangent is None else -tangent


def _sum(a: Tangent, b: Tangent) -> Tangent:
    if a is None or b is None:
        return a if b is None else b
    return a + b


def _difference(a: Tangent, b: Tangent) -> Tangent:
    if a is None or b is None:
        return a if b is None else -b
    return a - b


def _product(slope: Any, tangent: Tangent) -> Tangent:
    return None if tangent is None else slope * tangent


def _guarded(slope: Any, tangent: Tangent) -> Tangent:
    """Return a product in which the infinite slope of a kink times a slope of 0 is 0."""
    product = _product(slope, tangent)
    if product is None or not (undefined := np.isnan(product)).any():
        return product
    return np.where(undefined & (tangent == 0), 0.0, product)


def _joined(
    a: Dual, b: Dual, value: FloatArray, slopes: tuple[Any, Any], product: Callable[[Any, Tangent], Tangent] = _product
) -> Dual:
    """Return a function's value at a and b, whose derivatives by the two are `slopes`."""
    by_a, by_b = slopes
    return Dual(
        value,
        _sum(product(by_a, a.dx), product(by_b, b.dx)),
        _sum(product(by_a, a.dy), product(by_b, b.dy)),
    )


def _chosen(test: Any, a: Tangent, b: Tangent) -> Tangent:
    if a is None and b is None:
        return None
    return np.where(test, 0.0 if a is None else a, 0.0 if b is None else b)


def where(test: Any, body: Number, orelse: Number) -> Dual:
    """Return one or the other; what is not chosen does not count, finite or not."""
    a, b = dual(body), dual(orelse)
    return Dual(np.where(test, a.value, b.value), _chosen(test, a.dx, b.dx), _chosen(test, a.dy, b.dy))


def _atan2(a: Number, b: Number) -> Dual:
    y, x = dual(a), dual(b)
    square = x.value * x.value + y.value * y.value
    # At the origin the slopes count as 0; dividing by infinity makes them so.
    square = np.where(square == 0, np.inf, square)
    return _joined(y, x, np.arctan2(y.value, x.value), (x.value / square, -y.value / square))


def _extreme(choose: Callable[[Any, Any], Any]) -> Callable[..., Dual]:
    """Return the minimum or maximum of several numbers, of which `choose` is that of two values."""

    def of_two(a: Dual, b: Dual) -> Dual:
        value = choose(a.value, b.value)
        better, tie = where(value == a.value, a, b), a.value == b.value
        dx, dy = (_product(0.5, _sum(*both)) for both in ((a.dx, b.dx), (a.dy, b.dy)))
        return Dual(value, _chosen(tie, dx, better.dx), _chosen(tie, dy, better.dy))

    return lambda *numbers: reduce(of_two, map(dual, numbers))


def _slopes() -> Mapping[str, Callable[[Any], Any]]:
    """Return the derivative of each function of one number; the others of them are steps."""
    return {
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
    }


def functions(values: Mapping[str, Callable[..., Any]]) -> Mapping[str, Callable[..., Number]]:
    """Return functions over duals by name; values: what the same names compute over arrays."""
    slopes = _slopes()

    def of_one(name: str, value: Callable[[Any], Any]) -> Callable[[Number], Number]:
        slope = slopes.get(name)
        if slope is None:
            return lambda number: value(value_of(number))
        return lambda number: (
            number.along(value(number.value), slope(number.value)) if isinstance(number, Dual) else value(number)
        )

    of_several = {"atan2": _atan2, "min": _extreme(np.minimum), "max": _extreme(np.maximum)}
    return {name: of_several.get(name) or of_one(name, value) for name, value in values.items()}
