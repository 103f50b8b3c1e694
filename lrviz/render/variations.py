"""Which of many curves share a panel: those of one parameter at several values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variation:
    """A panel of a picture. title: what varies in it; words: what that is; names: of its curves, in their order."""

    title: str
    words: str
    names: tuple[str, ...]
