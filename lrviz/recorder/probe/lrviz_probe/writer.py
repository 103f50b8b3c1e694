"""The bytes of a recording: frames that several processes append to one file, and a tail for what is not in it yet.

The format is described in docs/recording-format.md; `lrviz.recorder.frames` reads it.
"""

import json
import os
import struct
import zlib
from array import array

MAGIC = b"\x89lr\x01"
"""The first bytes of each frame, and so of the file; the last of them is the version of the format."""
HEAD = struct.Struct("<4scQII")
"""Magic, kind, process, length of the payload, CRC-32 of kind, process and payload."""
BLOCK = struct.Struct("<IIId")
"""The head of a block: its number in the process, operations, values, and the time of its last update."""
OPERATIONS = 8192
_TAIL = 64
TAIL_SIZE = _TAIL + OPERATIONS * 4 + 2 * OPERATIONS * 8

UPDATE, TICK, SET, SET_BY, SKIP, EVENT, LATE = range(7)
"""The kind of an operation, in its low three bits; the rest is a number:

of an optimizer (UPDATE, SKIP), a site (TICK), a slot (SET, SET_BY, LATE) or an event (EVENT). SET and SET_BY take
one value, LATE two: the update that it belongs to, and the value.
"""


def frame(kind, process, payload):
    """Return a frame; kind: b"E", an event in JSON, or b"B", a block of operations and values."""
    check = zlib.crc32(payload, zlib.crc32(struct.pack("<cQ", kind, process)))
    return HEAD.pack(MAGIC, kind, process, len(payload), check) + payload


def block(number, operations, values, time):
    """Return the payload of a block; operations: bytes of u32, values: bytes of f64, both little-endian."""
    head = BLOCK.pack(number, len(operations) // 4, len(values) // 8, time)
    return head + zlib.compress(bytes(operations) + bytes(values), 1)


class Writer:
    """The part of one process. Nothing is written to disk before `open`.

    Operations and values are in memory that is mapped to a file, the tail, so that they survive any end of the
    process, kill -9 included; they become a block when they fill it, and once a second.
    """

    def __init__(self, path, tails):
        self.path, self._tails = path, tails
        self.process = int.from_bytes(os.urandom(8), "little")
        self.operations = 0
        self.values = 0
        self._number = 0
        self._file = None
        self._waiting = []
        self._map(bytearray(TAIL_SIZE))

    def _map(self, memory):
        view = memoryview(memory)
        self._memory = view
        self._head = view[:32].cast("Q")
        self._clock = view[32:40].cast("d")
        self._ops = view[_TAIL : _TAIL + OPERATIONS * 4].cast("I")
        self._vals = view[_TAIL + OPERATIONS * 4 :].cast("d")

    @property
    def opened(self):
        """Whether there is a file."""
        return self._file is not None

    def event(self, told):
        """Write an event: plain data."""
        self._append(frame(b"E", self.process, json.dumps(told).encode()))

    def operation(self, code):
        """Write an operation that takes no value."""
        ops = self.operations
        self._ops[ops] = code
        # The head last: it counts only what is complete.
        self.operations = self._head[2] = ops + 1
        if ops >= OPERATIONS - 1:
            self.flush()

    def number(self, code, value):
        """Write an operation and its value."""
        ops, vals = self.operations, self.values
        self._vals[vals] = value
        self._ops[ops] = code
        # In one statement, so that no signal comes between.
        self.operations, self.values = ops + 1, vals + 1
        self._head[2] = ops + 1
        if ops >= OPERATIONS - 1:
            self.flush()

    def numbers(self, codes, values):
        """Write several operations, an array of them, with a value each, all floats."""
        ops, vals = self.operations, self.values
        after = ops + len(values)
        if after >= OPERATIONS:
            for code, value in zip(codes, values):
                self.number(code, value)
            return
        self._vals[vals : vals + len(values)] = array("d", values)
        self._ops[ops:after] = codes
        self.operations, self.values = after, vals + len(values)
        self._head[2] = after

    def late(self, code, update, value):
        """Write an operation with the update that its value belongs to."""
        self._vals[self.values] = update
        self.values += 1
        self.number(code, value)

    def update(self, code, now):
        """Write an update; now: the time."""
        ops = self.operations
        self._clock[0] = now
        self._ops[ops] = code
        self.operations = self._head[2] = ops + 1
        if ops >= OPERATIONS - 1:
            self.flush()

    def open(self):
        """Create the recording, or append to the one that another process has begun, and write the waiting frames."""
        if self._tails:
            # First, because it fails if lrviz has ended: then no file is created that nobody wants any more.
            self._keep_tail()
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._append(each)

    def _keep_tail(self):
        import mmap

        name = os.path.join(self._tails, "%016x" % self.process)
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Written, not only extended: a full disk is an error here, not a signal later.
            if os.write(file, bytes(TAIL_SIZE)) != TAIL_SIZE:
                raise OSError("no space for " + name)
            memory = mmap.mmap(file, TAIL_SIZE)
        finally:
            os.close(file)
        memory[:] = self._memory.tobytes()
        self._map(memory)
        self._head[1] = self._number
        self._head[0] = self.process

    def flush(self):
        """Write the pending operations as a block."""
        if not self.operations:
            return
        payload = block(
            self._number,
            self._memory[_TAIL : _TAIL + self.operations * 4],
            self._vals[: self.values].tobytes(),
            self._clock[0],
        )
        self._append(frame(b"B", self.process, payload))
        self._number += 1
        self.operations = self.values = 0
        # First the tail is emptied: a tail with a number that the file already has is ignored.
        self._head[2] = 0
        self._head[1] = self._number

    def _append(self, data):
        if self._file is None:
            self._waiting.append(data)
        elif os.write(self._file, data) != len(data):
            raise OSError("no space for " + self.path)

    def close(self):
        """Write what is left, if a recording was begun."""
        if self._file is not None:
            self.flush()
            self.forget()

    def forget(self):
        """Leave the file as it is."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
