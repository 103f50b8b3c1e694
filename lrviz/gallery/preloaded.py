"""What processes are forked with; what cannot be imported is told by the first of them that needs it."""

from __future__ import annotations

import contextlib
import sys

from lrviz.foundation.stopping import leave_to_parent

# A process whose start is cut off, because the main one ends, has nothing to tell; any other end of a process is
# seen by the executor that waits for it.
sys.excepthook = lambda *_: None
leave_to_parent()

with contextlib.suppress(Exception):
    from lrviz.gallery import drawing

    __all__ = ["drawing"]
