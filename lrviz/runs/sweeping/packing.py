"""Arrays of a tile as bytes: an npz file that NumPy reads, with a checksum, and without a pickle."""

from __future__ import annotations

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np

_CHECKSUM = "sha256"


class Damaged(Exception):
    """Bytes that are not those of a tile, as they were written."""


def packed(arrays: Mapping[str, Any], key: str) -> bytes:
    """Return arrays as the bytes of an npz file; key: the name of the tile, which its checksum holds too."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **{**arrays, _CHECKSUM: np.frombuffer(_sum(arrays, key), dtype=np.uint8)})
    return stream.getvalue()


def unpacked(data: bytes, key: str) -> dict[str, Any]:
    """Return the arrays in bytes; raises Damaged where those are not what was written under this name."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as known:
            arrays = {name: known[name] for name in known.files}
        told = arrays.pop(_CHECKSUM).tobytes()
    except Exception as error:
        # One flipped bit makes a file encrypted, another one compressed by what nobody knows: readers raise anything.
        raise Damaged(str(error)) from None
    if told != _sum(arrays, key):
        raise Damaged("its checksum is another one")
    return arrays


def _sum(arrays: Mapping[str, Any], key: str) -> bytes:
    state = sha256(key.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        state.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        state.update(array.tobytes())
    return state.digest()
