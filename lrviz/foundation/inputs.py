"""Reading text files: of limited size, in UTF-8, and without quoting their contents in messages."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO


class Unreadable(Exception):
    """Why a file cannot be read as text, in words that end a sentence."""


class Pickled(Unreadable):
    """A pickle, bare or in a zip archive as torch saves it: reading one would run its code."""


_PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
_ARCHIVE = b"PK\x03\x04"


def text_of(path: Path, largest: int, *, anything: bool = False) -> str:
    """Return the text of a file.

    largest: bytes that it may have; anything: a path on a command line may be a pipe or a device, but one that
    a document names must be a regular file, so that reading never waits or goes on for ever.
    Raises Unreadable, and OSError or ValueError as `open` does.
    """
    # pathlib's open takes no opener.
    with open(path, "rb", opener=None if anything else _without_waiting) as stream:
        if not anything and not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise Unreadable("not a regular file")
        return text_from(stream, largest)


def text_from(stream: BinaryIO, largest: int) -> str:
    """Return the text of a stream; no more is read than allowed.

    Raises Unreadable.
    """
    raw = stream.read(largest + 1)
    if raw.startswith(_PICKLES) or (raw.startswith(_ARCHIVE) and b".pkl" in raw[:1024]):
        raise Pickled("a pickle, and reading one would run code")
    if len(raw) > largest:
        raise Unreadable(f"larger than {largest // 10**6} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not text in UTF-8 (byte {error.start})") from None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file without waiting, even a pipe without a writer; for a regular file this makes no difference."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
