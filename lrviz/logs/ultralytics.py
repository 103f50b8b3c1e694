"""Ultralytics' `results.csv`: a row for each epoch, with spaces around the names in some versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrviz.logs.layout import Layout
from lrviz.results import Convention

KIND = "Ultralytics results.csv"
_GROUP = re.compile(r"(?:lr/pg|x/lr)\d+")


def layout(names: Sequence[str]) -> Layout | None:
    """Return the layout of a file that has `epoch` and `lr/pg0`, `lr/pg1`, ...

    A row holds what the last update of its epoch was made with; epochs count from 1 (from 0 before 8.0: see `read`).
    """
    plain = [name.strip() for name in names]
    found = tuple((index, name) for index, name in enumerate(plain) if _GROUP.fullmatch(name))
    if "epoch" not in plain or not found:
        return None
    said = (Convention("the lr of the epoch's last update", 0),)
    return Layout(KIND, plain.index("epoch"), found, first=1, conventions=said, unit="epoch")
