"""What all tests share: profiles of hypothesis, the watch over processes, and commands run in this process."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from pathlib import Path

import pytest

# Read when NumPy and torch are imported. Every core has a worker of pytest: more threads would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from lrviz import cli
from tests import examples  # noqa: F401 - loads a profile
from tests.cli import DECIDES_LOOKS, Done, Ended
from tests.here import torch_is_here
from tests.processes import pytest_runtest_call, pytest_runtest_setup  # noqa: F401 - hooks

collect_ignore = ["bench"]

# As in the processes of lrviz: what is imported and collected is not searched for garbage at each few hundred objects.
gc.set_threshold(50_000)

# Background jobs of a shell without job control ignore Ctrl-C, those of nohup a hang-up; what they start inherits it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ended:
    """Return a function that runs a command in this process and in tmp_path, torch included.

    It takes the command's words and, as `stdin`, what is typed or piped in.
    """

    def end(*arguments: str | Path, stdin: str = "") -> Done:
        monkeypatch.chdir(tmp_path)
        for name in DECIDES_LOOKS:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "argv", ["lrviz", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with torch_is_here():
            return Done(cli.run(), *capsys.readouterr())

    return end


def pytest_collection_finish() -> None:
    """What was imported and collected is never garbage, and to look for it among that takes a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def young() -> None:
    """The probe looks for schedulers among all objects: those of a test's process are many, and older."""
    gc.collect()
    gc.freeze()
