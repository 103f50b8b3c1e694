"""The files that a checkpoint is: one, several, or a folder as accelerate and Transformers write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lrviz.foundation.errors import CheckpointError
from lrviz.foundation.printable import printable

_BEGINNINGS = (b"PK", b"\x80\x02")
"""Of a file of torch.save: a zip archive, and before torch 1.6 a pickle."""
_IN_FOLDERS = re.compile(r"(optimizer|scheduler)(_\d+)?\.(bin|pt)")
"""accelerate: optimizer.bin, scheduler_1.bin; Transformers: optimizer.pt. What else lies there holds no state."""


def checkpoint_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files to be read, those of a folder in its place.

    Raises CheckpointError where there is none, or one is no file of torch.save.
    """
    return tuple(dict.fromkeys(file for path in paths for file in _files(path)))


def _files(path: str) -> Iterator[str]:
    shown = printable(path)
    try:
        file = Path(path)
        if not file.exists():
            raise CheckpointError(f"{shown}: no such file")
        if file.is_dir():
            found = sorted(each for each in file.iterdir() if _IN_FOLDERS.fullmatch(each.name))
            if not found:
                raise CheckpointError(
                    f"{shown}: a folder without optimizer.bin or scheduler.bin (accelerate), optimizer.pt or "
                    "scheduler.pt (Transformers); name the file that torch.save wrote"
                )
            for each in found:
                yield from _files(str(each))
            return
        if not file.is_file():
            raise CheckpointError(f"{shown}: not a regular file")
        with file.open("rb") as stream:
            head = stream.read(2)
    except OSError as error:
        raise CheckpointError(f"{shown}: cannot be read: {error.strerror}") from None
    if head not in _BEGINNINGS:
        raise CheckpointError(f"{shown}: not a file of torch.save{'; it is empty' if not head else ''}")
    yield path
