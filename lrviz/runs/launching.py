"""A command run unmodified, with the probe in every Python process of it that imports torch."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lrviz.foundation.errors import UnfinishedError
from lrviz.recorder.frames import complete
from lrviz.recorder.probe.lrviz_probe import VARIABLE, told

PROBE = Path(__file__).parents[1] / "recorder" / "probe"
"""The folder that is put on PYTHONPATH."""

_FORWARDED = {
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
}


def unsaved(saved: Path) -> Path:
    """Return a new name beside a recording's, for the time until it is whole: it stays where lrviz itself is killed."""
    return saved.with_name(f"{saved.stem}-{os.urandom(4).hex()}.lrrec")


def launch(command: Sequence[str], recording: Path, updates: int = 0, until: int = 0) -> int:
    """Run a command to its end with its own streams, and return its exit code as shells have it.

    recording: the file that its processes write; there is none where nothing was recorded. updates: after how many
    of them the program is interrupted, 0 for never; until: to how many the rest is projected, 0 for as many as the
    schedulers state. Signals that lrviz is sent go to the command; Ctrl-C in a terminal reaches it without us.
    Raises UnfinishedError where the disk does not take what the command's processes left to be written, and the command
    itself has not failed; what was written before stays.
    """
    with tempfile.TemporaryDirectory(prefix="lrviz-") as folder:
        lost = ""
        try:
            code = _run(command, _environment(os.environ, recording, Path(folder), updates, until))
        finally:
            if recording.exists():
                try:
                    complete(recording, Path(folder))
                except OSError as error:
                    lost = f"the end of the recording cannot be written: {error.strerror or error}"
    if lost and not code:
        raise UnfinishedError(lost)
    return code


def _environment(outside: Mapping[str, str], recording: Path, tails: Path, updates: int, until: int) -> dict[str, str]:
    paths = [str(PROBE), *filter(None, [outside.get("PYTHONPATH")])]
    return {**outside, "PYTHONPATH": os.pathsep.join(paths), VARIABLE: told(recording.resolve(), tails, updates, until)}


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    awaited = _FORWARDED | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    try:
        # What is blocked stays so in a new program, so that it is undone there.
        process = subprocess.Popen(
            command,
            env=environment,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),  # noqa: PLW1509 - no threads yet
        )
        while process.poll() is None:
            came = signal.sigwaitinfo(awaited)
            # What the kernel sends, Ctrl-C in a terminal, goes to the whole group of processes.
            if came.si_signo != signal.SIGCHLD and came.si_code <= 0:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(came.si_signo)
    except FileNotFoundError:
        return 127
    except PermissionError:
        return 126
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
