"""TFRecord, the framing of TensorBoard's event files: each record with its length and the checksums of both."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lrviz.foundation.arrays import BoolArray, ByteArray, IntArray, np

HEAD, TAIL = 12, 4
"""Bytes around a record: its length (u64) and the checksum of that; the checksum of the record."""
_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


def _table() -> IntArray:
    """Return CRC-32C of each byte."""
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, (crc >> 1) ^ np.uint32(_POLYNOMIAL), crc >> 1)
    return crc.astype(np.int64)


def masked_crc(rows: ByteArray) -> IntArray:
    """Return the checksum, as TFRecord writes it, of each row of bytes [rows, length]: CRC-32C, rotated and shifted."""
    table = _table()
    crc = np.full(len(rows), 0xFFFFFFFF, np.int64)
    for column in np.ascontiguousarray(rows.T):
        crc = table[(crc ^ column) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF


def is_framed(head: bytes) -> bool:
    """Return whether bytes begin like a file of records: no other file has that checksum."""
    if len(head) < HEAD:
        return False
    length = np.frombuffer(head[:8], np.uint8)[None, :]
    return int(masked_crc(length)[0]) == int.from_bytes(head[8:HEAD], "little")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """The whole records of a file. starts, lengths: [records], in bytes; ended: why the rest is left out, or ""."""

    raw: ByteArray
    starts: IntArray
    lengths: IntArray
    ended: str

    def rows(self, which: IntArray) -> ByteArray:
        """Return records of one length as rows of bytes [which, length]."""
        rows: ByteArray = self.raw[self.starts[which][:, None] + np.arange(int(self.lengths[which[0]]))]
        return rows

    def whole(self, which: IntArray) -> BoolArray:
        """Return which of some records of one length have the checksum that is written behind them."""
        stored = self.starts[which] + self.lengths[which]
        told = np.ascontiguousarray(self.raw[stored[:, None] + np.arange(TAIL)]).view("<u4")[:, 0]
        whole: BoolArray = masked_crc(self.rows(which)) == told
        return whole


def records(raw: ByteArray) -> Records:
    """Return the records of a file's bytes, up to where it is cut or damaged."""
    view, size, at = raw.data, len(raw), 0
    length_at = struct.Struct("<Q").unpack_from
    starts: list[int] = []
    ended = ""
    while at < size:
        if at + HEAD > size:
            ended = "cut in the middle of a record"
            break
        (length,) = length_at(view, at)
        after = at + HEAD + length + TAIL
        if after > size:
            # A length that is damaged leads anywhere.
            whole = is_framed(bytes(view[at : at + HEAD]))
            ended = "cut in the middle of a record" if whole else f"damaged at byte {at}"
            break
        starts.append(at)
        at = after
    found = np.array(starts, np.int64)
    ends = np.append(found[1:], at)
    if len(found):
        heads = raw[found[:, None] + np.arange(HEAD)]
        good = masked_crc(heads[:, :8]) == np.ascontiguousarray(heads[:, 8:]).view("<u4")[:, 0]
        if not good.all():
            bad = int(good.argmin())
            ended = f"damaged at byte {int(found[bad])}"
            found, ends = found[:bad], ends[:bad]
    return Records(raw, found + HEAD, ends - found - HEAD - TAIL, ended)
