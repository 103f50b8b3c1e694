"""torch in a side process: it is imported while the main process prepares everything else.

The side process is started before anything heavy is imported here, keeps stdin and stdout for
pickled messages, and leaves by os._exit: torch's own exit costs as much as half its import.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread, Timer
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

from typing_extensions import override

from lrviz.foundation.errors import LrvizError, UnfinishedError

if TYPE_CHECKING:
    from lrviz.engines.tasks.race import Descent
    from lrviz.engines.tasks.resume import Interruption, Reading
    from lrviz.engines.tasks.schedule import Plan, Progress

    Work = Plan | Descent | Interruption | Reading


Answer = TypeVar("Answer")

_HEADER = 8
"""Bytes before each piece of work that say how many follow."""


class Worker:
    """A side process that does its work in the order it is sent; use it as a context manager.

    Where no process can be started, they run in this one.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        # The side process finds the modules that this one finds, however this one came to find them.
        found = [folder for folder in sys.path if folder]
        program = f"import sys; sys.path[:] = {found!r}; from lrviz.engines.work import main; main()"
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] = io.BytesIO()
        self._hand = Thread(target=self._hand_over, daemon=True)
        try:
            # A file, not a pipe: nobody reads what torch prints until something has gone wrong.
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                start_new_session=True,  # Ctrl-C is for the main process, which then ends this one.
            )
        except OSError:
            return
        self._hand.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the side process, whatever it is doing, and the thread that writes to it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._work.put(None)
            self._hand.join()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        self._said.close()

    def send(self, work: Work) -> None:
        """Queue a piece of work; `receive` returns what becomes of each in the same order."""
        self._work.put(work)

    def _hand_over(self) -> None:
        """Write the work from a thread of its own: the process reads slowly while it imports torch."""
        assert self._process is not None
        assert self._process.stdin is not None
        # Where the process has gone already, `receive` reads why.
        with contextlib.suppress(OSError, ValueError):
            while (work := self._work.get()) is not None:
                data = pickle.dumps(work, protocol=5)
                self._process.stdin.write(len(data).to_bytes(_HEADER, "little"))
                self._process.stdin.write(data)
                self._process.stdin.flush()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the side process if the block takes longer; a `receive` in it then raises UnfinishedError."""
        timer = Timer(seconds, self._process.kill) if self._process is not None else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()

    def receive(self, expected: type[Answer], progress: Progress | None = None) -> Answer:
        """Wait for what becomes of the next piece of work, which is `expected`.

        Raises Refusal where torch refuses the schedule or the optimizer, CheckpointError where it refuses a
        file, UnfinishedError where the process dies.
        """
        if self._process is None:
            here: Answer = _done(self._taken(), progress)
            assert isinstance(here, expected)
            return here
        assert self._process.stdout is not None
        while True:
            try:
                kind, *rest = pickle.load(self._process.stdout)
            except (EOFError, pickle.UnpicklingError):
                raise self._died() from None
            if kind == "progress":
                if progress is not None:
                    progress(*rest)
            elif kind == "done":
                (answer,) = rest
                assert isinstance(answer, expected)
                return answer
            elif kind == "refused":
                error: LrvizError = rest[0]
                raise error
            else:
                raise UnfinishedError(f"the torch process failed: {rest[0]}")

    def _taken(self) -> Work:
        work = self._work.get()
        assert work is not None
        return work

    def _died(self) -> UnfinishedError:
        assert self._process is not None
        code = self._process.wait()
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip().splitlines()
        return UnfinishedError(f"the torch process ended with code {code}{': ' + words[-1] if words else ''}")


class Inline(Worker):
    """The same work in this process, which is a side process itself; for one that does much of it."""

    def __init__(self) -> None:
        self._work = SimpleQueue()
        self._process = None
        self._said = io.BytesIO()

    @override
    def receive(self, expected: type[Answer], progress: Progress | None = None) -> Answer:
        from lrviz.engines.real.dynamo import without_compiler

        answer = without_compiler(partial(_done, self._taken(), progress))
        assert isinstance(answer, expected)
        return answer


def main() -> None:
    """Run the work that arrives on stdin, as long as somebody may send more."""
    # Collecting garbage slows an import of this size by a tenth, and the process does not live long.
    gc.disable()
    requests: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=(sys.stdin.buffer, requests), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as answers:
        # Whatever else writes to stdout must not end up among the messages.
        os.dup2(2, 1)
        _serve(requests, answers)
        answers.flush()
    os._exit(0)


def _read(stream: IO[bytes], requests: SimpleQueue[bytes]) -> None:
    """Take work in as it comes; end this process, whatever it is doing, when the one that sends it is gone."""
    while header := stream.read(_HEADER):
        requests.put(stream.read(int.from_bytes(header, "little")))
    os._exit(0)


def _serve(requests: SimpleQueue[bytes], answers: IO[bytes]) -> None:
    def say(*message: Any) -> None:
        pickle.dump(message, answers, protocol=5)
        answers.flush()

    def told(done: int, total: int) -> None:
        say("progress", done, total)

    try:
        from lrviz.engines.real.dynamo import without_compiler
    except Exception as error:
        say("failed", f"torch cannot be imported: {error}")
        return
    while True:
        work: Work = pickle.loads(requests.get())
        try:
            say("done", without_compiler(partial(_done, work, told)))
        except LrvizError as error:
            say("refused", error)
        except Exception:
            say("failed", traceback.format_exc().strip().splitlines()[-1])


def _done(work: Work, progress: Progress | None) -> Any:
    """Return what torch makes of a piece of work."""
    from lrviz.engines.tasks.resume import Interruption, Reading
    from lrviz.engines.tasks.schedule import Plan

    # Each kind imports what it needs: a schedule has no use for the functions that a race runs on.
    if isinstance(work, Plan):
        from lrviz.engines.real import schedule as pytorch

        return pytorch.run(work, progress)
    if isinstance(work, Interruption):
        from lrviz.engines.real.resume import interrupt

        return interrupt(work, progress)
    if isinstance(work, Reading):
        from lrviz.engines.real.checkpoint import read

        return read(work)
    from lrviz.engines.real import race as recorder

    return recorder.descend(work, progress)
