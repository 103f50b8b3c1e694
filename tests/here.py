"""torch in the tests' own process: a side process for each of hundreds of small runs would import it as often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lrviz.engines.work import Inline, Worker


class Here(Inline):
    """A worker without a process, in which torch stays whole: tests of other files use it too."""

    receive = Worker.receive


@contextmanager
def torch_is_here(*modules: str) -> Iterator[None]:
    """Let modules that start a worker use torch of this process."""
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(f"{module}.Worker", Here)
        yield
