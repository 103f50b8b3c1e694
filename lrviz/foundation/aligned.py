"""Arrays that begin at a cache line: what NumPy does with two of them, into a third, takes about half the time."""

from __future__ import annotations

import threading

from lrviz.foundation.arrays import FloatArray, np

_LINE = 64
"""Bytes of a cache line, and of the widest registers."""
_MOST = 1 << 20
"""Bytes of the largest array that a thread keeps."""
_SHAPES = 8
"""Shapes of which a thread keeps an array."""


class _Kept(threading.local):
    """What a thread keeps."""

    def __init__(self) -> None:
        self.arrays: dict[tuple[int, ...], FloatArray] = {}


_kept = _Kept()


def empty(shape: tuple[int, ...]) -> FloatArray:
    """Return an array whose values are not set."""
    size = 8 * int(np.prod(shape))
    memory = np.empty(size + _LINE, np.uint8)
    first = -memory.__array_interface__["data"][0] % _LINE
    return memory[first : first + size].view(np.float64).reshape(shape)


def copied(array: FloatArray) -> FloatArray:
    """Return a copy of an array of floats."""
    copy = empty(array.shape)
    copy[...] = array
    return copy


def scratch(like: FloatArray) -> FloatArray:
    """Return an array of the shape of another, its values not set; the thread's next call may return it again."""
    if like.nbytes > _MOST:
        return empty(like.shape)
    arrays = _kept.arrays
    held = arrays.get(like.shape)
    if held is None:
        if len(arrays) == _SHAPES:
            arrays.clear()
        held = arrays[like.shape] = empty(like.shape)
    return held
