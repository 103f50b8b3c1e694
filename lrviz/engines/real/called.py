"""A user's function that returns schedulers: called in a process of its own, and its schedulers stepped."""

from __future__ import annotations

from lrviz.engines.real.imported import imported, run_as
from lrviz.engines.real.live import schedulers_in, trace
from lrviz.engines.tasks.live import Called, Traced
from lrviz.foundation.errors import UsageError
from lrviz.foundation.progress import Progress


def call(asked: Called, _: Progress | None = None) -> tuple[Traced, ...]:
    """Import the module, call the function, and step copies of the schedulers that it returns.

    Raises UsageError where there is no such function, or it returns no schedulers; UnfinishedError where the code
    raises, whose traceback then is on stderr.
    """
    name = f"py:{asked.module}:{asked.function}"
    with run_as(name):
        built = imported(asked.module, asked.function, asked.where, "a function that returns schedulers")()
    try:
        return trace(schedulers_in(built), asked.loop)
    except UsageError as error:
        raise UsageError(*(f"{name}: {line}" for line in error.lines)) from error
