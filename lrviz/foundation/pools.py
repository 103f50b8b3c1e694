"""Processes of a pool: they end with the one that started them, ignore Ctrl-C, and never run its main script."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from threading import Thread

from lrviz.foundation.stopping import leave_to_parent


@contextmanager
def main_out_of_sight() -> Iterator[None]:
    """Keep processes that are started here from running the main script, which may lack a `__main__` guard."""
    main = sys.modules["__main__"]
    path = main.__dict__.pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            main.__file__ = path


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Start threads, and their processes, that Ctrl-C does not reach; Ctrl-C in the meantime is deferred."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started first, because its start unblocks Ctrl-C.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(lifeline: Connection) -> None:
    """Make this process end, even in the middle of work, when the other end of a pipe is closed; not by signals."""
    leave_to_parent()
    Thread(target=_leave_with, args=(lifeline,), daemon=True).start()


def _leave_with(lifeline: Connection) -> None:
    connection.wait([lifeline])
    os._exit(1)
