"""Whether two values differ only because one of them was kept in a dtype of fewer digits than float64."""

from __future__ import annotations

import math

import numpy as np

_DTYPES = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-19}
"""Relative difference up to which two values may be one value, rounded; float32's has room for a run of thousands
of steps that was computed in it, which is unusual for the other two. The one with the fewest digits comes first:
the others can hold all of its values.
"""
_TYPED = 6
"""Significant digits that people write: 0.5 is exact in every dtype, and does not show rounding."""


def rounded_to(value: float, wanted: float) -> str:
    """Return the dtype for which `value` is `wanted` rounded to it; "" if there is none.

    >>> rounded_to(0.10000000149011612, 0.1), rounded_to(0.10009765625, 0.1), rounded_to(0.1000001, 0.1)
    ('float32', 'bfloat16', '')
    """
    if not (math.isfinite(value) and math.isfinite(wanted)) or float(f"{value:.{_TYPED}g}") == value:
        return ""
    return next(
        (
            dtype
            for dtype, tolerance in _DTYPES.items()
            if _in(dtype, value) == value and abs(value - wanted) <= max(tolerance * abs(wanted), _spacing(dtype))
        ),
        "",
    )


def tolerance(dtype: str) -> float:
    """Return the relative difference that rounding to a dtype leaves."""
    return _DTYPES[dtype]


def _in(dtype: str, value: float) -> float:
    """Return the nearest value of a dtype; infinite or 0 where it is out of its range."""
    with np.errstate(over="ignore", under="ignore"):
        if dtype != "bfloat16":
            return float(np.dtype(dtype).type(value))
        # NumPy has no bfloat16: a float32 without its lower 16 bits, rounded to eight significant bits.
        fraction, exponent = math.frexp(float(np.float32(value)))
    return math.ldexp(round(fraction * 256), exponent - 8)


def _spacing(dtype: str) -> float:
    """Return the spacing of the smallest values: below 6e-5 float16 has fewer digits."""
    return 2.0**-25 if dtype == "float16" else 0.0
