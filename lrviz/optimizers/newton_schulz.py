"""Newton-Schulz iteration on 1 x 2 matrices in bfloat16, as torch's Muon makes it."""

from __future__ import annotations

from typing import Any

from lrviz.language.arrays import FloatArray, np


def orthogonal(g: FloatArray, coefficients: tuple[float, float, float], steps: int, eps: float) -> FloatArray:
    """Return, for each matrix of g, [2, ...], the row that the iteration makes of it, as float64.

    Formula, (a, b, c) the coefficients, every result rounded to bfloat16:
        o = g/max(‖g‖, eps)
        steps times:  s = o oᵀ,  u = b s + c s²,  o ← a o + u o
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
    """Return values as float32 whose last sixteen bits are rounded away, to the nearest, ties to even."""
    single = np.asarray(values, dtype=np.float32)
    bits = single.view(np.uint32)
    even = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(single), single, even.view(np.float32))
