"""Fonts of this machine for letters that matplotlib's own font lacks."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font

OWN = "DejaVu Sans"
_RARE = re.compile("[^\\s!-\u024f\u0370-\u03e1\u0400-\u04ff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff]")
"""What our font may lack: anything but Latin, Greek and Cyrillic letters, punctuation, arrows and boxes."""
_NEVER = ("Last Resort", "STIXSize", "STIXNonUnicode", "cmex", "cmsy", "cmmi")
"""Fonts with a box for every letter, or with other letters than they claim."""


def rare_letters(figure: Figure) -> str:
    """Return the letters in a figure that our own font may lack.

    Only texts, axis labels and legends contain names; reading the numbers of an axis would create its ticks.
    """
    texts = [one.get_text() for one in figure.texts]
    for ax in figure.axes:
        legend = ax.get_legend()
        texts += [one.get_text() for one in (*ax.texts, *(legend.get_texts() if legend else ()))]
        texts += [ax.get_xlabel(), ax.get_ylabel(), ax.get_title()]
    return "".join(sorted(set(_RARE.findall("".join(texts)))))


@lru_cache(maxsize=64)
def families(letters: str) -> tuple[tuple[str, ...], str]:
    """Return fonts for those of `letters` that our own font lacks, and the letters that no font has.

    The font with most of them comes first. Fonts are opened only if letters are missing.
    """
    missing = _lacking(findfont(OWN), set(letters))
    found: list[str] = []
    while missing:
        known = [(_lacking(path, missing), name) for name, path in _fonts()]
        lacking, name = min(known, key=lambda one: len(one[0]), default=(missing, ""))
        if len(lacking) == len(missing):
            break
        found.append(name)
        missing = lacking
    return tuple(found), "".join(sorted(missing))


def _fonts() -> list[tuple[str, str]]:
    """Return the upright fonts of this machine, name and path, by their names."""
    upright = (one for one in fontManager.ttflist if one.style == "normal" and one.weight in {400, "normal"})
    return sorted((one.name, one.fname) for one in upright if not one.name.startswith(_NEVER))


def _lacking(path: str, letters: set[str]) -> set[str]:
    if not letters:
        return letters
    try:
        font = get_font(path)
    except (OSError, RuntimeError):
        # A font that cannot be read has none of them.
        return letters
    return {letter for letter in letters if not font.get_char_index(ord(letter))}
