"""torch's process, started before the command line is even parsed: what a command waits for is torch's import."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.engines.work import Worker

_COMMANDS = {"schedule", "race", "check", "resume"}
"""The commands that cross-check."""
_WITHOUT = {"--help", "-h", "--code", "reference", "--engine=reference"}
"""Words with which they do not; one that is missed here costs a process that is ended at once."""

_begun: list[Worker] = []


def begin(arguments: Sequence[str]) -> None:
    """Start the process if a command line looks as if it will need it."""
    if arguments and arguments[0] in _COMMANDS and not _WITHOUT & set(arguments):
        _begun.append(Worker())


def worker() -> Worker:
    """Return the process that was begun, or a new one."""
    return _begun.pop() if _begun else Worker()


def end() -> None:
    """End the process if no command has taken it."""
    while _begun:
        _begun.pop().close()
