"""The real command line, in a process of its own, as a shell starts it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


Ended = Callable[..., Done]
"""Runs a command to its end."""

COMMAND = [sys.executable, "-m", "lrviz"]

DECIDES_LOOKS = {"COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment without what decides about colours and widths; warnings are errors."""
    kept = {name: value for name, value in os.environ.items() if name not in DECIDES_LOOKS}
    ours = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "TERM": "xterm-256color"}
    return {**kept, **ours, **changes}


def lrviz(
    *arguments: str | Path,
    cwd: Path,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    command: list[str] = COMMAND,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    env: changes to the environment; before: run in the new process, before lrviz.
    """
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=cwd,
        env=environment(**(env or {})),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        preexec_fn=before,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def in_terminal(
    *arguments: str | Path, cwd: Path, columns: int = 100, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command in a terminal; return its exit code and all that the terminal was sent."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**(env or {})),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = bytearray()
    try:
        while chunk := os.read(ours, 65536):
            sent += chunk
    except OSError:
        # Linux says that a terminal nobody has open any more is an input error.
        pass
    finally:
        os.close(ours)
    text = sent.decode().replace("\r\n", "\n")
    assert "Traceback" not in text, text
    return process.wait(timeout=60), text


def interrupted(*arguments: str | Path, cwd: Path, once: Callable[[int], bool]) -> tuple[int, str, str]:
    """Run a command and press Ctrl-C when `once`, given its process id, is true.

    Returns the exit code, stdout and stderr.
    """
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not once(process.pid):
            if process.poll() is not None:
                break
            # Whoever looks all the time takes a core from what it waits for.
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


def strict(text: str) -> Any:
    """Parse JSON as RFC 8259 has it: NaN and Infinity are no part of it."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)
