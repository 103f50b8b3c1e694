"""How much room text takes, and text cut into lines that fit: known before anything is drawn."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

LEADING = 1.3
"""Height of a line of text over its font size."""
_SURE = 0.98
"""A guess at a line's width below this share of the room fits in it, and one as far above does not."""


@contextmanager
def missing_glyphs_shown_as_boxes() -> Iterator[None]:
    """Silence matplotlib's warning about letters its font lacks: the box drawn in their place shows it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        yield


def resolution(ax: Axes) -> float:
    """Return the dots per inch of the figure that `ax` is in."""
    return float(ax.figure.dpi)


def width(text: str, size: float, dpi: float, weight: str = "normal") -> float:
    """Return the width in pixels of one line of `text` at `size` points, in the font now set."""
    return _measured(text, size, dpi, weight, rcParams["text.hinting"], str(rcParams["font.family"]))


@lru_cache(maxsize=4096)
def _measured(text: str, size: float, dpi: float, weight: str, *_settings: object) -> float:
    with missing_glyphs_shown_as_boxes():
        font = FontProperties(size=size, weight=weight)
        wide, _, _ = _ruler(dpi).get_text_width_height_descent(text, font, False)
        return float(wide)


@lru_cache(maxsize=4)
def _ruler(dpi: float) -> RendererAgg:
    return RendererAgg(1, 1, dpi)


def height(size: float, dpi: float, lines: int = 1) -> float:
    """Return the height in pixels that `lines` lines take at `size` points."""
    return lines * LEADING * size * dpi / 72


def wrap(text: str, room: float, size: float, dpi: float, *, most: int, weight: str = "normal") -> list[str]:
    """Cut `text` into at most `most` lines of at most `room` pixels; what does not fit ends in an ellipsis.

    Lines break at spaces, but not at no-break spaces, and inside a word only where the word alone is too
    long: then after a colon, comma or slash where it has one.
    """
    if _fits(text, room, size, dpi, weight):
        return [text]
    lines, long = [""], 0.0
    space = width("n n", size, dpi, weight) - width("nn", size, dpi, weight)
    for whole in re.findall(r"[\S\N{NO-BREAK SPACE}]+", text):
        word = whole
        # Except for kerning, a line is as long as its words together: only a close call is measured as a whole.
        guess = long + (space if lines[-1] else 0.0) + width(word, size, dpi, weight)
        longer = f"{lines[-1]} {word}".strip()
        if guess < _SURE * room or (guess < room / _SURE and _fits(longer, room, size, dpi, weight)):
            lines[-1], long = longer, guess
            continue
        if lines[-1]:
            lines.append("")
        while not _fits(word, room, size, dpi, weight):
            cut = max(1, int(len(word) * room / width(word, size, dpi, weight)))
            while cut > 1 and not _fits(word[:cut], room, size, dpi, weight):
                cut -= 1
            cut = max(word.rfind(mark, 0, cut) for mark in ":,/") + 1 or cut
            lines[-1] = word[:cut]
            word = word[cut:]
            lines.append("")
            if len(lines) > most:
                break
        lines[-1] = word
        long = width(word, size, dpi, weight)
        if len(lines) > most:
            break
    if len(lines) > most:
        last = lines[most - 1]
        while last and not _fits(f"{last}…", room, size, dpi, weight):
            last = last[:-1]
        lines[most - 1 :] = [f"{last}…"]
    return lines


def _fits(text: str, room: float, size: float, dpi: float, weight: str) -> bool:
    return width(text, size, dpi, weight) <= room
