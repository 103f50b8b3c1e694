"""How errors word what was given, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that was probably meant."""
    by_key = {name.lower().replace("-", "_"): name for name in allowed}
    found = difflib.get_close_matches(given.lower().replace("-", "_"), by_key, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return " (did you mean ...?)" where an allowed name is near, else nothing."""
    meant = nearest(given, allowed)
    return f" (did you mean {meant}?)" if meant else ""


def shown(value: Any) -> str:
    """Return a value as the user would recognise it."""
    if isinstance(value, Mapping):
        return "a mapping"
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple) and not value:
        return "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"[{', '.join(map(shown, value))}]" if isinstance(value, list | tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
