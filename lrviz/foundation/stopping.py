"""Signals that stop a process: it cleans up on the way out.

A command turns them into an exception, so that every `with` and `finally` cleans up: side processes are
killed and waited for, threads joined, temporary files removed. A side process ignores them, and ends when the process
that started it has ended. Used as a library, lrviz changes no handler of its host.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer, main_thread
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_came: list[int] = []
_put_off: list[int] | None = None
"""Signals that came while they were deferred; None while they are not."""


class Stopped(BaseException):
    """A signal asks the process to end."""


def unwind() -> None:
    """Let signals unwind this process; those that it was started to ignore, as by nohup, stay ignored."""
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _stop)
    sys.unraisablehook = _repeat


@contextmanager
def held() -> Iterator[None]:
    """Defer signals until the block is done: nothing would end a process that is still being started."""
    global _put_off  # noqa: PLW0603 - handlers have no other state
    _put_off = []
    try:
        yield
    finally:
        came, _put_off = _put_off, None
        if came:
            _stop(came[0], None)


def code() -> int | None:
    """Return the exit code of a process that a signal has stopped, as shells have it; None where none came."""
    return 128 + _came[0] if _came else None


def leave_to_parent() -> None:
    """Make this process end with the one that started it, not by a signal that both receive."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)


def _stop(number: int, _: FrameType | None) -> None:
    if _put_off is not None:
        _put_off.append(number)
        return
    _came.append(number)
    # A second signal must not interrupt the cleanup that the first has begun.
    leave_to_parent()
    raise Stopped


def _repeat(unraisable: UnraisableHookArgs) -> None:
    """Send a signal again whose exception Python dropped: in a destructor, or a callback of an import."""
    if unraisable.exc_type is not Stopped:
        # Work left half done, such as a module that was being imported, does not matter any more.
        if not _came:
            sys.__unraisablehook__(unraisable)
        return
    number = _came.pop()
    signal.signal(number, _stop)
    Timer(0.01, _send, [number]).start()


def _send(number: int) -> None:
    main = main_thread().ident
    # Raised in the timer's own thread, it would not wake the main one: a long wait would go on to its end.
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)
