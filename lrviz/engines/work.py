"""What performs tasks: a side process that imports torch in the meantime, this process, or a caller's executor.

The side process is started before anything heavy is imported here, keeps stdin and stdout for
pickled messages, and ends by os._exit: torch's own exit costs as much as half its import.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

from typing_extensions import override

from lrviz.foundation.errors import LrvizError, MissingLibrary, UnfinishedError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from lrviz.engines.tasks.task import Task
    from lrviz.foundation.progress import Progress

    Job = tuple[Task[Any], Progress | None, Future[Any]]

Answer = TypeVar("Answer")

_HEADER = 8
"""Bytes before each task that say how many follow."""


class Worker(ABC):
    """Performs tasks, each once; use it as a context manager."""

    @abstractmethod
    def submit(self, task: Task[Answer], progress: Progress | None = None) -> Future[Answer]:
        """Begin a task, or queue it; progress may be called in another thread.

        The future raises an LrvizError that the task has raised (Refusal: torch refuses the schedule or the
        optimizer; CheckpointError: a file; MissingLibrary: a library is not installed), and UnfinishedError with its
        cause for any other error.
        """

    def close(self) -> None:  # noqa: B027 - not every worker has begun anything
        """End what was begun, even in the middle of a task."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def started() -> Worker:
    """Return a side process, or this process where none can be started."""
    try:
        return SideProcess()
    except OSError:
        return InProcess()


class InProcess(Worker):
    """Performs a task at once, in this process; within: is given each task as a function, and calls it."""

    def __init__(self, within: Callable[[Callable[[], Any]], Any] = lambda work: work()) -> None:
        self._within = within

    @override
    def submit(self, task: Task[Answer], progress: Progress | None = None) -> Future[Answer]:
        from concurrent.futures import Future

        future: Future[Answer] = Future()
        try:
            future.set_result(self._within(partial(task.perform, progress)))
        except LrvizError as error:
            future.set_exception(error)
        except Exception as error:
            future.set_exception(_unfinished(error))
        return future


class Lent(Worker):
    """Performs tasks by an executor of the caller, which stays open and reports no progress."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @override
    def submit(self, task: Task[Answer], progress: Progress | None = None) -> Future[Answer]:
        from concurrent.futures import Future

        future: Future[Answer] = Future()
        self._executor.submit(_alone, task).add_done_callback(partial(_pass_on, future))
        return future


_one_at_a_time = Lock()
"""A task changes torch's default dtype, which all threads share."""


def _alone(task: Task[Answer]) -> Answer:
    with _one_at_a_time:
        return task.perform()


def _pass_on(future: Future[Answer], done: Future[Answer]) -> None:
    try:
        future.set_result(done.result())
    except LrvizError as error:
        future.set_exception(error)
    except BaseException as error:
        future.set_exception(_unfinished(error))


