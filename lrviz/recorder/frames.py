"""The frames of a recording file: read, checked, and completed with what an ended process had not written yet.

The format is described in docs/recording-format.md, and written by the probe.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.recorder.probe.lrviz_probe.writer import (
    BLOCK,
    HEAD,
    MAGIC,
    OPERATIONS,
    TAIL_SIZE,
    block,
    frame,
)

VALUES_OF = np.array([0, 0, 1, 1, 0, 0, 2, 0], dtype=np.uint8)
"""How many values an operation of each kind takes."""
_TAIL_HEAD = struct.Struct("<4Qd")
_OPERATIONS_AT = 64
_TOGETHER = 128
"""How many blocks are expanded at once: a million operations."""
_FAMILY = MAGIC[:-1]


def is_recording(path: Path) -> bool:
    """Return whether a file begins like a recording of any version."""
    try:
        with path.open("rb") as file:
            return file.read(len(_FAMILY)) == _FAMILY
    except OSError:
        return False


Block = tuple[NDArray[np.uint32], NDArray[np.float64]]
"""Operations, and their values."""


@dataclass(slots=True)
class Stream:
    """What one process wrote: events in their order, and the payloads of its blocks."""

    events: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[memoryview] = field(default_factory=list)
    last: float = 0.0
    """The time of the last update."""

    def chunks(self) -> Iterator[Block]:
        """Yield the operations and values of some blocks at a time.

        Raises ValueError, struct.error or zlib.error where a block is damaged.
        """
        for start in range(0, len(self.blocks), _TOGETHER):
            known = [_inflated(each) for each in self.blocks[start : start + _TOGETHER]]
            yield np.concatenate([each for each, _ in known]), np.concatenate([each for _, each in known])


class _Frame(NamedTuple):
    kind: bytes
    process: int
    payload: memoryview
    end: int


class _Damage(Exception):
    """A fault of a file; at: its byte."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def streams(path: Path, source: str) -> tuple[dict[int, Stream], bool]:
    """Return the stream of each process in a recording, in the order of their starts; and whether it is cut off.

    Raises DocumentError where the file cannot be read, is of another version, or is damaged.
    """
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise DocumentError(Fault(source, "", f"cannot be read: {error.strerror or error}")) from None
    found: dict[int, Stream] = {}
    end = 0
    try:
        for each in _frames(data):
            stream = found.setdefault(each.process, Stream())
            if each.kind == b"E":
                stream.events.append(json.loads(bytes(each.payload)))
            elif each.kind == b"B":
                _add_block(stream, each)
            else:
                raise _Damage(end)
            end = each.end
    except _Damage as damage:
        raise DocumentError(Fault(source, "", _told(data, damage.at))) from None
    except (ValueError, RecursionError, struct.error, zlib.error):
        raise DocumentError(Fault(source, "", _told(data, end))) from None
    return found, end < len(data)


def _told(data: memoryview, at: int) -> str:
    if at == 0 and bytes(data[: len(_FAMILY)]) == _FAMILY and len(data) >= len(MAGIC) and data[3] != MAGIC[-1]:
        return f"a recording of format version {data[3]}; this lrviz reads version {MAGIC[-1]}"
    return f"not a recording, or damaged at byte {at:,}"


def _frames(data: memoryview) -> Iterator[_Frame]:
    """Yield the whole frames of a file, without one that is cut off at its end.

    Raises _Damage at anything else.
    """
    at = 0
    while at < len(data):
        if bytes(data[at : at + len(MAGIC)]) != MAGIC[: len(data) - at]:
            raise _Damage(at)
        if len(data) - at < HEAD.size:
            return
        _, kind, process, length, check = HEAD.unpack_from(data, at)
        end = at + HEAD.size + length
        if end > len(data):
            if MAGIC in bytes(data[at + 1 :]):
                raise _Damage(at)
            return
        payload = data[at + HEAD.size : end]
        if zlib.crc32(payload, zlib.crc32(struct.pack("<cQ", kind, process))) != check:
            raise _Damage(at)
        yield _Frame(kind, process, payload, end)
        at = end


def _add_block(stream: Stream, each: _Frame) -> None:
    number, _, _, stream.last = BLOCK.unpack_from(each.payload)
    if number != len(stream.blocks):
        raise ValueError
    stream.blocks.append(each.payload)


def _inflated(payload: memoryview) -> Block:
    _, operations, values, _ = BLOCK.unpack_from(payload)
    size = operations * 4 + values * 8
    if operations > OPERATIONS or values > 2 * OPERATIONS:
        raise ValueError
    # Data that expand to more than their head states are not a block.
    data = zlib.decompressobj().decompress(payload[BLOCK.size :], size + 1)
    if len(data) != size:
        raise ValueError
    ops = np.frombuffer(data, "<u4", operations)
    if int(VALUES_OF[ops & 7].sum()) != values:
        raise ValueError
    return ops, np.frombuffer(data, "<f8", values, operations * 4)


def complete(path: Path, tails: Path) -> None:
    """Append to a recording what its processes, all ended, had not written yet; cut off an incomplete frame.

    Raises OSError where the disk does not take it.
    """
    with path.open("r+b") as file:
        end, numbers = 0, dict[int, int]()
        try:
            for each in _frames(memoryview(file.read())):
                end = each.end
                if each.kind == b"B":
                    numbers[each.process] = numbers.get(each.process, 0) + 1
        except _Damage:
            # This is reported when the file is read.
            return
        file.truncate(end)
        file.seek(end)
        for tail in sorted(tails.iterdir()):
            rest = _rest(tail, numbers)
            if rest:
                file.write(rest)


def _rest(tail: Path, numbers: dict[int, int]) -> bytes:
    data = tail.read_bytes()
    if len(data) != TAIL_SIZE:
        return b""
    process, number, operations, _, time = _TAIL_HEAD.unpack_from(data)
    if not process or not 0 < operations <= OPERATIONS or number != numbers.get(process, 0):
        return b""
    ops = data[_OPERATIONS_AT : _OPERATIONS_AT + operations * 4]
    values = int(VALUES_OF[np.frombuffer(ops, "<u4") & 7].sum())
    start = _OPERATIONS_AT + OPERATIONS * 4
    found: bytes = frame(b"B", process, block(number, ops, data[start : start + values * 8], time))
    return found
