"""A PNG whose lower edge comes late: everything above it is compressed before."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
LEVEL = 6


class LatePng:
    """Compresses all rows of `pixels` [height, width, RGBA] but the last `late` ones.

    `write` adds those and writes an RGB file, so that it costs the time of a few rows only. Rows are
    stored without prediction, which suits flat areas and thin lines.
    """

    def __init__(self, pixels: Pixels, late: int, dpi: float) -> None:
        self._late, self._dpi = late, dpi
        self._size = (pixels.shape[1], pixels.shape[0])
        self._packer = zlib.compressobj(LEVEL)
        self._early = self._packer.compress(_rows(pixels[:-late]))

    def write(self, pixels: Pixels, stream: BinaryIO) -> None:
        """Write the file with the last rows of `pixels`; its other rows are those given before."""
        packer = self._packer.copy()
        packed = self._early + packer.compress(_rows(pixels[-self._late :])) + packer.flush()
        per_metre = round(self._dpi / 0.0254)
        stream.write(b"\x89PNG\r\n\x1a\n")
        stream.write(_chunk(b"IHDR", struct.pack(">IIBBBBB", *self._size, 8, 2, 0, 0, 0)))
        stream.write(_chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)))
        stream.write(_chunk(b"IDAT", packed))
        stream.write(_chunk(b"IEND", b""))


def _rows(pixels: Pixels) -> bytes:
    """Return RGB rows, each after the byte that says it is not predicted."""
    high, wide, _ = pixels.shape
    rows = np.zeros((high, 1 + 3 * wide), dtype=np.uint8)
    rows[:, 1:] = pixels[..., :3].reshape(high, 3 * wide)
    return rows.tobytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
