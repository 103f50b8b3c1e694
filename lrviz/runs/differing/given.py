"""What a caller from Python compares: a source as on the command line, or an object of Python."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fsdecode
from typing import Any

from lrviz.results import Logged
from lrviz.runs.differing.run import Compared, compared_source
from lrviz.runs.recorded import simulations
from lrviz.runs.recording import Recording
from lrviz.runs.simulation import Simulation
from lrviz.runs.sources import door
from lrviz.runs.sources.resolving import IN_TIME, resolve


def compared_value(value: Any, params: Sequence[str]) -> tuple[str, Compared]:
    """Return a value's name and content; params: hyperparameters to read besides the lr.

    Raises DocumentError for a source that cannot be read.
    """
    if isinstance(value, Simulation):
        return value.curves.source or value.curves.name, [value]
    if isinstance(value, Recording):
        return value.recorded.source, simulations(value.recorded, params)
    if isinstance(value, Logged):
        return value.source, value
    if isinstance(value, str | PathLike):
        spec = fsdecode(value)
        return spec, compared_source(resolve(spec, kinds=IN_TIME), params)
    document = door.document(value)
    return document.name or document.source, document
