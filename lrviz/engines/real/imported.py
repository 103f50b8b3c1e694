"""Code that a user names as `py:module:name`: imported, with its errors reported as its own."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lrviz.foundation.errors import LrvizError, UnfinishedError, UsageError
from lrviz.foundation.printable import printable_lines
from lrviz.foundation.wording import did_you_mean

_HERE = str(Path(__file__).parent)


@contextmanager
def run_as(spec: str) -> Iterator[None]:
    """Run a user's code.

    Raises UnfinishedError where the code raises, with its traceback on stderr; lrviz's own errors pass unchanged.
    """
    try:
        yield
    except LrvizError:
        raise
    except SystemExit as ended:
        raise UnfinishedError(f"{spec}: ended the program with exit code {ended.code}") from ended
    except Exception as error:
        told = traceback.TracebackException.from_exception(error)
        told.stack[:] = [frame for frame in told.stack if not _of_the_way(frame.filename)]
        print(printable_lines("".join(told.format())), end="", file=sys.stderr)
        raise UnfinishedError(f"{spec}: {traceback.format_exception_only(error)[-1].strip()}") from error
    finally:
        # The process ends without the interpreter's exit, which would flush it.
        sys.stdout.flush()
        sys.stderr.flush()


def imported(module: str, name: str, where: str, needed: str) -> Callable[..., Any]:
    """Import a module, from a folder first, and return its object of a name; needed: what that must be, in words.

    Raises UsageError where there is no such module or name, or it cannot be called.
    """
    spec = f"py:{module}:{name}"
    if where not in sys.path[:1]:
        sys.path.insert(0, where)
    sys.argv = [module]
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        # An import inside the module that fails is the module's own error.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise UsageError(f"{spec}: no module {error.name} in {where}, nor is one installed") from error
    for part in name.split("."):
        if not hasattr(found, part):
            near = did_you_mean(part, [one for one in dir(found) if not one.startswith("_")])
            raise UsageError(f"{spec}: {module} has no {part}{near}")
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"{spec}: an object of {type(found).__name__}; {needed} is needed")
    function: Callable[..., Any] = found
    return function


def _of_the_way(file: str) -> bool:
    ours = file.startswith((_HERE, "<frozen importlib")) or file in {importlib.__file__, __file__}
    return ours or os.sep not in file
