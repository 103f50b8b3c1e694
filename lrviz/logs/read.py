"""A file or a folder -> `Logged`: what kind of log it is, by its contents, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.inputs import Unreadable, text_of
from lrviz.foundation.numerals import plural
from lrviz.logs import lightning, tensorboard, transformers, ultralytics, wandb
from lrviz.logs.digits import exactness
from lrviz.logs.frames import is_framed
from lrviz.logs.layout import FOUND, Asked, Layout, plain
from lrviz.logs.names import EPOCHS, STEPS, is_lr
from lrviz.logs.restarts import Disorder, laid
from lrviz.logs.table import Csv, JsonLines, Table, delimiter
from lrviz.results import Logged, LoggedGroup

_LARGEST = 2 * 10**9
_HEAD = 1 << 16
"""Bytes of a file that say what it is."""
_DIALECTS = (ultralytics, wandb, lightning)
"""Kinds of CSV with names of their own, in the order in which they are tried."""
_STATE = re.compile(rb'"log_history"\s*:')
_NUMBERS = re.compile(r"[\s\deE.+naNA-]+")
_CSV, _JSONL = (".csv", ".tsv"), (".jsonl", ".ndjson")
_SAMPLE = 4096


def is_log(path: Path) -> bool:
    """Return whether a file, or a folder, holds a log, by its contents; a device or a pipe is not opened."""
    try:
        return bool(tensorboard.files(path)) if path.is_dir() else path.is_file() and _kind(path) != ""
    except DocumentError:
        return True
    except (OSError, ValueError):
        return False


def read(path: Path, source: str | None = None, asked: Asked = FOUND) -> Logged:
    """Return what a log says of learning rates. source: what messages call it; asked: columns by name.

    Raises DocumentError where it cannot be read, or says nothing of an lr.
    """
    source = str(path) if source is None else source
    try:
        if path.is_dir():
            found = tensorboard.files(path)
            if not found:
                raise DocumentError(Fault(source, "", "a folder without event files of TensorBoard"))
            return tensorboard.read(source, found, asked)
        kind = _kind(path)
        if kind == tensorboard.KIND:
            return tensorboard.read(source, [path], asked)
        text = text_of(path, _LARGEST)
    except Unreadable as error:
        raise DocumentError(Fault(source, "", str(error))) from None
    except OSError as error:
        raise DocumentError(Fault(source, "", f"cannot be read: {error.strerror}")) from None
    if not text.strip():
        raise DocumentError(Fault(source, "", "an empty file"))
    if kind == transformers.KIND:
        history, layout, state = transformers.read(source, text, asked)
        logged = _logged(history, layout)
        return logged if layout.conventions != transformers.CONVENTIONS else _told(logged, state)
    table: Table = JsonLines(source, text) if kind == "JSONL" else Csv(source, text)
    own = None if asked != FOUND or kind == "JSONL" else _dialect(table.names)
    logged = _logged(table, own or plain(source, table.names, kind or "CSV", asked))
    return _told(logged, None) if logged.conventions == transformers.CONVENTIONS else logged


def _dialect(names: Sequence[str]) -> Layout | None:
    return next((found for one in _DIALECTS if (found := one.layout(names))), None)


def _kind(path: Path) -> str:
    """Return the kind of log that a file is, "" where it is not one."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if is_framed(head):
        return tensorboard.KIND
    suffix = path.suffix.lower()
    if suffix in _CSV:
        return "CSV"
    if suffix in _JSONL:
        return "JSONL"
    text = head.decode("utf-8-sig", errors="replace")
    # The last line may be cut by the end of what was read.
    lines = [line for line in text.split("\n")[: None if len(head) < _HEAD else -1] if line.strip()]
    if text.lstrip().startswith("{"):
        if _STATE.search(head) or path.name == transformers.KIND:
            return transformers.KIND
        return "JSONL" if _json_lines(lines[:2]) else ""
    return "CSV" if _is_csv(lines[:2]) else ""


