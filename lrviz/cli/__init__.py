"""The command line: one command a file, each parse -> call -> show."""

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

    A command is over in a second or two: nothing is gained by collecting garbage on the way, which
    slows every import, nor by taking the interpreter down piece by piece at the end.
    """
    gc.disable()
    # Without this pydantic reads the entry points of every installed package, in search of plugins. What `record` runs
    # has our environment, and may use some.
    if sys.argv[1:2] != ["record"]:
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Python has None for a stream that was closed before it began; what is said to it goes nowhere.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    from lrviz.foundation import stopping

    try:
        stopping.unwind()
        code = run()
        # Where the messages do not reach anybody, the code still says what happened.
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        _leave(stopping.code() or code)
    except BaseException:
        # Whatever failed on the way out, a terminal that is gone for one, a signal was its cause.
        stopped = stopping.code()
        if stopped is None:
            raise
        _leave(stopped)


def _leave(code: int) -> NoReturn:
    # Libraries end what is theirs here: multiprocessing its folder of sockets.
    atexit._run_exitfuncs()
    os._exit(code)


def run() -> int:
    """Run the command line and return its exit code; what a user can cause ends with a message, never a traceback."""
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
                # Typer has put another stream there, because whoever read from the pipe has seen enough.
                return 0
            sys.stdout.flush()
            return done.code if isinstance(done.code, int) else int(done.code is not None)
    except LrvizError as error:
        return _failed(error.lines, error.exit_code)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read from the pipe has seen enough.
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
"""Words with which they do not; one that is missed here costs a process that is ended at once."""


def _asks_torch(arguments: list[str]) -> bool:
    """Return whether a command line that nobody has parsed yet looks as if it will need torch."""
    if not arguments or arguments[0] not in _COMMANDS or _WITHOUT & set(arguments):
        return False
    # What py: names runs in a process of its own, and of recordings and logs alone nothing is compared.
    own = any(word.startswith("py:") for word in arguments)
    curves = (".lrrec", ".csv", ".tsv", ".jsonl", "trainer_state.json")
    return not own and not any(word.endswith(curves) or "tfevents" in word for word in arguments[1:2])


def _failed(lines: Iterable[str], code: int) -> int:
    from lrviz.cli.console import fail

    # The code says it too, where nobody reads the words or the disk does not take them.
    with contextlib.suppress(SystemExit, OSError):
        fail(*lines)
    return code


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - pathlib takes long to import
