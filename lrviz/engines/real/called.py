"""A user's function that returns schedulers, called in a process of its own, and what it returns stepped."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from lrviz.engines.real.live import schedulers_in, trace
from lrviz.engines.tasks.live import Called, Traced
from lrviz.foundation.errors import LrvizError, UnfinishedError, UsageError
from lrviz.foundation.printable import printable_lines
from lrviz.foundation.progress import Progress
from lrviz.foundation.wording import did_you_mean


def call(asked: Called, _: Progress | None = None) -> tuple[Traced, ...]:
    """Import the module, call the function, and step copies of the schedulers that it returns.

    Raises UsageError where there is no such function, or it returns something else; UnfinishedError where the code
    raises, whose traceback then is on stderr.
    """
    name = f"py:{asked.module}:{asked.function}"
    sys.path.insert(0, asked.where)
    sys.argv = [asked.module]
    try:
        function = _found(asked, name)
        built = function()
    except LrvizError:
        raise
    except SystemExit as ended:
        raise UnfinishedError(f"{name}: ended the program with exit code {ended.code}") from ended
    except Exception as error:
        told = traceback.TracebackException.from_exception(error)
        told.stack[:] = [frame for frame in told.stack if not _of_the_way(frame.filename)]
        print(printable_lines("".join(told.format())), end="", file=sys.stderr)
        raise UnfinishedError(f"{name}: {traceback.format_exception_only(error)[-1].strip()}") from error
    finally:
        # The process ends without the interpreter's own exit.
        sys.stdout.flush()
        sys.stderr.flush()
    try:
        return trace(schedulers_in(built), asked.loop)
    except UsageError as error:
        raise UsageError(*(f"{name}: {line}" for line in error.lines)) from error


def _found(asked: Called, name: str) -> Callable[[], Any]:
    try:
        found: Any = importlib.import_module(asked.module)
    except ModuleNotFoundError as error:
        # What the module itself imports in vain is its own failure.
        if error.name is None or not f"{asked.module}.".startswith(f"{error.name}."):
            raise
        raise UsageError(f"{name}: no module {error.name} in {asked.where}, nor is one installed") from error
    for part in asked.function.split("."):
        if not hasattr(found, part):
            near = did_you_mean(part, [one for one in dir(found) if not one.startswith("_")])
            raise UsageError(f"{name}: {asked.module} has no {part}{near}")
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"{name}: an object of {type(found).__name__}; a function that returns schedulers is needed")
    function: Callable[[], Any] = found
    return function


def _of_the_way(file: str) -> bool:
    return file == __file__ or file.startswith("<frozen importlib") or file == importlib.__file__ or os.sep not in file
