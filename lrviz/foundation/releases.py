"""Versions of libraries, compared."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

RELEASES: Mapping[str, Sequence[tuple[str, str]]] = {
    "deepspeed": (("0.3", "0.19"),),
    "mmengine": (("0.1", "0.10"),),
    "timm": (("0.4", "0.9"), ("1.0", "1.0")),
    "transformers": (("4.5", "4.57"), ("5.0", "5.23")),
    "ultralytics": (("5.0", "7.0"), ("8.0", "8.4")),
}
"""The first and the last minor release of each series that is known, both included."""


_MONTHS: Mapping[str, str] = {"nanogpt": "2022-12"}
"""The first month of those whose versions are months."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def unknown(library: str, version: str) -> str:
    """Say which releases of a library are known if a version is not one of them; "" if it is."""
    if library in _MONTHS:
        fits = _MONTH.fullmatch(version) is not None and at_least(version, _MONTHS[library])
        return "" if fits else f"a month from {_MONTHS[library]} on is needed, as 2024-12"
    minor = ".".join(map(str, [*_numbers(version), 0][:2]))
    known = RELEASES.get(library, ())
    if not known or any(at_least(minor, first) and at_least(last, minor) for first, last in known):
        return ""
    return "known are " + " and ".join(first if first == last else f"{first} to {last}" for first, last in known)


def at_least(version: str, other: str) -> bool:
    """Return whether a version is `other` or later; both as "4.44.2", or as a month, "2024-12"."""
    mine, theirs = _numbers(version), _numbers(other)
    size = max(len(mine), len(theirs))
    return mine + [0] * (size - len(mine)) >= theirs + [0] * (size - len(theirs))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text.partition("+")[0])[:3]]
