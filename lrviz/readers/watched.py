"""What a scheduler watches, which no config holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def metric(given: Any) -> dict[str, Any]:
    """Return the fact `metric` as a native document says it: values, or a CSV file."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        return {"values": list(given)}
    return {"values": []} if given is None else {"csv": given}
