"""How the averaging of a race is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from lrviz.documents.averaging import Averaging
from lrviz.documents.settings import settings_of
from lrviz.foundation.errors import Problem, Refusal
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.fields import computed, computed_whole


def read_averaging(given: str | Mapping[str, Any] | None, steps: int) -> Averaging:
    """Return what `swa:start=100`, `ema:decay=0.99` or the same as a mapping with a name means.

    swa starts after half of the steps unless it says otherwise.
    Raises Refusal with everything that is wrong.
    """
    if isinstance(given, str):
        kind, settings = settings_of(given)
    else:
        settings = dict(given or {})
        kind = str(settings.pop("name", ""))
    kind = kind.lower()
    if kind not in {"swa", "ema"}:
        raise Refusal(Problem((), f"{shown(kind)} given; swa or ema is needed, as in swa:start=100"))
    allowed = ["start", "decay"] if kind == "ema" else ["start"]
    problems = [
        Problem((), f"{kind} has no {key!r}; it has {', '.join(allowed)}{did_you_mean(key, allowed)}")
        for key in settings
        if key not in allowed
    ]
    numbers = {"start": steps // 2 if kind == "swa" else 0, "decay": 0.999} | settings
    for key, compute in (("start", computed_whole), ("decay", computed)):
        try:
            numbers[key] = compute(numbers[key])
        except PydanticCustomError as error:
            raise Refusal(Problem((), f"{key}: {shown(numbers[key])} given; {error.message()}")) from None
    start, decay = numbers["start"], numbers["decay"]
    if not isinstance(start, int) or isinstance(start, bool) or not 0 <= start < steps:
        problems.append(Problem((), f"start: {shown(start)} given; a step of the race is needed, 0 to {steps - 1}"))
    if not isinstance(decay, int | float) or isinstance(decay, bool) or not 0 <= decay < 1:
        problems.append(Problem((), f"decay: {shown(decay)} given; at least 0 and below 1 is needed"))
    if problems:
        raise Refusal(*problems)
    return Averaging("swa" if kind == "swa" else "ema", start, float(decay))
