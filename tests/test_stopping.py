"""Every way out of lrviz ends what it began: processes, threads, temporary files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrviz.foundation import stopping
from tests.cli import COMMAND, ROOT, environment

pytestmark = pytest.mark.process

RUN = "epochs: {epochs}\noptimizer: {{name: SGD, lr: 0.5}}\nscheduler: {{name: StepLR, step_size: 2, gamma: 0.999}}\n"
REFUSED = "epochs: 9\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: LambdaLR, lr_lambda: 1 / (5 - t)}\n"
CATALOGUE = """\
title: One
text: One.
tags: {}
sections: [{name: All, text: All., entries: [{title: Long, schedule: run.yaml, text: Long.}]}]
"""
FILM = ("race", "sgd", "adam", "--fn", "booth", "--steps", "2000", "--no-tune", "--no-plot", "--animate")
COMMANDS: dict[str, tuple[str, ...]] = {
    "torch's process": ("schedule", "run.yaml"),
    "a temporary file": (*FILM, "film.gif"),
    "ffmpeg": (*FILM, "film.mp4"),
    "the gallery's processes": ("gallery", "catalogue.yaml"),
}
"""Commands by what is there when they are stopped; each would take long."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "run.yaml").write_text(RUN.format(epochs=2_000_000), encoding="utf-8")
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    # The name of a socket below it may have a hundred characters, no more.
    with tempfile.TemporaryDirectory(prefix="lrviz") as short:
        (tmp_path / "temporary").symlink_to(short)
        yield _prepared(tmp_path)


def _prepared(tmp_path: Path) -> Path:
    # An ffmpeg that neither reads nor ends.
    fake = tmp_path / "bin" / "ffmpeg"
    fake.write_text("#!/bin/sh\nexec sleep 1000\n", encoding="utf-8")
    fake.chmod(0o755)
    return tmp_path


def begun(folder: Path, command: str, *before: str) -> subprocess.Popen[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [*before, *COMMAND, *COMMANDS[command]],
        cwd=folder,
        env=environment(PATH=path, TMPDIR=str((folder / "temporary").resolve())),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def below(pid: int) -> Iterator[int]:
    """Yield every process that a process has started, and those that they have."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(one) for one in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from below(child)


def there(command: str, process: subprocess.Popen[str], folder: Path) -> list[int]:
    """Wait until the state of a command is reached, and return the processes below it."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        processes = list(below(process.pid))
        names = [Path(f"/proc/{one}/cmdline").read_bytes() for one in processes if Path(f"/proc/{one}").exists()]
        if {
            "torch's process": bool(processes),
            "a temporary file": bool(list(folder.glob(".lrviz-*"))),
            "ffmpeg": any(b"sleep" in name for name in names),
            "the gallery's processes": any(b"forkserver" in name for name in names) and len(processes) >= 3,
        }[command]:
            return processes
        time.sleep(0.02)
    raise AssertionError("it never came")


def left(processes: list[int]) -> list[int]:
    """Return those that are still running after a while."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        running = [one for one in processes if is_running(one)]
        if not running:
            return []
        time.sleep(0.05)
    return running


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *((command, signal.SIGTERM) for command in COMMANDS),
        ("a temporary file", signal.SIGHUP),
        ("a temporary file", signal.SIGINT),
        ("the gallery's processes", signal.SIGHUP),
    ],
)
def test_a_signal_ends_a_command_quietly_and_nothing_is_left(here: Path, command: str, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP leave no temporary file and no side process."""
    before = {path.name for path in here.iterdir()}
    process = begun(here, command)
    processes = there(command, process, here)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (128 + number, "", "")
    assert left(processes) == []
    assert list((here / "temporary").iterdir()) == []
    assert not list(here.rglob(".lrviz-*"))
    made = {path.name for path in here.iterdir()} - before
    assert made <= ({"pictures", "films", "manifest.json"} if command == "the gallery's processes" else set())


@pytest.mark.parametrize("command", ["torch's process", "the gallery's processes"])
def test_side_processes_end_with_a_main_process_that_is_killed(here: Path, command: str) -> None:
    """No other process could end them."""
    process = begun(here, command)
    processes = there(command, process, here)
    process.kill()
    process.communicate(timeout=60)
    assert left(processes) == []


def test_a_command_that_is_to_survive_its_terminal_does(here: Path) -> None:
    """As under nohup: a signal that is ignored when it begins stays ignored."""
    (here / "run.yaml").write_text(RUN.format(epochs=90), encoding="utf-8")
    process = begun(here, "torch's process", "sh", "-c", 'trap "" HUP; exec "$@"', "sh")
    there("torch's process", process, here)
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "agree" in out


def run_alone(program: str) -> list[str]:
    """Return what a program prints, run in a process of its own."""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_signal_that_comes_where_python_drops_exceptions_comes_again() -> None:
    program = """
import signal, time
from lrviz.foundation import stopping

class Late:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0)

stopping.unwind()
try:
    Late()
    print("dropped")
    time.sleep(60)
except stopping.Stopped:
    print(stopping.code())
"""
    assert run_alone(program) == ["dropped", "143"]


def test_the_python_api_leaves_neither_threads_nor_processes_and_its_host_s_handlers_alone() -> None:
    """No call leaves a thread."""
    program = f"""
import signal, sys, threading
from pathlib import Path
handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
hook = sys.unraisablehook
import lrviz

def left():
    children = [one.read_text().split() for one in Path("/proc/self/task").glob("*/children")]
    return threading.active_count(), sum(children, [])

document = lrviz.loads({RUN.format(epochs=9)!r})
wrong = lrviz.loads({REFUSED!r})
print(lrviz.simulate(document).verdict.verdict, left())
print(lrviz.resume(document, at=4).verdict.verdict, left())
print(lrviz.race(["sgd"], fn="booth", steps=5).entries[0].verdict.verdict, left())
try:
    lrviz.simulate(wrong)
except lrviz.LrvizError:
    print("refused", left())
print(handlers == [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
print(hook is sys.unraisablehook)
"""
    agree = "agree (1, [])"
    assert run_alone(program) == [agree, agree, agree, "refused (1, [])", "True", "True"]


def test_a_signal_waits_until_a_process_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "leave_to_parent", lambda: None)
    monkeypatch.setattr(stopping, "_came", [])
    done: list[int] = []

    def start() -> None:
        with stopping.held():
            stopping._stop(signal.SIGTERM, None)
            done.append(1)

    with pytest.raises(stopping.Stopped):
        start()
    assert done == [1]
