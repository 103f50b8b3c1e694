"""Whether two pictures look the same, apart from another machine's fonts and rounding."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BLOCK = 8
_LEVELS = 20
"""Of 255: a block whose mean differs by more looks different."""
_SHARE = 0.002
"""Of all blocks that may look different: a label or two that are set otherwise, no curve."""
_PIXELS = 12
"""By which width and height may differ: a label that is wider by a letter moves an edge."""


def looks_like(ours: BinaryIO, theirs: BinaryIO) -> bool:
    """Compare two pictures, as files, by the mean colours of blocks of 8 by 8 pixels; films by their last frames."""
    one, other = _blocks(ours), _blocks(theirs)
    if any(abs(a - b) * _BLOCK > _PIXELS for a, b in zip(one.shape[:2], other.shape[:2], strict=True)):
        return False
    rows, columns = (min(a, b) for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    apart = np.abs(one[:rows, :columns] - other[:rows, :columns]).max(axis=-1)
    return bool((apart > _LEVELS).mean() <= _SHARE)


def _blocks(file: BinaryIO) -> NDArray[np.float64]:
    """Return the mean colour of each block, [rows, columns, RGB]."""
    with Image.open(file) as image:
        image.seek(getattr(image, "n_frames", 1) - 1)
        pixels = np.asarray(image.convert("RGB"), dtype=np.float64)
    rows, columns = (length // _BLOCK for length in pixels.shape[:2])
    cut = pixels[: rows * _BLOCK, : columns * _BLOCK]
    found: NDArray[np.float64] = cut.reshape(rows, _BLOCK, columns, _BLOCK, 3).mean(axis=(1, 3))
    return found
