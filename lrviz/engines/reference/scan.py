"""The curve of a chain: the maps of every row applied one after another, without a Python loop where that is exact.

Where one scheduler acts alone, its values are read, or its factors multiplied, directly. Elsewhere the maps of a
row are composed, and rows fall into kinds:
- scaled:   every map is lr * a               -> a cumulative product
- assigned: the last map sets a value         -> read it
- drawn:    no map magnifies differences (a <= 1) -> composed in blocks
- stepped:  a map with a > 1 about a centre or a shift, or a reduction -> one row at a time, in torch's
  own order of operations: rounding is amplified there, and only the same order gives the same digits
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrviz.foundation.beats import Beats, array, between, index, since
from lrviz.results import FloatArray
from lrviz.schedulers.maps import KEEP, Affine

Reduction = Callable[[float, int], float]
"""lr and the index of its group -> lr after a reduction."""


class Kind(IntEnum):
    """How the lr of the next row is found."""

    SCALED = 0
    ASSIGNED = 1
    DRAWN = 2
    STEPPED = 3


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to lr after each row of `when`: the maps of one turn, or `reduce` where `reduces` is true."""

    when: Beats
    affine: Affine = KEEP
    reduce: Reduction | None = None
    reduces: NDArray[np.bool_] | None = None

    def between(self, start: int, stop: int) -> Action:
        """Return the part of it that acts after the rows from start to stop."""
        first, last = between(self.when, start, stop)
        if first == 0 and last >= len(self.when):
            return self

        def cut(part: FloatArray | float) -> FloatArray | float:
            return part[first:last] if isinstance(part, np.ndarray) and part.ndim == 2 and len(part) > 1 else part

        own = self.affine
        affine = Affine(cut(own.scale), cut(own.centre), cut(own.shift))
        reduces = None if self.reduces is None else self.reduces[first:last]
        return Action(self.when[first:last], affine, self.reduce, reduces)

    def since(self, start: int) -> Action:
        """Return the part of it that acts from a moment on, counted from there, for groups that are all equal."""
        kept = self.between(start, max(start, int(self.when[-1]) + 1))

        def alike(part: FloatArray | float) -> FloatArray | float:
            return part[..., :1] if isinstance(part, np.ndarray) and part.ndim else part

        own = kept.affine
        affine = Affine(alike(own.scale), alike(own.centre), alike(own.shift))
        return Action(since(kept.when, start), affine, kept.reduce, kept.reduces)


def curve(lr: FloatArray, actions: Sequence[Action], rows: int) -> FloatArray:
    """Return the lr in force in each row, [rows, groups].

    lr: a row, in force in row 0; actions: in the order in which they act after a row. Actions
    after the last row are left out: no update is made with their result.
    """
    out = np.empty((rows, len(lr)))
    out[0] = lr
    with np.errstate(all="ignore"):
        for start, stop, near in _stretches(actions, rows - 1):
            acting = [part for part in (one.between(start, stop) for one in near) if len(part.when)]
            if not _alone(out, acting, start, stop):
                _composed(out, acting, start, stop)
    return out


def _stretches(actions: Sequence[Action], steps: int) -> Iterator[tuple[int, int, list[Action]]]:
    """Yield start and stop of the stretches in which the same actions act, and these in their order."""
    begin, end = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for number, action in enumerate(actions):
        begin[min(int(action.when[0]), steps)].append(number)
        end[min(int(action.when[-1]) + 1, steps)].append(number)
    acting: set[int] = set()
    for start, stop in pairwise(sorted({0, steps, *begin, *end})):
        acting = (acting - set(end[start])) | set(begin[start])
        yield start, stop, [actions[number] for number in sorted(acting)]


def _alone(out: FloatArray, acting: Sequence[Action], start: int, stop: int) -> bool:
    """Fill a stretch in which at most one action acts, by values or by factors alone; return whether it is one."""
    following = out[start + 1 : stop + 1]
    if not any(one.reduces is None or one.reduces.any() for one in acting):
        following[:] = out[start]
        return True
    scale, centre, shift = acting[0].affine.scale, acting[0].affine.centre, acting[0].affine.shift
    if len(acting) > 1 or acting[0].reduce is not None or len(acting[0].when) != stop - start:
        return False
    if np.ndim(scale) == 0 and scale == 0:
        following[:] = centre + shift
        return True
    if np.ndim(centre) == 2 or np.any(shift) or (np.any(centre) and np.abs(scale).max() > 1):
        return False
    before = out[start].copy()
    from_centre = out[start : stop + 1]
    from_centre[0] -= centre
    following[:] = scale
    np.multiply.accumulate(from_centre, axis=0, out=from_centre)
    if np.any(centre):
        from_centre += centre
    from_centre[0] = before
    return True


