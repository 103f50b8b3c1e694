"""What processes are forked with; what cannot be imported is told by the first of them that needs it."""

from __future__ import annotations

import contextlib
import sys

# A process whose start is cut off, because the main one ends, has nothing to tell; any other end of a process is
# seen by the executor that waits for it.
sys.excepthook = lambda *_: None

with contextlib.suppress(Exception):
    from lrviz.gallery import drawing

    __all__ = ["drawing"]
