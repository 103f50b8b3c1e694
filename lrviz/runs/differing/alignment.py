"""Shifts that make one curve coincide with another, found all at once by the Fourier transform."""

from __future__ import annotations

import numpy as np

from lrviz.foundation.arrays import ComplexArray
from lrviz.results import FloatArray, IntArray, Track

_MOST = 48
"""The most shifts that are examined closely."""
_LONGEST = 2**23
"""Updates of the longest curves that are aligned, to limit memory."""
_ROUNDING = 3e-13
"""The rounding error of the transform, as a share of the squares that are added up."""


def likely_shifts(x: Track, y: Track, since: int, tolerance: float) -> tuple[int, ...]:
    """Return the shifts k for which y[t] is nearly x[t - k] at all t >= since where both have values, nearest first.

    Formula, with w = 1 where there is a value and else 0, for every k at once by correlations:
        apart(k) = sum y[t]^2 w_x[t - k] - 2 sum y[t] x[t - k] + sum w_y[t] x[t - k]^2

    Values are compared as asinh(lr / (1e-3 * peak)), so that a difference counts relative to them, as in the
    cross-check. Shifts under which fewer than a quarter of the values of y meet one of x are left out.
    """
    x_at, x_values = _finite(x, 0)
    y_at, y_values = _finite(y, since)
    if not len(x_at) or not len(y_at) or max(int(x_at[-1]), int(y_at[-1])) >= _LONGEST:
        return ()
    begin = int(y_at[0])
    size = _fast(int(x_at[-1]) + int(y_at[-1]) - begin + 2)
    unit = 1e-3 * max(_largest(x_values), _largest(y_values))
    hidden = (x.resolution + y.resolution) / np.hypot(y_values, unit)
    x_values, y_values = np.arcsinh(x_values / unit), np.arcsinh(y_values / unit)

    def spectrum(at: IntArray, values: FloatArray | float) -> ComplexArray:
        line = np.zeros(size)
        line[at] = values
        return np.fft.rfft(line)

    def correlated(of_y: ComplexArray, of_x: ComplexArray) -> FloatArray:
        return np.fft.irfft(of_y * np.conj(of_x), size)

    y_at = y_at - begin
    there_x, there_y = spectrum(x_at, 1.0), spectrum(y_at, 1.0)
    met = np.rint(correlated(there_y, there_x))
    of_y = correlated(spectrum(y_at, y_values**2), there_x)
    of_x = correlated(there_y, spectrum(x_at, x_values**2))
    both = correlated(spectrum(y_at, y_values), spectrum(x_at, x_values))
    noise = _ROUNDING * (float((x_values**2).sum()) + float((y_values**2).sum()))
    apart = of_y - 2 * both + of_x
    allowed = noise + 4 * float(((tolerance + hidden) ** 2).mean()) * met
    near = np.flatnonzero((apart <= allowed) & (met >= max(3, len(y_at) / 4)))
    # The transform is cyclic: each index is one shift between the smallest possible and the largest.
    lowest = begin - int(x_at[-1])
    shifts = lowest + (near + begin - lowest) % size
    shifts = shifts[shifts != 0]
    nearest = shifts[np.lexsort((shifts, np.abs(shifts)))]
    return tuple(nearest[:_MOST].tolist())


def _finite(track: Track, since: int) -> tuple[IntArray, FloatArray]:
    first = int(np.searchsorted(track.at, since))
    at, values = track.at[first:], track.lr[first:]
    kept = np.isfinite(values) & (at >= 0)
    return (at, values) if kept.all() else (at[kept], values[kept])


def _largest(values: FloatArray) -> float:
    return max(float(np.abs(values).max()), 1e-300)


def _fast(least: int) -> int:
    """Return a size for which the transform is fast: a power of two, or three quarters of one."""
    size = 1 << max(least - 1, 1).bit_length()
    return size * 3 // 4 if size * 3 // 4 >= least else size
