"""Writers of logs as frameworks write them, in few lines: the formats are those that docs/logs.md names."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Values = Sequence[tuple[int, float]]
"""Steps, as they stand in the log, and learning rates."""


def crc32c(data: bytes) -> int:
    """Bit by bit, from the polynomial."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """A record of a TFRecord file."""

    def masked(part: bytes) -> bytes:
        crc = crc32c(part)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def message(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def scalar(tag: str, step: int, value: float, wall: float = 0.0, *, tensor: bool = False) -> bytes:
    """An event with one scalar; tensor: as newer writers put it, in a TensorProto."""
    if tensor:
        number = message(8, b"\x08\x01" + message(5, struct.pack("<f", value)))
    else:
        number = b"\x15" + struct.pack("<f", value)
    head = b"\x09" + struct.pack("<d", wall) + (b"\x10" + varint(step) if step else b"")
    return record(head + message(5, message(1, message(1, tag.encode()) + number)))


def version(wall: float = 0.0) -> bytes:
    """The first event of each file."""
    return record(b"\x09" + struct.pack("<d", wall) + message(3, b"brain.Event:2"))


def event_file(path: Path, tags: Mapping[str, Values], *, began: float = 1.0, tensor: bool = False) -> Path:
    """An event file, the values of all tags by their steps."""
    rows = sorted((step, tag, value) for tag, values in tags.items() for step, value in values)
    events = [scalar(tag, step, value, began + index, tensor=tensor) for index, (step, tag, value) in enumerate(rows)]
    path.write_bytes(b"".join([version(began), *events]))
    return path


def table(path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",") -> Path:
    """A CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def trainer_state(path: Path, values: Values, *, last: int, **state: object) -> Path:
    """A trainer_state.json, with what else Transformers 4.51 and later write."""
    history = [{"epoch": step / 10, "learning_rate": lr, "loss": 1.0, "step": step} for step, lr in values]
    known = {"best_global_step": None, "is_hyper_param_search": False, "global_step": last, "max_steps": last}
    path.write_text(
        json.dumps({**known, **state, "log_history": [*history, {"step": last, "train_loss": 1.0}]}, indent=2)
    )
    return path


def json_lines(path: Path, values: Values) -> Path:
    """A JSONL file."""
    path.write_text("".join(json.dumps({"step": step, "loss": 1.0, "lr": lr}) + "\n" for step, lr in values))
    return path
