"""The command line: one command per file, each parse -> call -> show."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Iterable
from typing import NoReturn, TextIO


def main() -> NoReturn:
    """Run the command line as a process of its own.

    A command takes a second or two: garbage collection would only slow every import, and an orderly shutdown of
    the interpreter would only cost time.
    """
    gc.disable()
    # Without this pydantic searches the entry points of every installed package for plugins. A command that `record`
    # runs inherits our environment and may need them.
    if sys.argv[1:2] != ["record"]:
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Python sets a stream to None if it was closed before the start; output to it is discarded.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    from lrviz.foundation import stopping

    try:
        stopping.unwind()
        code = run()
        # If nobody can read the messages, the exit code still reports what happened.
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        _leave(stopping.code() or code)
    except BaseException:
        # If something failed on the way out, such as writing to a closed terminal, a signal was the cause.
        stopped = stopping.code()
        if stopped is None:
            raise
        _leave(stopped)


def _leave(code: int) -> NoReturn:
    # Libraries clean up here: multiprocessing removes its folder of sockets.
    atexit._run_exitfuncs()
    os._exit(code)


def run() -> int:
    """Run the command line and return its exit code; errors of the user end with a message, never a traceback."""
    from lrviz.foundation.errors import LrvizError
    from lrviz.runs import headstart

    try:
        if _asks_torch(sys.argv[1:]):
            headstart.begin()
        from lrviz.cli.app import command

        stdout = sys.stdout
        try:
            command()
        except SystemExit as done:
            if sys.stdout is not stdout:
                # Typer has replaced the stream, because the reader of the pipe has closed it.
                return 0
            sys.stdout.flush()
            return done.code if isinstance(done.code, int) else int(done.code is not None)
    except LrvizError as error:
        return _failed(error.lines, error.exit_code)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the pipe has closed it.
        return 0
    except OSError as error:
        return _failed([f"{error.filename or 'stdout'}: {error.strerror}" if error.strerror else str(error)], 3)
    except MemoryError:
        return _failed(["not enough memory for a run of this length"], 3)
    finally:
        headstart.end()
    return 0


_COMMANDS = {"schedule", "race", "check", "resume"}
"""The commands that cross-check."""
_WITHOUT = {"--help", "-h", "--code", "reference", "--engine=reference"}
"""Arguments with which they do not; one missing here costs a process that is ended at once."""


def _asks_torch(arguments: list[str]) -> bool:
    """Return whether a command line that nobody has parsed yet looks as if it will need torch."""
    if not arguments or arguments[0] not in _COMMANDS or _WITHOUT & set(arguments):
        return False
    # Code that py: names runs in a process of its own; recordings and logs alone are not cross-checked.
    own = any(word.startswith("py:") for word in arguments)
    curves = (".lrrec", ".csv", ".tsv", ".jsonl", "trainer_state.json")
    return not own and not any(word.endswith(curves) or "tfevents" in word for word in arguments[1:2])


def _failed(lines: Iterable[str], code: int) -> int:
    from lrviz.cli.console import fail

    # If the message cannot be written, the exit code still reports the failure.
    with contextlib.suppress(SystemExit, OSError):
        fail(*lines)
    return code


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - pathlib takes long to import
