"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lrviz.foundation.errors import UnfinishedError


def is_device(path: Path) -> bool:
    """Whether a path is something that takes data as it comes: /dev/null, a named pipe."""
    return path.exists() and not path.is_file()


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all: beside it first, then renamed. A device takes it as it comes.

    Raises UnfinishedError where the disk does not take it.
    """
    temporary: Path | None = None
    try:
        if is_device(path):
            with path.open("wb") as stream:
                fill(stream)
            return
        # Where the file is a link, what it leads to is replaced.
        target = path.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lrviz-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise UnfinishedError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
