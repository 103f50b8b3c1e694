"""The fixture `lrviz_record`, which pytest finds by itself. Importing it costs nothing: lrviz is imported when used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lrviz.runs.recording import Recording

Recorded = Callable[..., AbstractContextManager["Recording"]]


@pytest.fixture
def lrviz_record(tmp_path: Path) -> Recorded:
    """Return what records all training in a `with` statement, and fails where that does not follow its plan.

    >>> def test_training(lrviz_record):
    ...     with lrviz_record("plan.yaml"):
    ...         train()

    It takes the plan, where there is one, and the options of `lrviz.assert_schedule`. The picture goes into tmp_path.
    """

    @contextmanager
    def record(plan: Any = None, **options: Any) -> Iterator[Recording]:
        __tracebackhide__ = True
        import lrviz

        with lrviz.recording() as run:
            yield run
        if plan is not None:
            lrviz.assert_schedule(run, plan, **{"folder": tmp_path, **options})

    return record
