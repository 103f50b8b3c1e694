"""Every error lrviz raises on purpose, and the exit code each one means.

LrvizError                 anything a user can cause or meet; never shown as a traceback
├── UsageError        2    the command line asks for something that does not exist
├── DocumentError     2    a document is wrong; carries every `Fault` of it at once
├── OutputError       2    a result cannot be written: no such folder, not writable, unknown suffix
├── CheckpointError   2    a checkpoint cannot be read, or is not of this document
├── Refusal           2    a reader or an engine cannot take a part of a document; carries every `Problem` of it
└── UnfinishedError   3    right input, but the work could not be finished: the worker, the disk
    └── MissingLibrary     a library whose class was to run is not installed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from typing_extensions import override

from lrviz.foundation.printable import printable

Path = tuple[str | int, ...]
"""The path of a value in a document: `("scheduler", "schedulers", 1, "T_max")`."""


class Problem(NamedTuple):
    """What is wrong, and its path below the part that is checked; of_key: the key is at fault, not its value."""

    path: Path
    text: str
    of_key: bool = False


class LrvizError(Exception):
    """The root: its text is for the user, its `exit_code` for the shell.

    Each text is one line: text from a path or a document is made printable here, in one place.
    """

    exit_code = 2

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(map(printable, lines))
        super().__init__("\n".join(self.lines))

    @override
    def __reduce__(self) -> tuple[type[LrvizError], tuple[Any, ...]]:
        """Pickled by its lines, because it crosses from other processes."""
        return type(self), self.lines


class UsageError(LrvizError):
    """The command line asks for something that does not exist or does not fit together."""


class OutputError(LrvizError):
    """A result cannot be written; raised before anything is computed."""


class CheckpointError(LrvizError):
    """A checkpoint is missing, broken, unsafe to load, or of another optimizer."""


class UnfinishedError(LrvizError):
    """The input is right, but the work could not be finished."""

    exit_code = 3


class MissingLibrary(UnfinishedError):
    """A library whose class was to run is not installed, or has no class that runs alone; its text says which."""

    @classmethod
    def of(cls, package: str, install: str) -> Self:
        """Return the error of a package that cannot be found; install: what pip installs to have it."""
        return cls(f"{package} is not installed (pip install {install})")


class Refusal(LrvizError):
    """A reader or an engine cannot take a part of a document; carries every `Problem` of it at once.

    It has paths below the part that was checked, but no file: the code that has the document
    turns it into a `DocumentError` with lines.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(
            *(": ".join(part for part in (".".join(map(str, one.path)), one.text) if part) for one in problems)
        )
        self.problems = problems

    @override
    def __reduce__(self) -> tuple[type[Refusal], tuple[Problem, ...]]:
        """Pickled by its problems, because it crosses from the worker process."""
        return type(self), self.problems


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a document.

    Printed as `place: field: text`, on one line; `place` is `file:line:column`, counted from 1. Its parts
    are as in the document, not yet made printable.
    """

    place: str
    field: str
    text: str

    @override
    def __str__(self) -> str:
        return printable(": ".join(part for part in (self.place, self.field, self.text) if part))


class DocumentError(LrvizError):
    """A document is wrong; `faults` holds all that is wrong with it, in the order of its lines."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*map(str, faults))
        self.faults = faults

    @override
    def __reduce__(self) -> tuple[type[DocumentError], tuple[Fault, ...]]:
        """Pickled by its faults, because it crosses from the gallery's processes."""
        return type(self), self.faults
