"""Pictures and films of few colours: a third of the bytes, without a visible difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Packed = NDArray[np.uint32]

_COMMON, _OTHERS, _SHADED = 48, 32, 200
"""Colours that most pixels have are kept exactly; the rest share those that cover them best.

The rest are the edges of shapes, for which a few suffice, or a shaded surface, if many pixels have them.
"""
_EDGES = 0.1
"""The largest share of the pixels that edges have."""


def packed(pixels: Pixels) -> Packed:
    """Return the colours of pixels [height, width, RGBA] as numbers: red, then green, then blue from the low end."""
    found: Packed = np.ascontiguousarray(pixels).view("<u4")[..., 0] & np.uint32(0xFFFFFF)
    return found


class Palette:
    """At most 80 colours that stand for all of a picture, or 248 where much of it is shaded.

    pixels: [height, width, RGBA]; given: colours it must hold, as "#rrggbb". The same palette for the same pixels.
    """

    def __init__(self, pixels: Pixels, given: Sequence[str] = ()) -> None:
        colours, counts = np.unique(packed(pixels), return_counts=True)
        # Among equally common colours the order must not depend on where they are found.
        order = np.lexsort((colours, -counts))
        known = _channels(colours[order])
        asked = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in given], dtype=np.uint8)
        common = _COMMON - len(given)
        others = _SHADED if counts[order][common:].sum() > _EDGES * counts.sum() else _OTHERS
        self.entries: Pixels = np.concatenate([asked.reshape(-1, 3), _chosen(known, common, others)])

    def indices(self, colours: Packed) -> NDArray[np.uint8]:
        """Return the index of the nearest entry to each colour, in the shape of `colours`."""
        distinct, inverse = np.unique(colours, return_inverse=True)
        ours, theirs = _channels(distinct).astype(np.float32), self.entries.astype(np.float32)
        apart = (theirs**2).sum(axis=1)[None] - 2 * ours @ theirs.T
        found: NDArray[np.uint8] = apart.argmin(axis=1).astype(np.uint8)[inverse].reshape(colours.shape)
        return found

    def image(self, indices: NDArray[np.uint8]) -> Any:
        """Return Pillow's image of indices, [height, width]; the index after the last entry may mean transparent."""
        image = Image.frombytes("P", (indices.shape[1], indices.shape[0]), indices.tobytes())
        image.putpalette([*self.entries.ravel().tolist(), 0, 0, 0])
        return image


def save_palette(pixels: Pixels, dpi: float, stream: BinaryIO) -> None:
    """Write pixels, [height, width, RGBA], as a PNG with a palette; the same bytes for the same pixels."""
    palette = Palette(pixels)
    palette.image(palette.indices(packed(pixels))).save(stream, "PNG", compress_level=9, dpi=(dpi, dpi))


def _channels(colours: Packed) -> Pixels:
    return colours.astype("<u4")[:, None].view(np.uint8)[:, :3]


def _chosen(known: Pixels, common: int, others: int) -> Pixels:
    """Return a palette, [colours, RGB], for colours that are known, the most common first."""
    if len(known) <= common + others:
        return known
    rest = Image.fromarray(np.ascontiguousarray(known[None, common:]))
    few = rest.quantize(others, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    shared = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)[:others]
    return np.concatenate([known[:common], shared])
