"""What this machine has found out about galleries, so that it need not find it out again: a file in the user's cache.

It holds hashes of what was found true: that these tools compute the data of that record, that they draw its files.
Such a thing stays true wherever the gallery lies, so nothing here is ever wrong, and losing it costs time only.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lrviz.foundation.errors import UnfinishedError
from lrviz.foundation.files import write
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record
from lrviz.gallery.tools import Tools

_MOST = 50_000
"""Lines of the file: a megabyte."""


class Verified:
    """What is known of the records of a gallery: by its manifest, by this run, and by earlier ones on this machine."""

    def __init__(self, tools: Tools, manifest: Manifest) -> None:
        self._tools, self._made_with = tools, manifest.made_with
        self._path: Path | None = None
        self._known: dict[str, None] = {}
        self._new = False
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            self._path = _path()
            self._known = dict.fromkeys(self._path.read_text(encoding="ascii").split())

    def computed(self, record: Record) -> bool:
        """Whether the tools here compute just the data that are recorded."""
        computing = self._tools.computing
        known = self._made_with is not None and self._made_with.computing == computing
        return known or self.knows("data", record.line, computing)

    def drawn(self, record: Record) -> bool:
        """Whether the tools here draw just the files that are recorded."""
        drawing = self._tools.drawing
        known = self._made_with is not None and self._made_with.drawing == drawing
        return known or self.knows("files", record.line, drawing)

    def alike(self, record: Record) -> bool:
        """Whether pictures made by the installed tools look like the recorded ones."""
        return self.knows("alike", record.line, *self._both) or (self.computed(record) and self.drawn(record))

    def is_exact(self, record: Record) -> None:
        """Note that the installed tools make exactly the recorded pictures."""
        self.learn("data", record.line, self._tools.computing)
        self.learn("files", record.line, self._tools.drawing)

    def is_alike(self, record: Record) -> None:
        """Note that pictures made by the installed tools look like the recorded ones."""
        self.learn("alike", record.line, *self._both)

    @property
    def _both(self) -> tuple[str, str]:
        return self._tools.computing, self._tools.drawing

    def knows(self, *words: str) -> bool:
        """Whether something was found true."""
        return _line(words) in self._known

    def learn(self, *words: str) -> None:
        """Keep what was found true."""
        if not self.knows(*words):
            self._known[_line(words)] = None
            self._new = True

    def save(self) -> None:
        """Write everything down for later runs, where that can be done."""
        if self._new and self._path is not None:
            text = "\n".join(list(self._known)[-_MOST:])
            with contextlib.suppress(OSError, UnfinishedError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write(self._path, lambda stream: stream.write(text.encode()))


def _line(words: tuple[str, ...]) -> str:
    return short_hash("\0".join(words).encode())


def _path() -> Path:
    """Return the file, as https://specifications.freedesktop.org/basedir-spec says."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "lrviz" / "gallery"