class SideProcess(Worker):
    """A process that performs its tasks in the order in which they are submitted.

    foreign: the tasks run code that is not lrviz's: its output goes to stderr, nothing of torch is stubbed, and
    processes that it has started end with this one.
    Raises OSError where it cannot be started.
    """

    def __init__(self, *, foreign: bool = False) -> None:
        self._foreign = foreign
        self._submitted: SimpleQueue[Job | None] = SimpleQueue()
        self._sent: deque[Job] = deque()
        self._ended: UnfinishedError | None = None
        """Why the process performs no more tasks; set under the lock, as tasks are sent under it."""
        self._lock = Lock()
        # The side process has to find the same modules as this one, whatever has changed sys.path.
        found = [folder for folder in sys.path if folder]
        program = f"import sys; sys.path[:] = {found!r}; from lrviz.engines.work import main; main({foreign=})"
        # A file, not a pipe: what torch prints is read only if something has gone wrong.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if foreign else self._said,
                start_new_session=True,  # Ctrl-C goes to the main process, which then ends this one.
            )
        except OSError:
            self._said.close()
            raise
        # Two threads: with one, a task and an answer larger than the pipes would wait for each other for ever.
        self._threads = [Thread(target=work, daemon=True) for work in (self._send, self._receive)]
        for thread in self._threads:
            thread.start()

    @override
    def submit(self, task: Task[Answer], progress: Progress | None = None) -> Future[Answer]:
        from concurrent.futures import Future

        future: Future[Answer] = Future()
        self._submitted.put((task, progress, future))
        return future

    @override
    def close(self) -> None:
        if self._foreign:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._submitted.put(None)
        for thread in self._threads:
            thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._said.close()

    def _send(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        while (job := self._submitted.get()) is not None:
            task, _, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                data = pickle.dumps(task, protocol=5)
            except Exception as error:
                future.set_exception(_unfinished(error))
                continue
            with self._lock:
                if self._ended:
                    future.set_exception(self._ended)
                    continue
                self._sent.append(job)
            # If the process has ended in the meantime, the other thread reports why.
            with contextlib.suppress(OSError):
                stream.write(len(data).to_bytes(_HEADER, "little"))
                stream.write(data)
                stream.flush()

    def _receive(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            try:
                kind, *rest = pickle.load(stream)
            except Exception:
                # Messages end, or break off, only when the process ends.
                break
            if kind == "missing":
                self._end(rest[0])
                return
            _, progress, future = self._sent[0]
            if kind == "progress":
                if progress is not None and not future.done():
                    try:
                        progress(*rest)
                    except BaseException as failed:
                        future.set_exception(failed)
                continue
            self._sent.popleft()
            if future.done():
                continue
            if kind == "done":
                future.set_result(rest[0])
            else:
                error, told = rest
                error.__cause__ = _Told(told)
                future.set_exception(error)
        code = self._process.wait()
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip().splitlines()
        which = "the code's" if self._foreign else "the torch"
        self._end(UnfinishedError(f"{which} process ended with code {code}{': ' + words[-1] if words else ''}"))

    def _end(self, why: UnfinishedError) -> None:
        with self._lock:
            self._ended = why
        for _, _, future in self._sent:
            if not future.done():
                future.set_exception(why)


class _Told(Exception):
    """The traceback of an error in the side process, as text: shown as the cause of the error here."""

    @override
    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _unfinished(error: BaseException) -> UnfinishedError:
    """Return the error of a task that failed for another reason than the user's request."""
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "torch":
        unfinished = _without_torch(error)
    else:
        unfinished = UnfinishedError(f"torch failed: {traceback.format_exception_only(error)[-1].strip()}")
    unfinished.__cause__ = error
    return unfinished


def _without_torch(error: Exception) -> UnfinishedError:
    """Return the error of a torch that is not installed, or that cannot be imported."""
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return MissingLibrary.of("torch", "torch")
    return UnfinishedError(f"torch cannot be imported: {error}; schedule and race need none with --engine reference")


def main(*, foreign: bool = False) -> None:
    """Perform the tasks that arrive on stdin, until it is closed. foreign: as of `SideProcess`."""
    requests: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=(os.fdopen(os.dup(0), "rb"), requests), daemon=True).start()
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - pathlib takes long to import
        os.dup2(nothing.fileno(), 0)
    if not foreign:
        # Collecting garbage slows an import of this size by a tenth, and the process does not live long.
        gc.disable()
    with os.fdopen(os.dup(1), "wb") as answers:
        # Other output to stdout must not get between the messages.
        os.dup2(2, 1)
        _serve(requests, answers, foreign=foreign)
        answers.flush()
    os._exit(0)


def _read(stream: IO[bytes], requests: SimpleQueue[bytes]) -> None:
    """Queue tasks as they arrive; end this process, even in the middle of one, when stdin is closed."""
    while header := stream.read(_HEADER):
        requests.put(stream.read(int.from_bytes(header, "little")))
    os._exit(0)


def _as_it_is(work: Callable[[], Answer]) -> Answer:
    return work()


def _serve(requests: SimpleQueue[bytes], answers: IO[bytes], *, foreign: bool) -> None:
    def say(*message: Any) -> None:
        pickle.dump(message, answers, protocol=5)
        answers.flush()

    def told(done: int, total: int) -> None:
        say("progress", done, total)

    within: Callable[[Callable[[], Any]], Any] = _as_it_is
    if not foreign:
        try:
            from lrviz.engines.real.dynamo import without_compiler as within
        except Exception as error:
            say("missing", _without_torch(error))
            return
    while True:
        try:
            task: Task[Any] = pickle.loads(requests.get())
            answer = within(partial(task.perform, told))
        except LrvizError as error:
            say("failed", error, traceback.format_exc())
        except Exception as error:
            say("failed", _unfinished(error), traceback.format_exc())
        else:
            say("done", answer)
