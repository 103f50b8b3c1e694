"""Pictures drawn side by side: a few processes, forked from one that has imported torch."""

from __future__ import annotations

import gc
import multiprocessing
import os
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrviz.foundation.errors import LrvizError, UnfinishedError
from lrviz.foundation.pools import deaf_to_ctrl_c, end_with, main_out_of_sight
from lrviz.gallery.requests import Request

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Drawn

_PRELOADED = "lrviz.gallery.preloaded"

Task = tuple[Request, str | None]
"""A request, and the hash of its data that are known."""


def jobs_here() -> int:
    """Return how many processes this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def drawn(tasks: Sequence[Task], root: Path, jobs: int) -> Iterator[tuple[Request, Drawn | LrvizError]]:
    """Yield each request with its result or its error, in the order in which they finish.

    Raises UnfinishedError where a process dies.
    """
    waiting = deque(tasks)
    at_work: dict[Future[Drawn], tuple[Request, ProcessPoolExecutor]] = {}

    def hand(member: ProcessPoolExecutor) -> None:
        request, known = waiting.popleft()
        at_work[member.submit(_draw, request, known)] = request, member

    with _processes(min(jobs, len(tasks)), root.resolve()) as members:
        # Ctrl-C would end the imports of the one that forks them with a traceback.
        with main_out_of_sight(), deaf_to_ctrl_c():
            for member in members:
                hand(member)
        while at_work:
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                request, member = at_work.pop(future)
                found = _found(future, request)
                if waiting:
                    hand(member)
                yield request, found


@contextmanager
def _processes(count: int, root: Path) -> Iterator[list[ProcessPoolExecutor]]:
    """Give executors of one process each, so that it is known whose picture ends a process.

    The processes end with this, and with the process that they are started from, whatever they are doing: both close
    the one end of a pipe that they watch the other end of.
    """
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        # Imported once, in the process from which the others are forked.
        context.set_forkserver_preload([_PRELOADED])
    theirs, ours = context.Pipe(duplex=False)
    with theirs, ExitStack() as members:
        prepared = {"mp_context": context, "initializer": _prepare, "initargs": (root, theirs)}
        executors = [members.enter_context(ProcessPoolExecutor(1, **prepared)) for _ in range(count)]
        with ours:
            yield executors


def _found(future: Future[Drawn], request: Request) -> Drawn | LrvizError:
    try:
        return future.result()
    except LrvizError as error:
        return error
    except BrokenProcessPool as error:
        raise UnfinishedError(f"the process that drew {request.id} has died") from error
    except Exception as error:
        return LrvizError(traceback.format_exception_only(error)[-1].strip())


def _prepare(root: Path, lifeline: Connection) -> None:
    """Prepare a process: documents are named from `root`, and it ends when the other end of its lifeline is closed."""
    end_with(lifeline)
    os.chdir(root)
    # What was imported is never garbage, and looking for it among that takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000)


def _draw(request: Request, known: str | None) -> Drawn:
    try:
        from lrviz.gallery.drawing import draw
    except Exception as error:
        raise UnfinishedError(f"torch cannot be imported: {error}") from error
    return draw(request, known)
