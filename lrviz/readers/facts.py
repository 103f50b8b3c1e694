"""`--given KEY=VALUE`: what a config cannot know and its curve needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrviz.foundation.errors import UsageError
from lrviz.foundation.releases import unknown
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.marked_yaml import AmbiguousWord, scalar

COUNTS = {
    "batches_per_epoch": "batches that a device takes in an epoch",
    "batch_size": "samples that a device takes at once",
    "classes": "classes of the data set",
    "dataset_size": "samples in the training set",
    "devices": "devices that share an epoch",
    "steps": "optimizer steps of the run",
    "tokens_per_batch": "tokens in a batch",
}
"""Facts that are whole numbers, and what they count."""
OTHERS = {
    "layer_scales": "factors of the layers' learning rates, from the first layer on: 0.42,0.56,0.75,1",
    "interval": "when scheduler.step() is called, epoch or step",
    "metric": "what a scheduler watches, value by value: 1,0.9,0.8, or a CSV file",
}
_LARGEST = 10**15
_VERSION = re.compile(r"\d+(\.\d+)*([-+.]?\w+)*|\d{4}-\d{2}")


def told(name: str, newest: str = "") -> str:
    """Return what a fact is, for people; newest: the version that is taken of a library."""
    return COUNTS.get(name) or OTHERS.get(name) or f"its version (default: {newest}, the newest known)"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is given with a config. values: by the names of `COUNTS` and `OTHERS`; versions: by library."""

    values: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any], libraries: Collection[str]) -> Facts:
        """Return facts by their names, checked; libraries: those whose version may be a fact.

        Raises UsageError for one that is not known, or whose value is none.
        """
        known = [*COUNTS, *OTHERS, *libraries]
        wrong = [told for key, value in given.items() if (told := _fault(key, value, known))]
        if wrong:
            raise UsageError(*wrong)
        values = {key: int(value) if key in COUNTS else value for key, value in given.items() if key not in libraries}
        return cls(values, {key: str(value) for key, value in given.items() if key in libraries})


def _fault(key: str, value: Any, known: Sequence[str]) -> str:
    """Say what is wrong with a fact, "" where nothing is."""
    if key not in known:
        return f"--given {key}: not known; known facts are {', '.join(known)}{did_you_mean(key, known)}"
    if key in COUNTS:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and value >= 1
        needed = "a whole number of at least 1 is needed"
        if fits and value > _LARGEST:
            fits, needed = False, f"at most {_LARGEST:g} is needed"
    elif key in OTHERS:
        fits, needed = _fits(key, value)
    else:
        fits, needed = bool(_VERSION.fullmatch(str(value))), "a version is needed, as 4.44.2"
        if fits and (known_ones := unknown(key, str(value))):
            fits, needed = False, known_ones
    return "" if fits else f"--given {key}: {shown(value)} given; {needed}"


def _fits(key: str, value: Any) -> tuple[bool, str]:
    """Return whether a value is one of a fact that is no count, and what is needed."""
    listed = isinstance(value, list | tuple) and all(isinstance(one, int | float) for one in value)
    if key == "interval":
        return value in {"epoch", "step"}, "allowed are epoch, step"
    if key == "layer_scales":
        return listed and len(value) > 0, "numbers are needed, as 0.5,0.75,1"
    return listed or isinstance(value, str), "values are needed, as 1,0.9,0.8, or the path of a CSV file"


def parsed(settings: Sequence[str]) -> dict[str, Any]:
    """Return what --given says, by key.

    Raises UsageError where one is not KEY=VALUE, or is given twice.
    """
    found: dict[str, Any] = {}
    for one in settings:
        key, equals, text = (part.strip() for part in one.partition("="))
        if not equals or not key or not text:
            raise UsageError(f"--given {one}: KEY=VALUE is needed, as dataset_size=50000")
        if key in found:
            raise UsageError(f"--given {key}: given twice")
        found[key] = _value(key, text)
    return found


def _value(key: str, text: str) -> Any:
    if key in {"metric", "layer_scales"}:
        parts = [_scalar(part.strip()) for part in text.split(",")]
        return parts if all(isinstance(part, int | float) for part in parts) else text
    # 4.50 is a version, and no number.
    return _scalar(text.replace("_", "")) if key in COUNTS else text


def _scalar(text: str) -> Any:
    try:
        return scalar(text)
    except AmbiguousWord:
        return text
