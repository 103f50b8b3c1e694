"""Carries out a sweep: tiles come from the store or else from an executor, a few at a time, in any order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager, suppress

import numpy as np

from lrviz.foundation.errors import LrvizError, UnfinishedError
from lrviz.foundation.progress import Progress
from lrviz.results import Swept, Tiles
from lrviz.runs.sweeping.executors import width_of
from lrviz.runs.sweeping.packing import Damaged, unpacked
from lrviz.runs.sweeping.problem import Problem
from lrviz.runs.sweeping.store import Store
from lrviz.runs.sweeping.surroundings import here
from lrviz.runs.sweeping.tile import Arrays, Placed, perform

_ATTEMPTS = 3
_KEPT = "finished tiles are stored; run the same command again to continue"


class WorkerLost(UnfinishedError):
    """A worker has ended before its work was done: killed, or out of memory."""


def carried_out(
    problem: Problem,
    store: Store,
    workers: Callable[[], AbstractContextManager[Executor]],
    progress: Progress | None = None,
) -> Swept:
    """Return the result of a problem: the same bytes, wherever and in whatever order its tiles are computed.

    workers: makes the executor, and makes it again if a worker is lost; tiles computed by then are in the store.
    Raises what a tile raises, WorkerLost if workers are lost again, UnfinishedError if a worker cannot go on or the
    store cannot be written.
    """
    computed: set[str] = set()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with workers() as executor:
                return _attempted(problem, store, executor, computed, progress)
        except WorkerLost:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError  # the last attempt returns or raises


def _attempted(
    problem: Problem, store: Store, executor: Executor, computed: set[str], progress: Progress | None
) -> Swept:
    """Carry out a problem with one executor; computed: the keys of tiles that were computed for it, not reused."""
    entries = len(problem.subjects)
    arrays = {name: np.empty((entries, problem.points), kind) for name, kind in problem.fields.items()}
    surroundings = here()
    total, done, counts = entries * problem.points, 0, {"computed": 0, "reused": 0, "damaged": 0}

    def put(placed: Placed, found: Arrays) -> None:
        nonlocal done
        for name, array in found.items():
            arrays[name][placed.entry, placed.first : placed.last] = array
        done += placed.last - placed.first
        if progress is not None:
            progress(done, total)

    flying: dict[Future[bytes], tuple[str, Placed]] = {}

    def land(at_most: int) -> None:
        while len(flying) > at_most:
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                key, placed = flying.pop(future)
                data = _computed(future)
                try:
                    found = unpacked(data, key)
                except Damaged as error:
                    raise UnfinishedError(f"a worker's result is damaged: {error}; {_KEPT}") from error
                store.keep(key, data)
                computed.add(key)
                counts["computed"] += 1
                put(placed, found)

    try:
        for placed in problem.tiles():
            key = placed.tile.key(surroundings)
            try:
                known = store.read(key)
            except Damaged:
                counts["damaged"] += 1
                known = None
            if known is not None:
                counts["computed" if key in computed else "reused"] += 1
                put(placed, known)
                continue
            try:
                flying[executor.submit(perform, placed.tile, key, surroundings)] = key, placed
            except (BrokenExecutor, RuntimeError) as error:
                raise _lost(error) from error
            land(width_of(executor) - 1)
        land(0)
    finally:
        _keep(store, flying)
    return problem.put_together(arrays, Tiles(**counts))


def _keep(store: Store, flying: dict[Future[bytes], tuple[str, Placed]]) -> None:
    """Store the tiles that were finished before the sweep was stopped, and start no others."""
    for future, (key, _) in flying.items():
        if future.cancel() or not future.done() or future.exception() is not None:
            continue
        with suppress(UnfinishedError):
            store.keep(key, future.result())


def _computed(future: Future[bytes]) -> bytes:
    try:
        return future.result()
    except LrvizError:
        raise
    except BrokenExecutor as error:
        raise _lost(error) from error
    except Exception as error:
        raise UnfinishedError(f"a worker failed: {type(error).__name__}: {error}; {_KEPT}") from error


def _lost(error: BaseException) -> WorkerLost:
    return WorkerLost(f"a worker ended before it finished ({type(error).__name__}); {_KEPT}")
