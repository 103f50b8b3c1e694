"""The curve of a chain: every row's maps composed and applied, without a Python loop where that is exact.

Rows fall into kinds, by the maps that act after them:
- scaled:     every map is lr * a                    -> a cumulative product
- assigned:   the last word is a value               -> read it
- drawn:      no map pulls lr apart (a <= 1)         -> composed in blocks
- stepped:    a map with a > 1 about a centre or a shift, or a reduction -> one row at a time, in torch's
  own order of operations, because there rounding is amplified and only the same order gives the same digits
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from lrviz.results import FloatArray
from lrviz.schedulers.maps import Affine

Reduction = Callable[[float, int], float]
"""lr and the index of its group -> lr after a reduction."""


class Kind(IntEnum):
    """How the lr is found in the row after one."""

    SCALED = 0
    ASSIGNED = 1
    DRAWN = 2
    STEPPED = 3


@dataclass(frozen=True, slots=True)
class Action:
    """The maps of one turn, or the reductions of ReduceLROnPlateau: what happens after which rows."""

    when: range
    affine: Affine | None = None
    reduce: Reduction | None = None
    rows: frozenset[int] = field(default_factory=frozenset)
    """The rows after which `reduce` acts."""


def curve(lr: FloatArray, actions: Sequence[Action], rows: int) -> FloatArray:
    """Return the lr in force in each row, [rows, groups].

    lr: a row, in force in row 0; actions: in the order in which they act after a row. The actions
    after the last row are left out: no update is made with what they give.
    """
    steps = rows - 1
    scale, shift, kinds = _composed(actions, steps, len(lr))
    out = np.empty((rows, len(lr)))
    out[0] = lr
    edges = np.flatnonzero(np.diff(kinds)) + 1
    if len(edges) * 64 > steps:
        # A run for every few rows would cost more than the rows themselves.
        _stepped(out, actions, 0, steps)
        return out
    bounds = [0, *edges.tolist(), steps] if steps else []
    with np.errstate(all="ignore"):
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True):
            match kinds[start]:
                case Kind.SCALED:
                    out[start + 1 : stop + 1] = scale[start:stop]
                    np.multiply.accumulate(out[start : stop + 1], axis=0, out=out[start : stop + 1])
                case Kind.ASSIGNED:
                    out[start + 1 : stop + 1] = shift[start:stop]
                case Kind.DRAWN:
                    out[start + 1 : stop + 1] = _in_blocks(out[start], scale[start:stop], shift[start:stop])
                case _:
                    _stepped(out, actions, start, stop)
    return out


def _composed(actions: Sequence[Action], steps: int, groups: int) -> tuple[FloatArray, FloatArray, NDArray[np.int8]]:
    """Return scale and shift of all maps of a row in one, [steps, 1 or groups], and the kind of each row."""
    parts = [part for one in actions if one.affine for part in (one.affine.scale, one.affine.centre, one.affine.shift)]
    width = max((np.shape(part)[-1] for part in parts if np.ndim(part)), default=1)
    scale, shift = np.ones((steps, width)), np.zeros((steps, width))
    stepped = np.zeros(steps, dtype=bool)
    for action in actions:
        if action.affine is None:
            stepped[[row for row in action.rows if row < steps]] = True
            continue
        when = action.when[: len(range(action.when.start, min(action.when.stop, steps), action.when.step))]
        if not when:
            continue
        here, many = slice(when.start, when.stop, when.step), len(when)
        a, centre, own = (_rows(part, many) for part in (action.affine.scale, action.affine.centre, action.affine.shift))
        moved = np.any(centre) or np.any(own)
        if moved:
            apart = (np.abs(a) > 1) & ((centre != 0) | (own != 0))
            stepped[here] |= np.broadcast_to(apart, (many, np.shape(apart)[-1])).any(axis=1)
        scale[here] *= a
        shift[here] = a * (shift[here] - centre) + centre + own if moved else a * shift[here]
    kinds = np.full(steps, Kind.DRAWN, dtype=np.int8)
    kinds[(shift == 0).all(axis=1)] = Kind.SCALED
    kinds[(scale == 0).all(axis=1)] = Kind.ASSIGNED
    kinds[stepped] = Kind.STEPPED
    return scale, shift, kinds


def _rows(part: FloatArray | float, many: int) -> FloatArray | float:
    """Return the first rows of a part of a map; what is the same in every row stays as it is."""
    return part[:many] if isinstance(part, np.ndarray) and part.ndim == 2 and len(part) > 1 else part


def _in_blocks(lr: FloatArray, scale: FloatArray, shift: FloatArray) -> FloatArray:
    """Apply maps one after another to a row, [n, groups]: in blocks of sqrt(n) side by side, then block after block."""
    rows = len(scale)
    length = max(1, int(np.sqrt(rows)))
    blocks = -(-rows // length)
    spare = blocks * length - rows

    def laid(part: FloatArray, filler: float) -> FloatArray:
        padded = np.pad(part, ((0, spare), (0, 0)), constant_values=filler)
        return np.ascontiguousarray(padded.reshape(blocks, length, -1).swapaxes(0, 1))

    a, b = laid(scale, 1.0), laid(shift, 0.0)
    for position in range(1, length):
        b[position] += a[position] * b[position - 1]
        a[position] *= a[position - 1]
    starts = np.empty((blocks, len(lr)))
    for block in range(blocks):
        starts[block] = lr
        lr = a[-1, block] * lr + b[-1, block]
    return (a * starts + b).swapaxes(0, 1).reshape(blocks * length, -1)[:rows]


def _stepped(out: FloatArray, actions: Sequence[Action], start: int, stop: int) -> None:
    """Fill the rows after rows `start` to `stop`, one at a time, each action in its turn."""
    acting = [one for one in actions if one.when.start < stop and one.when and one.when[-1] >= start]
    for group in range(out.shape[1]):
        streams = [_stream(one, start, stop, group) for one in acting]
        lr, filled = float(out[start, group]), []
        if len(streams) == 1 and acting[0].affine is not None:
            for a, centre, shift in streams[0]:
                lr = a * (lr - centre) + centre + shift
                filled.append(lr)
        else:
            for row, maps in enumerate(zip(*streams, strict=True), start=start):
                for action, (a, centre, shift) in zip(acting, maps, strict=True):
                    if action.reduce is None:
                        lr = a * (lr - centre) + centre + shift
                    elif row in action.rows:
                        lr = action.reduce(lr, group)
                filled.append(lr)
        out[start + 1 : stop + 1, group] = filled


def _stream(action: Action, start: int, stop: int, group: int) -> list[tuple[float, float, float]]:
    """Return scale, centre and shift of one action in one group, for every row from start to stop."""
    columns = []
    affine = action.affine or Affine()
    first = max(0, -(-(start - action.when.start) // action.when.step))
    last = max(first, -(-(stop - action.when.start) // action.when.step))
    when = action.when[first:last]
    for part, idle in ((affine.scale, 1.0), (affine.centre, 0.0), (affine.shift, 0.0)):
        column = np.full(stop - start, idle)
        full = np.broadcast_to(np.asarray(part, dtype=np.float64), (len(action.when), out_width(part)))
        column[[row - start for row in when] if action.when.step > 1 else slice(when.start - start, when.stop - start)] = full[
            first:last, group if full.shape[1] > 1 else 0
        ]
        columns.append(column.tolist())
    return list(zip(*columns, strict=True))


def out_width(part: FloatArray | float) -> int:
    """Return how many groups a part of a map tells apart."""
    return int(np.shape(part)[-1]) if np.ndim(part) else 1