def _json_lines(lines: Sequence[str]) -> bool:
    """Return whether lines are objects each, and no document: of one line its keys decide."""
    try:
        read = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return False
    if not read or not all(isinstance(one, dict) for one in read):
        return False
    return len(read) > 1 or (any(map(is_lr, read[0])) and not {*STEPS, *EPOCHS}.isdisjoint(read[0]))


def _is_csv(lines: Sequence[str]) -> bool:
    """Return whether lines are a header that names a step or an lr, and a row; no line of YAML is both."""
    if not lines or lines[0].lstrip().startswith(("#", "%", "-", "[", "{")) or ": " in lines[0]:
        return False
    mark = delimiter("\n".join(lines))
    names = [name.strip().strip('"') for name in lines[0].split(mark)]
    known = any(is_lr(name) or name.lower() in {*STEPS, *EPOCHS} for name in names)
    # Words are separated by spaces, too: only above numbers are they a header.
    if mark == " " and not (lines[1:] and _NUMBERS.fullmatch(lines[1])):
        return False
    return len(names) > 1 and known and all(line.count(mark) for line in lines[1:])


def _logged(table: Table, layout: Layout) -> Logged:
    """Return what the columns of a table say."""
    table.select(layout.steps, *(index for index, _ in layout.lr))
    steps = table.numbers(layout.steps)
    groups, restarts, texts = [], set[int](), list[str]()
    odd = ~np.isnan(steps) & ((steps != np.floor(steps)) | (np.abs(steps) > 2**53))
    if odd.any():
        row = int(odd.argmax())
        told = f"{steps[row]:g} given; a whole number is needed"
        raise table.fault(row, layout.steps, told)
    for index, name in layout.lr:
        lr = table.numbers(index)
        rows = np.flatnonzero(~np.isnan(lr) & ~np.isnan(steps) & (np.nan_to_num(steps) >= _earliest(layout, steps)))
        if not len(rows):
            continue
        try:
            at, values, again = laid(steps[rows].astype(np.int64) - _offset(layout, steps), lr[rows])
        except Disorder as error:
            row = int(rows[error.index])
            before = steps[rows[error.index - 1]]
            told = (
                f"{steps[row]:g} after {before:g}: steps go back {error.times} times; "
                "they must ascend, except where a run restarts"
            )
            raise table.fault(row, layout.steps, told) from None
        groups.append(LoggedGroup(name, at, values))
        restarts |= set(again.tolist())
        texts += table.texts(index, every=max(table.rows // _SAMPLE, 1))
    if not groups:
        names = ", ".join(name for _, name in layout.lr)
        raise DocumentError(Fault(table.source, "", f"a log without lr: no row has a value of {names}"))
    before = int(np.count_nonzero(steps < _earliest(layout, steps)))
    notes = [table.note] if table.note else []
    notes += [f"{plural(before, 'row')} before the first {layout.unit}, left out"] if before else []
    tolerance, resolution = exactness([text for text in texts if text.strip()])
    return Logged(
        table.source, layout.kind, tuple(groups), layout.conventions, tolerance, tuple(sorted(restarts)), resolution,
        layout.unit, tuple(f"{table.source}: {note}" for note in notes),
    )  # fmt: skip


def _offset(layout: Layout, steps: FloatArray) -> int:
    """Return the step of the first update; a log that has one before it counts from there, as old versions did."""
    return min(layout.first, max(int(np.nanmin(steps)), 0)) if layout.unit == "epoch" else layout.first


def _earliest(layout: Layout, steps: FloatArray) -> int:
    if np.isnan(steps).all():
        return 0
    return max(_offset(layout, steps), 0)


def _told(logged: Logged, state: object) -> Logged:
    """Return a log of Transformers under the convention that it tells of itself, if it does."""
    known = state if isinstance(state, dict) else None
    last = known.get("max_steps") if known else None
    one = logged.groups[0]
    found = transformers.conventions(one.at + 1, one.lr, last if isinstance(last, int) and last > 0 else None, known)
    return replace(logged, conventions=found)
