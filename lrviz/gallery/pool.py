"""Shots developed side by side: a few processes, forked from one that has imported torch."""

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
from lrviz.gallery.requests import Shot

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Developed

_PRELOADED = "lrviz.gallery.preloaded"

Task = tuple[Shot, str | None]
"""A shot, and the hash of its data that are known."""


def jobs_here() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def developed(tasks: Sequence[Task], root: Path, jobs: int) -> Iterator[tuple[Shot, Developed | LrvizError]]:
    """Yield each shot with what became of it, or with what went wrong, in the order in which they are finished.

    Raises UnfinishedError where a process dies.
    """
    waiting = deque(tasks)
    with _crew(min(jobs, len(tasks)), root.resolve()) as members:
        at_work: dict[Connection, Shot] = {}
        for member in members:
            at_work[member] = _handed(waiting, member)
        while at_work:
            for ready in wait(list(at_work)):
                member = cast(Connection, ready)
                shot = at_work.pop(member)
                try:
                    found: Developed | LrvizError = member.recv()
                except (EOFError, ConnectionResetError):
                    raise UnfinishedError(f"the process that drew {shot.id} has died") from None
                if waiting:
                    at_work[member] = _handed(waiting, member)
                yield shot, found


def _handed(waiting: deque[Task], member: Connection) -> Shot:
    """Hand the next task over, and return its shot."""
    task = waiting.popleft()
    member.send(task)
    return task[0]


@contextmanager
def _crew(count: int, root: Path) -> Iterator[list[Connection]]:
    """Start processes that develop what they are sent; they end with this, whatever they are doing."""
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        # Imported once, in the process from which the others are forked.
        context.set_forkserver_preload([_PRELOADED])
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
    try:
        from lrviz.gallery.drawing import develop, open_darkroom
    except Exception as error:
        connection.send(UnfinishedError(f"torch cannot be imported: {error}"))
        return
    open_darkroom(root)
    while True:
        try:
            shot, known = connection.recv()
        except EOFError:
            return
        found: Developed | LrvizError
        try:
            found = develop(shot, known)
        except LrvizError as error:
            found = error
        except Exception:
            found = LrvizError(traceback.format_exc().strip().splitlines()[-1])
        connection.send(found)
