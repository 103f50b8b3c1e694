"""Hypothesis profiles: `ci` repeats the same examples everywhere, `LRVIZ_EXAMPLES=5000` looks further."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from lrviz import cli
from tests.cli import Ended

collect_ignore = ["bench"]

settings.register_profile("ci", max_examples=300, derandomize=True, deadline=None)
settings.register_profile("many", max_examples=int(os.environ.get("LRVIZ_EXAMPLES", "10000")), deadline=None)
settings.load_profile("many" if "LRVIZ_EXAMPLES" in os.environ else "ci")


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ended:
    """Return a function that runs a command in this process and in tmp_path, where one of its own adds nothing.

    It returns the exit code, stdout and stderr.
    """

    def end(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["lrviz", *arguments])
        return cli.run(), *capsys.readouterr()

    return end
