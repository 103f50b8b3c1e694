"""What computes tiles: this process, others on this machine, or a caller's executor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from typing_extensions import override

_PRELOADED = "lrviz.runs.sweeping.plane"

MOST_JOBS = 256
"""The most processes on one machine."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Here(Executor):
    """Computes at once, in this process."""

    @override
    def submit(self, fn: Callable[Given, Answer], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def width_of(executor: Executor) -> int:
    """Return how many tiles an executor is given at once: two for each worker, so that none waits."""
    return 1 if isinstance(executor, Here) else 2 * _workers(executor)


def _workers(executor: Executor) -> int:
    """Return how many workers an executor has, as far as it says: those of Python do, and those of dask's clients."""
    own = getattr(executor, "_max_workers", None)
    if isinstance(own, int):
        return own
    client: Any = getattr(executor, "_client", None)
    # Who has such a client has imported its library.
    kind: Any = getattr(sys.modules.get("distributed"), "Client", ())
    if isinstance(client, kind):
        # Workers come and go; before the first one a tile may wait for it.
        threads: int = sum(client.nthreads().values())
        return max(1, threads)
    return os.cpu_count() or 1


@contextmanager
def executor_of(jobs: int) -> Iterator[Executor]:
    """Yield an executor of so many processes; a single one is this process.

    The processes end with this context and with this process, even in the middle of a tile: either closes one end of a
    pipe whose other end they watch.
    """
    if jobs == 1:
        yield Here()
        return
    # Computing in this process does not need these.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    from lrviz.foundation.pools import deaf_to_ctrl_c, end_with, main_out_of_sight

    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        # Imported once, in the process from which the others are forked.
        context.set_forkserver_preload([_PRELOADED])
    theirs, ours = context.Pipe(duplex=False)
    with theirs, ProcessPoolExecutor(jobs, context, end_with, (theirs,)) as pool, ours:
        # Ctrl-C would end the imports of the one that forks them with a traceback.
        with main_out_of_sight(), deaf_to_ctrl_c():
            for _ in range(jobs):
                pool.submit(os.getpid)
        yield pool
