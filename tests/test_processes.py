"""The watch over processes: a test that starts one without the marker `process` fails, and says what it started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import ROOT, environment

TESTS = """
import os
import subprocess
import sys

import pytest

from tests.processes import STARTS

START = [sys.executable, "-c", ""]

def test_unmarked():
    subprocess.run(START)

def test_swallowed():
    try:
        os.posix_spawn(sys.executable, START, os.environ)
    except BaseException:
        pass

@pytest.fixture(scope="module")
def silent():
    subprocess.run(START)

def test_in_a_fixture(silent):
    pass

def test_none():
    pass

@pytest.mark.process
def test_marked():
    subprocess.run(START)

@pytest.fixture(scope="module", params=STARTS)
def told():
    subprocess.run(START)

def test_marked_by_its_fixture(told):
    pass
"""


@pytest.mark.process
def test_a_process_without_its_marker_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    config = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *config, "-p", "tests.processes", "-rA", "test_some.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    failed, passed = (
        {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith(word)}
        for word in ("FAILED ", "PASSED ")
    )
    assert failed == {"test_unmarked", "test_swallowed", "test_in_a_fixture"}, done.stdout
    assert passed == {"test_none", "test_marked", "test_marked_by_its_fixture[process]"}
    assert f"{sys.executable} -c" in done.stdout
