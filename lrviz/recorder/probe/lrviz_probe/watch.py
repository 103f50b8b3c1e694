"""One recording of one process, from its first update to its end: what all parts of the probe share."""

import contextlib
import os
import signal
import sys
import threading

from .optimizers import Optimizers
from .projection import Projector
from .schedulers import Schedulers
from .writer import EVENT, Writer

MOST = 10_000
"""The most optimizers, schedulers and different events that are recorded; later ones are left out."""


class Here(threading.local):
    """What this thread is inside of: a step or a constructor of a scheduler, steps of optimizers."""

    inside = False

    def __init__(self):
        self.steps = []


class Watch:
    """One recording of this process. path: its file; tails: a folder for tails, None for none.

    updates: after how many of them to interrupt the program, once; 0 for never. until: updates to project to, 0 for
    as many as the schedulers state. over: whether it has ended; due: when to write next; lock: held while anything is
    written.
    """

    def __init__(self, path, tails=None, updates=0, until=0):
        self._asked = (path, tails, updates, until)
        self.forked()

    def forked(self):
        """Start again: a forked child has its own recording."""
        before = self.__dict__.get("writer")
        if before is not None:
            before.forget()
        path, tails, updates, until = self._asked
        self.lock = threading.RLock()
        self.here = Here()
        self.writer = Writer(path, tails)
        self.optimizers = Optimizers(self, updates)
        self.schedulers = Schedulers(self)
        self.projector = Projector(until, self.schedulers.registry)
        self._events = {}
        self._counts = {"optimizer": 0, "scheduler": 0, "site": 0, "slot": 0}
        self.due = 0.0
        self.over = False

    def close(self, ended=None):
        """Write what is left, and stop recording.

        ended: whether the program has come to its own end; None where Python knows whether an exception ended it.
        """
        with self.lock:
            self.optimizers.settle()
            if getattr(sys, "last_type", None) is None if ended is None else ended:
                self.writer.event({"e": "ended"})
            recorded = self.writer.opened
            self.projector.keep()
            self.writer.close()
            self.over = True
            if recorded:
                self._project()

    def _project(self):
        """Append the projected rest of the run."""
        self.here.inside = True
        try:
            self.projector.write(self._asked[0], self.writer.process)
        finally:
            self.here.inside = False

    def safely(self, function, *arguments):
        """Call a function of the probe: its errors end the recording, and do not reach the program."""
        if self.over:
            return None
        try:
            return function(*arguments)
        except Exception as error:
            self.failed(error)
            return None

    def failed(self, error):
        """Stop recording because of an error; raise one that comes from a signal handler of the program."""
        if _of_a_signal(error):
            raise error
        self.end(error)

    def end(self, error):
        """Stop recording because of an error of the probe; the program goes on."""
        if self.over:
            return
        self.over = True
        with contextlib.suppress(Exception):
            os.write(2, ("lrviz: the recording ends here: %s: %s\n" % (type(error).__name__, error)).encode())
        with contextlib.suppress(Exception):
            self.writer.forget()

    def go_on(self, now):
        """Begin the recording, or write the last second of it."""
        if self.writer.opened:
            self.writer.flush()
        else:
            self.writer.event(
                {
                    "e": "process",
                    "pid": os.getpid(),
                    "rank": _rank(),
                    "began": now,
                    "python": ".".join(map(str, sys.version_info[:3])),
                    "torch": str(getattr(sys.modules.get("torch"), "__version__", "")),
                }
            )
            self.writer.open()
        self.projector.keep(now)
        self.due = now + 1.0

    def event(self, told):
        """Record an event among the operations; its JSON is written once for each different event."""
        key = tuple(told.items())
        number = self._events.get(key)
        if number is None:
            number = len(self._events)
            if number >= MOST:
                return
            self._events[key] = number
            self.writer.event({**told, "n": number})
        self.writer.operation(number << 3 | EVENT)

    def next(self, what):
        """Return the next number for an optimizer, a scheduler, a site or a slot; None where there are too many."""
        number = self._counts[what]
        if number >= MOST and what != "slot":
            return None
        self._counts[what] = number + 1
        return number


def _of_a_signal(error):
    """Return whether an error comes from a signal handler of the program."""
    handlers = [signal.getsignal(each) for each in signal.valid_signals()]
    codes = [each.__code__ for each in handlers if hasattr(each, "__code__")]
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _rank():
    """Return this process's rank: from torch.distributed, else from a launcher's variable; None if there is none."""
    for name in ("RANK", "LOCAL_RANK"):
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    distributed = sys.modules.get("torch.distributed")
    try:
        return distributed.get_rank() if distributed.is_initialized() else None
    except Exception:
        return None