def _composed(out: FloatArray, acting: Sequence[Action], start: int, stop: int) -> None:
    """Fill a stretch by the composed maps of its rows."""
    scale, shift, kinds = _compositions(acting, start, stop)
    edges = np.flatnonzero(np.diff(kinds)) + 1
    if len(edges) * 64 > stop - start:
        # Runs of only a few rows would cost more than the rows themselves.
        _stepped(out, acting, start, stop)
        return
    for first, last in pairwise([0, *edges.tolist(), stop - start]):
        run = slice(start + first + 1, start + last + 1)
        match kinds[first]:
            case Kind.SCALED:
                out[run] = scale[first:last]
                np.multiply.accumulate(out[start + first : run.stop], axis=0, out=out[start + first : run.stop])
            case Kind.ASSIGNED:
                out[run] = shift[first:last]
            case Kind.DRAWN:
                out[run] = _in_blocks(out[start + first], scale[first:last], shift[first:last])
            case _:
                _stepped(out, [one.between(start + first, start + last) for one in acting], start + first, start + last)


def _compositions(acting: Sequence[Action], start: int, stop: int) -> tuple[FloatArray, FloatArray, NDArray[np.int8]]:
    """Return scale and shift of all maps of a row in one, [n, 1 or groups], and the kind of each row."""
    rows = stop - start
    parts = [np.shape(part) for one in acting for part in (one.affine.scale, one.affine.centre, one.affine.shift)]
    width = max((shape[-1] for shape in parts if shape), default=1)
    scale, shift = np.ones((rows, width)), np.zeros((rows, width))
    stepped = np.zeros(rows, dtype=bool)
    for action in acting:
        here = index(action.when, start)
        if action.reduces is not None:
            stepped[here] |= action.reduces
            continue
        a, centre, own = action.affine.scale, action.affine.centre, action.affine.shift
        moves = np.any(centre) or np.any(own)
        if moves:
            apart = (np.abs(a) > 1) & ((centre != 0) | (own != 0))
            stepped[here] |= np.broadcast_to(apart, (len(action.when), width)).any(axis=1)
        scale[here] *= a
        shift[here] = a * (shift[here] - centre) + centre + own if moves else a * shift[here]
    kinds = np.full(rows, Kind.DRAWN, dtype=np.int8)
    kinds[(shift == 0).all(axis=1)] = Kind.SCALED
    kinds[(scale == 0).all(axis=1)] = Kind.ASSIGNED
    kinds[stepped] = Kind.STEPPED
    return scale, shift, kinds


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


def _stepped(out: FloatArray, acting: Sequence[Action], start: int, stop: int) -> None:
    """Fill the rows after rows `start` to `stop` one at a time, with the actions in their order."""
    acting = [one for one in acting if len(one.when)]
    for group in range(out.shape[1]):
        streams = [list(_stream(one, start, stop, group)) for one in acting]
        lr, filled = float(out[start, group]), []
        for maps in zip(*streams, strict=True):
            for a, centre, shift, reduce in maps:
                lr = a * (lr - centre) + centre + shift if reduce is None else reduce(lr, group)
            filled.append(lr)
        out[start + 1 : stop + 1, group] = filled


def _stream(
    action: Action, start: int, stop: int, group: int
) -> Iterator[tuple[float, float, float, Reduction | None]]:
    """Yield scale, centre and shift of one action in one group, and its reduction, for every row from start to stop."""
    here = index(action.when, start)
    columns = []
    for part, idle in ((action.affine.scale, 1.0), (action.affine.centre, 0.0), (action.affine.shift, 0.0)):
        column = np.full(stop - start, idle)
        width = np.shape(part)[-1] if np.ndim(part) else 1
        column[here] = np.broadcast_to(part, (len(action.when), width))[:, group if width > 1 else 0]
        columns.append(column.tolist())
    reduces: list[Reduction | None] = [None] * (stop - start)
    if action.reduces is not None:
        for marked in array(action.when)[action.reduces].tolist():
            reduces[marked - start] = action.reduce
    return zip(*columns, reduces, strict=True)
