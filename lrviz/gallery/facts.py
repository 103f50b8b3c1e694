"""The facts about a picture that its page and the manifest need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import FiniteFloat

Samples = Mapping[str, tuple[FiniteFloat | None, ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page tells of a picture, and what tells it from another.

    data: a hash of all that it shows; samples: a few of its numbers, by name, and those that claims ask for, by the
    text of each; reads: the files that it depends
    on, in the order they are shown; verdicts: of every cross-check, and in a sentence; alt: what somebody should
    know who does not see it; notes: what lint finds, and what is odd.
    """

    data: str
    samples: Samples
    reads: tuple[str, ...]
    verdicts: tuple[str, ...]
    sentence: str
    alt: str
    notes: tuple[str, ...]
