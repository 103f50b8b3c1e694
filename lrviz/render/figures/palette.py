"""A PNG of few colours: a third of the bytes, and nobody sees the difference."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lrviz.render.figures.png import Pixels

_COMMON, _OTHERS = 48, 32
"""Colours that most pixels have are kept exactly; the rest, edges mostly, share those that cover them best."""


def save_palette(pixels: Pixels, dpi: float, stream: BinaryIO) -> None:
    """Write pixels, [height, width, RGBA], as a PNG with a palette; the same bytes for the same pixels."""
    from PIL import Image

    packed = np.ascontiguousarray(pixels).view("<u4")[..., 0] & np.uint32(0xFFFFFF)
    colours, counts = np.unique(packed, return_counts=True)
    # Among equally common colours the order must not depend on where they are found.
    colours = colours[np.lexsort((colours, -counts))]
    known = colours[:, None].view(np.uint8)[:, :3]
    palette = _palette(known)
    nearest = np.zeros(1 << 24, dtype=np.uint8)
    nearest[colours] = _nearest(known, palette)
    places = nearest[packed]
    image = Image.frombytes("P", (places.shape[1], places.shape[0]), places.tobytes())
    image.putpalette(palette.ravel().tolist())
    image.save(stream, "PNG", compress_level=9, dpi=(dpi, dpi))


def _palette(known: Pixels) -> Pixels:
    """Return a palette, [colours, RGB], for colours that are known, the most common first."""
    from PIL import Image

    if len(known) <= _COMMON + _OTHERS:
        return known
    rest = Image.fromarray(np.ascontiguousarray(known[None, _COMMON:]))
    few = rest.quantize(_OTHERS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    others = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)[:_OTHERS]
    return np.concatenate([known[:_COMMON], others])


def _nearest(colours: Pixels, palette: Pixels) -> NDArray[np.uint8]:
    """Return the place of the nearest entry of a palette to each colour, [colours]."""
    ours, theirs = colours.astype(np.float32), palette.astype(np.float32)
    apart = (theirs**2).sum(axis=1)[None] - 2 * ours @ theirs.T
    found: NDArray[np.uint8] = apart.argmin(axis=1).astype(np.uint8)
    return found
