"""Lines of a program as a reader knows them."""

from __future__ import annotations

import os
import re
from pathlib import Path

_INSTALLED = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")


def shown_place(at: str) -> str:
    """Return a "file:line" as short as it can be understood: from the folder one stands in, or from the package.

    >>> shown_place("/usr/lib/python3/site-packages/accelerate/scheduler.py:81")
    'accelerate/scheduler.py:81'
    """
    inside = _INSTALLED.sub("", at)
    here = f"{Path.cwd()}{os.sep}"
    return inside.removeprefix(here)


def file_and_line(at: str) -> tuple[str, int | None]:
    """Return the file and the line of a "file:line".

    >>> file_and_line("train.py:41")
    ('train.py', 41)
    """
    file, _, line = at.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdigit() else (at, None)
