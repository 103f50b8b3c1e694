"""Results in a few bytes: a hash that changes with any number in them, and samples that show by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from lrviz.gallery.facts import Samples
from lrviz.results import FloatArray

_ROWS = 9


def digest(result: Any) -> str:
    """Return a hash of a result: of every array, number and word in it, whatever holds them."""
    state = blake2b(digest_size=8)
    for part in _parts(result):
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def _parts(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for field in (one for one in fields(value) if one.compare):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield b"{"
        for key, inner in value.items():
            yield str(key).encode()
            yield from _parts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield f"[{len(value)}".encode()
        for inner in value:
            yield from _parts(inner)
    else:
        yield f"{type(value).__name__} {value!r}".encode()


def sampled(table: FloatArray) -> tuple[float | None, ...]:
    """Return a few rows of a table, [rows, ...], as six digits; what is not finite is None."""
    rows = np.unique(np.linspace(0, len(table) - 1, _ROWS).astype(np.int64)) if len(table) else np.arange(0)
    return tuple(float(f"{value:.6g}") if math.isfinite(value) else None for value in np.ravel(table[rows]).tolist())


def alike(ours: Samples, theirs: Samples) -> bool:
    """Whether samples of two results agree, up to the rounding of other machines."""
    if ours.keys() != theirs.keys():
        return False
    for name, samples in ours.items():
        others = theirs[name]
        if [one is None for one in samples] != [one is None for one in others]:
            return False
        pairs = [(one, other) for one, other in zip(samples, others, strict=True) if one is not None]
        largest = max((abs(one) for one, _ in pairs), default=0.0)
        if any(abs(one - (other or 0.0)) > _APART * largest for one, other in pairs):
            return False
    return True


_APART = 1e-4
"""Relative to the largest sample: less than a pixel of any picture."""
