"""Shots developed side by side: a few processes, forked from one that has imported torch."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.errors import LrvizError, UnfinishedError
from lrviz.gallery.shots import Shot

if TYPE_CHECKING:
    from lrviz.gallery.darkroom import Developed

_DARKROOM = "lrviz.gallery.darkroom"

Task = tuple[Shot, str | None]
"""A shot, and the hash of its data that are known."""


def jobs_here() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def developed(tasks: Sequence[Task], root: Path, jobs: int) -> Iterator[tuple[Shot, Developed | LrvizError]]:
    """Yield each shot with what became of it, or with what went wrong, in the order in which they are finished.

    Raises UnfinishedError where a process dies.
    """
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        # Imported once, in the process from which the others are forked.
        context.set_forkserver_preload([_DARKROOM])
    with ProcessPoolExecutor(
        min(jobs, len(tasks)), mp_context=context, initializer=_begin, initargs=(root.resolve(),)
    ) as pool:
        begun: dict[Future[Developed], Shot] = {pool.submit(_develop, *task): task[0] for task in tasks}
        try:
            for future in as_completed(begun):
                shot = begun[future]
                try:
                    yield shot, future.result()
                except BrokenProcessPool:
                    raise UnfinishedError(
                        f"a process that draws pictures has died, at {shot.id} or beside it"
                    ) from None
                except LrvizError as error:
                    yield shot, error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()


def _begin(root: Path) -> None:
    from lrviz.gallery.darkroom import open_darkroom

    open_darkroom(root)


def _develop(shot: Shot, known: str | None) -> Developed:
    from lrviz.gallery.darkroom import develop

    return develop(shot, known)
