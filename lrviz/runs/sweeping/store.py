"""The store: a folder that keeps each computed tile under its name."""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrviz.foundation.errors import OutputError, UnfinishedError
from lrviz.foundation.files import is_device, write
from lrviz.runs.sweeping.packing import Damaged, unpacked

_NAME = re.compile(r"[0-9a-f]{64}\.npz|\.lrviz-[0-9a-f]{16}")
"""Tiles, and what an interrupted write may have left."""


@dataclass(frozen=True, slots=True)
class Store:
    """Tiles in a folder, each an npz file in a subfolder named by the first two digits of its name."""

    folder: Path

    @classmethod
    def opened(cls, folder: Path | None, option: str) -> Store:
        """Return the store in a folder, which is created if it is missing; None is the one in the user's cache.

        option: what messages call it. Raises OutputError where it cannot be written.
        """
        where = usual_folder() if folder is None else folder
        try:
            where.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=where):
                pass
        except OSError as error:
            if isinstance(error, NotADirectoryError):
                file = next(one for one in where.parents if one.exists())
                raise OutputError(f"{option} {where}: {file} is a file; a folder is needed") from None
            if isinstance(error, FileExistsError):
                found = "a file" if where.exists() else "a link that leads nowhere"
                raise OutputError(f"{option} {where}: {found}; a folder is needed") from None
            hint = f"; choose another folder with {option} DIR" if folder is None else ""
            raise OutputError(f"{option} {where}: cannot be written: {error.strerror or error}{hint}") from None
        return cls(where)

    def read(self, key: str) -> dict[str, Any] | None:
        """Return the arrays of a tile, None where it is missing; raises Damaged where its file cannot be used."""
        path = self._path(key)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise Damaged("no regular file")
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Damaged(str(error)) from None
        return unpacked(data, key)

    def keep(self, key: str, data: bytes) -> None:
        """Keep the arrays of a tile, whole or not at all; raises UnfinishedError where they cannot be written."""
        path = self._path(key)
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise UnfinishedError(f"{path.parent}: cannot be made: {error.strerror}") from None
        # Written is a tile of this store, not what a link leads to or a pipe that nobody reads.
        if path.is_symlink() or is_device(path):
            with suppress(OSError):
                path.unlink()
        write(path, lambda stream: stream.write(data))

    def cleared(self) -> int:
        """Remove every tile, and nothing else; return how many there were."""
        found = [path for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if _is_own(path)]
        try:
            for path in found:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{error.filename}: cannot be removed: {error.strerror}") from None
        for path in {path.parent for path in found}:
            with suppress(OSError):
                path.rmdir()
        return sum(path.suffix == ".npz" for path in found)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npz"


def _is_own(path: Path) -> bool:
    """Return whether a file was written by a store: its name is a tile's, and in the folder of its first digits."""
    placed = path.suffix != ".npz" or path.name.startswith(path.parent.name)
    file = path.is_symlink() or not path.is_dir()
    return _NAME.fullmatch(path.name) is not None and placed and file and not path.parent.is_symlink()


def usual_folder() -> Path:
    """Return the default folder: lrviz's own in the user's cache."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "lrviz" / "sweeps"
