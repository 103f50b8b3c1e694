"""What processes are forked with; what cannot be imported is told by the first of them that needs it."""

from __future__ import annotations

import contextlib

with contextlib.suppress(Exception):
    from lrviz.gallery import drawing

    __all__ = ["drawing"]
