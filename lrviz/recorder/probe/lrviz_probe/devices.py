"""Values on a device: requested without waiting, and recorded when they have arrived."""

import sys

from .writer import LATE


class Asked:
    """The values that were requested from devices, for one optimizer."""

    __slots__ = ("_late", "_optimized", "_watch")

    def __init__(self, watch, optimized):
        self._watch = watch
        self._optimized = optimized
        self._late = []

    def __len__(self):
        return len(self._late)

    def ask(self, row, at, value):
        """Request a value of a row: the answer is read at the next update."""
        torch = sys.modules["torch"]
        if torch.cuda.is_current_stream_capturing():
            # The request would become a part of the program's graph, or break its capture.
            return
        kept = torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
        kept.copy_(value.detach(), non_blocking=True)
        done = torch.cuda.Event()
        done.record()
        self._late.append((self._optimized.updates, row, at, kept, done))

    def settle(self):
        """Record what has arrived."""
        if not self._late or sys.modules["torch"].cuda.is_current_stream_capturing():
            return
        with self._watch.lock:
            while self._late and self._late[0][4].query():
                update, row, at, kept, _ = self._late.pop(0)
                number = float(kept)
                if number != row.numbers[at]:
                    self._watch.writer.late(row.slots[at] << 3 | LATE, update, number)
                    row.numbers = [*row.numbers[:at], number, *row.numbers[at + 1 :]]
