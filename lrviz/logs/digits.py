"""How exact the values of a log are, by the digits that it writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrviz.foundation.arrays import np

EXACT = 1e-9
"""Relative tolerance where nothing was rounded away."""
FLOAT32 = 1e-6
_LOOKED_AT = 4096
"""Values, at most, whose digits are counted."""
_NUMBER = re.compile(r"[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$")
_MANY = 12
"""More significant digits than people round to."""
_FEW, _LEAST = 10, 4
"""Fewer different values than this may all be round; no fewer digits than these are taken for a rounding of them."""


def exactness(texts: Sequence[str]) -> tuple[float, float]:
    """Return the relative tolerance of values as they are written, and the absolute one of fixed decimals, or 0.

    >>> exactness(["0.00098765", "0.00012345", "1.2345e-06", "0.001"])
    (6e-06, 0.0)
    >>> exactness(["0.001000", "0.000988", "0.000012"])
    (1e-09, 5e-07)
    >>> exactness([repr(round(0.9**t / 1e3, 7)) for t in range(60)])
    (1e-09, 5e-08)
    """
    few = texts[:: -(-len(texts) // _LOOKED_AT) or 1]
    parts = [(match[1], match[2] or "", int(match[3] or 0)) for text in few if (match := _NUMBER.match(text.strip()))]
    parts = [one for one in parts if (one[0] + one[1]).strip("0")]
    if not parts:
        return EXACT, 0.0
    digits = [len((whole + decimals).lstrip("0")) for whole, decimals, _ in parts]
    if max(digits) > _MANY:
        return (FLOAT32 if _all_float32(few) else EXACT), 0.0
    if max(digits) > -int(np.log10(EXACT)):
        return EXACT, 0.0
    # A zero at the end, but for that of 1.0, stands there because a format wants so many digits.
    padded = any(len(decimals) > 1 and decimals.endswith("0") for _, decimals, _ in parts)
    places = [exponent - len(decimals) for _, decimals, exponent in parts]
    if padded and not any(exponent for *_, exponent in parts) and len(set(places)) == 1:
        return EXACT, 0.5 * 10.0 ** places[0]
    if not padded and max(digits) >= _LEAST and _same_last_place(parts):
        return EXACT, 0.5 * 10.0 ** min(places)
    if not padded:
        different = len(set(parts))
        floor = 6 if different < _FEW else _LEAST
        return _relative(max(*digits, floor)), 0.0
    return _relative(max(digits)), 0.0


def _same_last_place(parts: Sequence[tuple[str, str, int]]) -> bool:
    """Return whether large and small values end at the same decimal, as `round(lr, 7)` leaves them.

    Values on straight lines end there, too, and none of them needs to be rounded.
    """
    last: dict[int, list[int]] = {}
    for whole, decimals, exponent in set(parts):
        place = exponent - len(decimals)
        last.setdefault(place + len((whole + decimals).lstrip("0")), []).append(place)
    lowest = [min(each) for each in last.values() if len(each) >= _LEAST]
    least = min(map(min, last.values()))
    if len(lowest) < 2 or set(lowest) != {least}:
        return False
    units = [int(whole + decimals) * 10 ** (exponent - len(decimals) - least) for whole, decimals, exponent in parts]
    return bool((np.diff(units, 2) != 0).mean() > 0.5)


def _relative(digits: int) -> float:
    """Half a unit of the last of so many digits, and a fifth for the rounding of what it is compared with."""
    return max(float(f"6e-{digits}"), EXACT)


def _all_float32(texts: Sequence[str]) -> bool:
    """Return whether values of many digits are all those of float32, as tensors give them to a logger."""
    values = np.array([float(text) for text in texts if len(text) > _MANY])
    with np.errstate(over="ignore"):
        return bool((values.astype(np.float32) == values).all())
