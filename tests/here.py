"""torch in the tests' own process: a side process for each of hundreds of small runs would import it as often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lrviz.engines.work import InProcess


@contextmanager
def torch_is_here() -> Iterator[None]:
    """Let whatever starts a worker use torch of this process, which stays whole: tests of other files use it too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrviz.runs.headstart.started", InProcess)
        yield
