"""The arguments that a config passes to a scheduler: those that its library takes, and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lrviz.foundation.wording import did_you_mean
from lrviz.readers.config import Config, Part
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.base import Leaf


def taken(
    config: Config, given: Mapping[str, Part[Any]], scheduler: str, sets: Collection[str] = ()
) -> dict[str, Part[Any]]:
    """Return the arguments that a scheduler takes, and note the others in the config.

    The keys of native documents beside a scheduler's arguments (interval, frequency ...) are none of its library's.
    sets: those that the trainer gives itself, so that giving them again is an error of Python.
    """
    found = SCHEDULERS.find(scheduler)
    if found is None:
        return dict(given)
    known = [key for key in found.model_fields if key not in Leaf.model_fields and key not in {"version", *sets}]
    for key, part in given.items():
        if key in sets:
            config.wrong(part.path, f"{key} given, which the trainer sets itself")
        elif key not in known:
            allowed = f"allowed here: {', '.join(known)}" if known else f"{scheduler} takes none"
            config.wrong(part.path, f"unknown key {key!r}; {allowed}{did_you_mean(key, known)}")
    return {key: part for key, part in given.items() if key in known}
