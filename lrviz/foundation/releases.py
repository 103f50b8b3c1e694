"""Versions of libraries, compared."""

from __future__ import annotations

import re


def at_least(version: str, other: str) -> bool:
    """Return whether a version is another one or a later one; both as "4.44.2", or as a month, "2024-12"."""
    mine, theirs = _numbers(version), _numbers(other)
    size = max(len(mine), len(theirs))
    return mine + [0] * (size - len(mine)) >= theirs + [0] * (size - len(theirs))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text.partition("+")[0])[:3]]
