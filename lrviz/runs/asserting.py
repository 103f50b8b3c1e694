"""`lrviz.assert_schedule`: a test that a run follows its plan, and one screen that says where it does not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from lrviz.foundation.files import write
from lrviz.foundation.numerals import counted, told_apart
from lrviz.render.text.difference_table import cause_words
from lrviz.render.text.presentable import presentable
from lrviz.results import Difference
from lrviz.runs.differing.differences import Differences

_WIDE, _TALL = 76, 10
"""Characters of the plot: a screen has room for the rest, too."""


def failure(found: Differences, folder: Path | None) -> str:
    """Return one screen on a run, B, that does not follow its plan, A, and draw it into a folder, or a new one."""
    from lrviz.render.figures.difference import DifferencePicture
    from lrviz.render.terminal.difference_plot import difference_plot

    difference = presentable(found.difference)
    path = (Path(tempfile.mkdtemp(prefix="lrviz-")) if folder is None else folder) / "schedule.png"
    picture = DifferencePicture(difference)
    write(path, partial(picture.save, format="png"))
    return "\n".join(
        [
            f"{difference.b} (B) does not follow {difference.a} (A)",
            *_wrong(difference),
            *(f"cause: {cause}" for cause in cause_words(difference)),
            *difference.notes,
            difference_plot(difference, _WIDE, _TALL).plain,
            f"picture: {path}",
        ]
    )


def _wrong(difference: Difference) -> Iterator[str]:
    """Yield where the first value is wrong, and where one is farthest off, if elsewhere."""
    group = difference.first
    assert group is not None
    assert group.first_step is not None
    noun = counted(difference.unit)
    of = f", group {group.name}" if len(difference.groups) > 1 else ""
    a, b = (float(track.lr[np.searchsorted(track.at, group.first_step)]) for track in (group.a, group.b))
    yield f"first wrong {noun}: {group.first_step:,}{of}; expected {_expected(a, b)}"
    far = group.largest
    if far is not None and far.step != group.first_step:
        yield f"farthest off at {noun} {far.step:,}{of}; expected {_expected(far.a, far.b)}"


def _expected(a: float, b: float) -> str:
    expected, got = told_apart(a, b)
    return f"{expected}, got {got}"
