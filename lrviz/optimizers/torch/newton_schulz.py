"""Newton-Schulz iteration on 1 x 2 matrices in bfloat16, as torch's Muon makes it."""

from __future__ import annotations

from typing import Any

from lrviz.foundation.arrays import FloatArray, np


def orthogonal(g: FloatArray, coefficients: tuple[float, float, float], steps: int, eps: float) -> FloatArray:
    """Return, for each matrix of g, [2, ...], the row that the iteration makes of it, as float64.

    Formula, (a, b, c) the coefficients, every result rounded to bfloat16:
        o = g/max(‖g‖, eps)
        steps times:  s = o oᵀ,  u = b s + c s²,  o ← a o + u o

    Products of two bfloat16 are exact in float32, and torch rounds each of these results once: so this is
    torch's to the bit, unless the iteration overflows, and needs no tolerance of its own.
    """
    a, b, c = (np.float32(one) for one in coefficients)
    o = _rounded(g)
    length = _rounded(np.sqrt(o[0] * o[0] + o[1] * o[1]))
    o = _rounded(o / np.maximum(length, _rounded(np.float64(eps))))
    for _ in range(steps):
        s = _rounded(o[0] * o[0] + o[1] * o[1])
        u = _rounded(b * s + c * (s * s))
        o = _rounded(a * o + u * o)
    row: FloatArray = o.astype(np.float64)
    return row


def _rounded(values: Any) -> Any:
    """Return values as float32 whose last sixteen bits are rounded away, to the nearest, ties to even.

    A NaN stays one: arithmetic makes none whose bits are all set, which alone would overflow.
    """
    bits = np.asarray(values, dtype=np.float32).view(np.uint32)
    rounded = bits >> np.uint32(16)
    rounded &= np.uint32(1)
    rounded += np.uint32(0x7FFF)
    rounded += bits
    rounded &= np.uint32(0xFFFF0000)
    return rounded.view(np.float32)
