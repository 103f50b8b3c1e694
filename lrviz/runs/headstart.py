"""torch's process, started before anything else is imported, because its import takes longest."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from lrviz.engines.work import Lent, Worker, started

if TYPE_CHECKING:
    from concurrent.futures import Executor

_begun: list[Worker] = []


def begin() -> None:
    """Start the process, for the first caller that needs a worker."""
    _begun.append(started())


def worker(executor: Executor | None = None) -> Worker:
    """Return what performs tasks: a caller's executor, else the process that was begun, else a new one."""
    if executor is not None:
        return Lent(executor)
    return _begun.pop() if _begun else started()


def worker_if(asked: bool, executor: Executor | None = None) -> AbstractContextManager[Worker | None]:
    """Return a worker where torch is asked at all."""
    return worker(executor) if asked else nullcontext()


def end() -> None:
    """End the process if nobody has taken it."""
    while _begun:
        _begun.pop().close()
