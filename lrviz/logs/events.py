"""TensorBoard's events: the scalars of a file by their tags, thousands of records of one shape at a time."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lrviz.foundation.arrays import BoolArray, ByteArray, FloatArray, IntArray, np
from lrviz.logs.frames import Records

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
"""Protocol buffers: how a field is written."""
_WALL, _STEP, _SUMMARY = 1, 2, 5
_VALUE, _TAG, _SIMPLE, _TENSOR = 1, 1, 2, 8
_DTYPE, _CONTENT, _FLOATS, _DOUBLES = 1, 4, 5, 6
"""Numbers of fields: of Event, of Summary and its values, of TensorProto."""
_FLOAT, _DOUBLE = 1, 2
_LARGEST = 1 << 14
"""Bytes of an event that is looked into; larger ones are images, histograms and graphs."""
_SHAPES = 256
"""Shapes of records of one length that are looked for at once; what is left is of no shape, as text is."""

Wanted = Callable[[str], bool]


@dataclass(slots=True)
class Scalars:
    """The values of one tag. order: which record of the file each is of."""

    order: IntArray
    steps: IntArray
    values: FloatArray


@dataclass
class Events:
    """What a file holds. scalars: of the wanted tags; tags: all scalars' tags; ended: as of `Records`."""

    scalars: dict[str, Scalars] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    began: float = float("inf")
    ended: str = ""


@dataclass(slots=True)
class _Shape:
    """Where a record has its numbers. values: tag, place and type of each; step: place and bytes."""

    step: tuple[int, int] = (0, 0)
    wall: int = -1
    values: list[tuple[str, int, str]] = field(default_factory=list)


class _Unreadable(Exception):
    """Bytes that are no message."""


def events(found: Records, wanted: Wanted) -> Events:
    """Return the scalars of records; from the first on that is damaged all are left out."""
    told = Events(ended=found.ended)
    parts: dict[str, list[tuple[IntArray, IntArray, FloatArray]]] = {}
    damaged = len(found.starts)
    for length in np.unique(found.lengths):
        which = np.flatnonzero(found.lengths == length)
        if length > _LARGEST:
            continue
        good = found.whole(which)
        if not good.all():
            damaged = min(damaged, int(which[good.argmin()]))
            which = which[good]
        if len(which):
            _of_one_length(found, which, wanted, told, parts)
    if damaged < len(found.starts):
        told.ended = f"damaged at byte {int(found.starts[damaged])}"
    for tag, pieces in parts.items():
        order, steps, values = (np.concatenate(each) for each in zip(*pieces, strict=True))
        sorted_ = order.argsort(kind="stable")
        sorted_ = sorted_[order[sorted_] < damaged]
        if len(sorted_):
            told.scalars[tag] = Scalars(order[sorted_], steps[sorted_], values[sorted_])
    return told


def _of_one_length(
    found: Records,
    which: IntArray,
    wanted: Wanted,
    told: Events,
    parts: dict[str, list[tuple[IntArray, IntArray, FloatArray]]],
) -> None:
    """Read records of one length, those that differ in their numbers only all at once."""
    rows = found.rows(which)
    for _ in range(_SHAPES):
        if not len(which):
            return
        try:
            shape = _shape(rows[0].tobytes())
        except (_Unreadable, struct.error, UnicodeDecodeError):
            shape = _Shape()
        alike = _alike(rows, shape)
        if shape.wall >= 0:
            told.began = min(told.began, float(_floats(rows[:1], shape.wall, "<f8")[0]))
        at = which[alike]
        for tag, place, kind in shape.values:
            told.tags.add(tag)
            if wanted(tag):
                values = _floats(rows[alike], place, kind)
                parts.setdefault(tag, []).append((at, _varints(rows[alike], *shape.step), values))
        rows, which = rows[~alike], which[~alike]


def _alike(rows: ByteArray, shape: _Shape) -> BoolArray:
    """Return which rows are the first one but for their numbers; of a step the bytes go on in the same places."""
    mask = np.full(rows.shape[1], 0xFF, np.uint8)
    start, long = shape.step
    mask[start : start + long] = 0x80
    if shape.wall >= 0:
        mask[shape.wall : shape.wall + 8] = 0
    for _, place, kind in shape.values:
        mask[place : place + int(kind[-1])] = 0
    alike: BoolArray = (((rows ^ rows[0]) & mask) == 0).all(axis=1)
    return alike


def _floats(rows: ByteArray, place: int, kind: str) -> FloatArray:
    return np.ascontiguousarray(rows[:, place : place + int(kind[-1])]).view(kind)[:, 0].astype(np.float64)


def _varints(rows: ByteArray, place: int, long: int) -> IntArray:
    """Return integers of which each byte holds seven bits, the lowest first; none is 0."""
    found = np.zeros(len(rows), np.uint64)
    for index in range(long):
        found |= (rows[:, place + index].astype(np.uint64) & np.uint64(0x7F)) << np.uint64(7 * index)
    return found.view(np.int64)


def _shape(record: bytes) -> _Shape:
    """Return where an event has its step, its time and its scalars."""
    found = _Shape()
    for number, kind, start, stop in _fields(record, 0, len(record)):
        if (number, kind) == (_WALL, _EIGHT):
            found.wall = start
        elif (number, kind) == (_STEP, _VARINT):
            found.step = (start, stop - start)
        elif (number, kind) == (_SUMMARY, _BYTES):
            for inner, how, begin, end in _fields(record, start, stop):
                if (inner, how) == (_VALUE, _BYTES):
                    found.values += _scalar(record, begin, end)
    return found


def _scalar(record: bytes, start: int, stop: int) -> Iterator[tuple[str, int, str]]:
    """Yield the tag of a value, where its number is and how it is written; nothing where it is no scalar."""
    tag, place, kind = "", -1, ""
    for number, how, begin, end in _fields(record, start, stop):
        if (number, how) == (_TAG, _BYTES):
            tag = record[begin:end].decode()
        elif (number, how) == (_SIMPLE, _FOUR):
            place, kind = begin, "<f4"
        elif (number, how) == (_TENSOR, _BYTES):
            place, kind = _tensor(record, begin, end)
    if place >= 0:
        yield tag, place, kind


def _tensor(record: bytes, start: int, stop: int) -> tuple[int, str]:
    """Return where the one number of a tensor is, -1 where it holds another count or type."""
    dtype = 0
    for number, how, begin, end in _fields(record, start, stop):
        if (number, how) == (_DTYPE, _VARINT):
            dtype = record[begin]
        kind, own = {_FLOAT: ("<f4", _FLOATS), _DOUBLE: ("<f8", _DOUBLES)}.get(dtype, ("", 0))
        long = int(kind[-1]) if kind else -1
        # Numbers are packed, or one by one, or the bytes of the array.
        if number in {own, _CONTENT} and end - begin == long and how in {_BYTES, _FOUR, _EIGHT}:
            return begin, kind
    return -1, ""


def _fields(record: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the fields of a message: number, how it is written, and where its contents begin and end."""
    while at < stop:
        key, at = _varint(record, at)
        kind = key & 7
        if kind == _VARINT:
            _, after = _varint(record, at)
        elif kind == _EIGHT:
            after = at + 8
        elif kind == _BYTES:
            long, at = _varint(record, at)
            after = at + long
        elif kind == _FOUR:
            after = at + 4
        else:
            raise _Unreadable
        if after > stop:
            raise _Unreadable
        yield key >> 3, kind, at, after
        at = after


def _varint(record: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        if at >= len(record) or shift > 63:
            raise _Unreadable
        byte = record[at]
        found |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return found, at
