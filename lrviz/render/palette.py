"""A PNG of few colours: a third of the bytes, and nobody sees the difference."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from lrviz.render.png import Pixels

COLOURS = 128
_BITS = 6
"""A channel: 64 levels are finer than what is drawn, and far fewer colours are to be told apart."""


def save_palette(pixels: Pixels, dpi: float, stream: BinaryIO) -> None:
    """Write pixels, [height, width, RGBA], as a PNG with a palette; the same bytes for the same pixels.

    The colours are those that cover all that occur best, so that a thin line keeps its own beside a large
    ground. White stays white.
    """
    from PIL import Image

    coarse = pixels[..., :3] & (0xFF << (8 - _BITS) & 0xFF)
    coarse |= coarse >> _BITS
    image = Image.fromarray(np.ascontiguousarray(coarse)).quantize(
        COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
    image.save(stream, "PNG", compress_level=9, dpi=(dpi, dpi))
