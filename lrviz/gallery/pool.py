"""Pictures drawn side by side: a few processes, forked from one that has imported torch."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lrviz.foundation.errors import LrvizError, UnfinishedError
from lrviz.gallery.requests import Request

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Drawn

_DRAWING = "lrviz.gallery.drawing"

Task = tuple[Request, str | None]
"""A request, and the hash of its data that are known."""


def jobs_here() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def drawn(tasks: Sequence[Task], root: Path, jobs: int) -> Iterator[tuple[Request, Drawn | LrvizError]]:
    """Yield each request with what became of it, or with what went wrong, in the order in which they are finished.

    Raises UnfinishedError where a process dies.
    """
    waiting = deque(tasks)
    with _processes(min(jobs, len(tasks)), root.resolve()) as members:
        at_work: dict[Connection, Request] = {}
        for member in members:
            at_work[member] = _handed(waiting, member)
        while at_work:
            for ready in wait(list(at_work)):
                member = cast(Connection, ready)
                request = at_work.pop(member)
                try:
                    found: Drawn | LrvizError = member.recv()
                except (EOFError, ConnectionResetError):
                    raise UnfinishedError(f"the process that drew {request.id} has died") from None
                if waiting:
                    at_work[member] = _handed(waiting, member)
                yield request, found


def _handed(waiting: deque[Task], member: Connection) -> Request:
    """Hand the next task over, and return its request."""
    task = waiting.popleft()
    member.send(task)
    return task[0]


@contextmanager
def _processes(count: int, root: Path) -> Iterator[list[Connection]]:
    """Start processes that draw what they are sent; they end with this, whatever they are doing."""
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        # Imported once, in the process from which the others are forked.
        context.set_forkserver_preload([_DRAWING])
    members, processes = [], []
    try:
        with _main_out_of_sight():
            for _ in range(count):
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, root), daemon=True)
                process.start()
                theirs.close()
                members.append(ours)
                processes.append(process)
        yield members
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


@contextmanager
def _main_out_of_sight() -> Iterator[None]:
    """Keep processes that are started here from running the main script: not every installer guards its own."""
    main = sys.modules["__main__"]
    path = main.__dict__.pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            main.__file__ = path


def _serve(connection: Connection, root: Path) -> None:
    from lrviz.gallery.drawing import draw, prepare

    prepare(root)
    while True:
        try:
            request, known = connection.recv()
        except EOFError:
            return
        found: Drawn | LrvizError
        try:
            found = draw(request, known)
        except LrvizError as error:
            found = error
        except Exception:
            found = LrvizError(traceback.format_exc().strip().splitlines()[-1])
        connection.send(found)
