"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lrviz.foundation.errors import UnfinishedError


def is_device(path: Path) -> bool:
    """Whether a path is written directly: /dev/null, a named pipe."""
    return path.exists() and not path.is_file()


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all: to a temporary file next to it, then renamed. A device is written directly.

    A file that is overwritten keeps its permissions, its owner and its extended attributes; if it is a
    link, its target is replaced.
    Raises UnfinishedError if it cannot be written.
    """
    temporary: Path | None = None
    try:
        if is_device(path):
            with path.open("wb") as stream:
                fill(stream)
            return
        target = path.resolve()
        replaced = target.exists()
        # Named before it is created: an interruption can always remove it.
        temporary = target.with_name(f".lrviz-{os.urandom(8).hex()}")
        with open(temporary, "xb", opener=_private if replaced else None) as stream:
            fill(stream)
        if replaced:
            _take_after(target, temporary)
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise UnfinishedError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    """Open a file that nobody else may read: the file that it replaces may be private."""
    return os.open(name, flags, 0o600)


def _take_after(target: Path, temporary: Path) -> None:
    """Copy permissions, owner and attributes from the file that it will replace."""
    import shutil

    known = target.stat()
    # Only root may change the owner; and first, because that resets some permissions.
    with contextlib.suppress(OSError, AttributeError):
        os.chown(temporary, known.st_uid, known.st_gid)
    shutil.copystat(target, temporary)
    os.utime(temporary)
