"""How every document is read: from a mapping, a file, a text or standard input, with all its faults at once."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TextIO

from lrviz.documents import marked_mapping, parsing
from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either, many
from lrviz.documents.override import Override
from lrviz.documents.schedule import ScheduleDocument, is_document
from lrviz.foundation.errors import DocumentError, Fault, UsageError
from lrviz.foundation.inputs import Pickled, Unreadable, text_from, text_of
from lrviz.foundation.wording import did_you_mean
from lrviz.language.marked_yaml import Marked

_LARGEST = 16 * 10**6
"""The most bytes of a document; a device like /dev/zero, which a command line may name, never ends."""


_OVERRIDES = many("a list of overrides, as lrviz.documents.override.parse returns,", Override)


Given = Marked | Mapping[str, Any] | str | os.PathLike[str]
"""What a document is made of: a mapping, with places or without, or the path of a file; `-` is standard input."""


@checked(
    given=either(is_document, NOTHING),
    text=either(a("the text of a document", str), NOTHING),
    source=either(a("a name", str), NOTHING),
    folder=either(a("a pathlib.Path", FilePath), NOTHING),
    overrides=_OVERRIDES,
    watched=a("True or False", bool),
)
def document(
    given: ScheduleDocument | Given | None = None,
    *,
    text: str | None = None,
    source: str | None = None,
    folder: FilePath | None = None,
    overrides: Sequence[Override] = (),
    watched: bool = False,
) -> ScheduleDocument:
    """Return the schedule document in a mapping, a file or a text.

    given: a mapping with the keys of a document, or the path of one, `-` for standard input; a document is
    returned as it is. text: the YAML of one, in place of `given`. source: what messages call it; folder: where its
    relative paths start (default: the file's folder, else the current one). overrides: values set in it; watched:
    the caller supplies what ReduceLROnPlateau watches, so that no metric is needed.
    Raises DocumentError with every fault of it, UsageError if `given` is none of these.
    """
    if isinstance(given, ScheduleDocument) and text is None and not overrides:
        return given
    return written(given, text=text, source=source, folder=folder).document(overrides, watched=watched)


@checked(path=A_PATH, overrides=_OVERRIDES)
def load(path: str | os.PathLike[str], overrides: Sequence[Override] = ()) -> ScheduleDocument:
    """Return the schedule document in a file; `-` is standard input. See `document`."""
    return document(path, overrides=overrides)


@checked(
    text=a("the text of a document", str),
    source=a("a name", str),
    folder=a("a pathlib.Path", FilePath),
    overrides=_OVERRIDES,
    watched=a("True or False", bool),
)
def loads(
    text: str,
    *,
    source: str = "<text>",
    folder: FilePath = FilePath(),
    overrides: Sequence[Override] = (),
    watched: bool = False,
) -> ScheduleDocument:
    """Return the schedule document in a text. See `document`."""
    return document(text=text, source=source, folder=folder, overrides=overrides, watched=watched)


@dataclass(frozen=True, slots=True)
class Written:
    """A document that was read and is not validated yet, so that it can be validated under several overrides.

    folder: where its relative paths start.
    """

    marked: Marked
    folder: FilePath

    def document(self, overrides: Sequence[Override] = (), *, watched: bool = False) -> ScheduleDocument:
        """Validate it as a schedule document. See `lrviz.documents.load.document`."""
        return ScheduleDocument.of(self.marked, self.folder, overrides, watched=watched)

    @property
    def native(self) -> Written:
        """What was read in lrviz's own keys.

        Raises DocumentError where it is a config of another library that is wrong, or lacks facts.
        """
        return self


def written(
    given: object = None,
    *,
    text: str | None = None,
    source: str | None = None,
    folder: FilePath | None = None,
    named: bool = False,
) -> Written:
    """Read the data of a document, once: standard input cannot be read again.

    named: another document names the file, which has to be a regular one then.

    Raises DocumentError where it cannot be read, UsageError where it cannot hold a document.
    """
    if (given is None) == (text is None):
        raise UsageError("one document is needed: a mapping, a path, or text=... with the YAML of one")
    if text is not None:
        return Written(parsed(text, source or "<text>", source or ""), folder or FilePath())
    if isinstance(given, Marked):
        return Written(given, folder or FilePath())
    if isinstance(given, Mapping):
        return Written(marked_mapping.read(given, source or "<mapping>"), folder or FilePath())
    if isinstance(given, str | os.PathLike):
        path = os.fsdecode(given)
        if "\n" in path and not os.path.exists(path):  # noqa: PTH110 - pathlib raises for a text that is too long
            raise UsageError("text given where the path of a document is needed; write lrviz.document(text=...)")
        name, around = ("<stdin>", FilePath()) if path == "-" else (path, FilePath(path).parent)
        return Written(parsed(read_text(path, named=named), source or name, path), folder or around)
    raise UsageError(f"an object of {type(given).__name__} given; {is_document(given) or 'a document is needed'}")


def parsed(text: str, source: str, path: str | None = None) -> Marked:
    """Parse the text of a file, as `lrviz.documents.parsing` does; path: where it was read, if not at its source."""
    path = source if path is None else path
    if not path.endswith(".py"):
        return parsing.parsed(text, source, path)
    from lrviz.documents.bases import Bases

    return parsing.parsed(text, source, path, Bases(FilePath(path).parent, source))


def read_text(path: str | FilePath, *, named: bool = False) -> str:
    """Return the text of a file, or of standard input for `-`.

    named: another document names the file, which has to be a regular one then.
    Raises DocumentError where there is no such text.
    """
    name = "<stdin>" if str(path) == "-" else str(path)
    try:
        text = _typed() if name == "<stdin>" else text_of(FilePath(path), _LARGEST, anything=not named)
    except Pickled as error:
        told = "pass the run's config instead, or the trainer_state.json next to training_args.bin"
        raise DocumentError(Fault(name, "", f"{error}; {told}")) from None
    except Unreadable as error:
        raise DocumentError(Fault(name, "", f"{error}; a document is a small YAML file")) from None
    except FileNotFoundError:
        raise DocumentError(Fault(name, "", f"no such file{neighbour(FilePath(path))}")) from None
    except IsADirectoryError:
        raise DocumentError(Fault(name, "", "a folder; a document is a YAML file")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(Fault(name, "", f"cannot be read: {reason}")) from None
    if "\0" in text:
        raise DocumentError(Fault(name, "", "a binary file; a document is a YAML file"))
    return text


def _typed() -> str:
    # Python sets a stream to None if it was closed before the start.
    if sys.stdin is None:
        raise Unreadable("closed")
    return _read_once(sys.stdin)


@functools.lru_cache(maxsize=1)
def _read_once(stream: TextIO) -> str:
    # Whoever wants to know what kind of document it is reads it before the others do.
    return text_from(stream.buffer, _LARGEST)


def neighbour(path: FilePath) -> str:
    """Return " (did you mean ...?)" if a document with a similar name is in the folder of a missing file."""
    folder = path.parent
    names = [each.name for each in folder.glob("*.y*ml")] if folder.is_dir() else []
    return did_you_mean(path.name, names)
