"""The processes that draw the gallery: what comes back from them, and what is left of them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from lrviz.engines.work import Worker
from lrviz.foundation.errors import LrvizError, UnfinishedError, UsageError
from lrviz.gallery.pool import drawn
from lrviz.gallery.requests import Request
from lrviz.gallery.views import View


@dataclass(frozen=True, slots=True)
class Wrong(Request):
    """A request of which nothing comes: `after` seconds it does what its name says."""

    after: float = 0.0

    @property
    @override
    def words(self) -> list[str]:
        return []

    @override
    def compute(self, worker: Worker) -> View:
        time.sleep(self.after)
        if self.id == "deadly":
            os._exit(3)
        if self.id == "refused":
            raise UsageError("not like this")
        raise ZeroDivisionError("by zero")


@pytest.mark.slow
def test_a_picture_that_fails_is_an_error_and_one_that_ends_its_process_is_named(tmp_path: Path) -> None:
    """Of the pictures drawn at the same time, exactly that one is named; the other processes are ended."""
    tasks = [Wrong("refused"), Wrong("divided"), Wrong("deadly", 2.0), Wrong("long", 600.0), Wrong("never", 600.0)]
    results = drawn([(one, None) for one in tasks], tmp_path, jobs=2)
    found = [next(results), next(results)]
    with pytest.raises(UnfinishedError, match="the process that drew deadly has died"):
        next(results)
    assert {(request.id, str(made)) for request, made in found if isinstance(made, LrvizError)} == {
        ("divided", "ZeroDivisionError: by zero"),
        ("refused", "not like this"),
    }
    assert multiprocessing.active_children() == []
    assert threading.active_count() == 1
