"""A config of another library -> the mapping of a native document, whose parts know where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from lrviz.documents.faults import position
from lrviz.foundation.errors import DocumentError, Fault, Path
from lrviz.language.marked_yaml import Marked
from lrviz.readers.config import Config, Part
from lrviz.readers.facts import Facts
from lrviz.readers.interpolation import resolved
from lrviz.readers.reader import READERS, Reader

LARGEST = 10**6
"""Characters of a config of another library."""


@dataclass(slots=True)
class Translated(Marked):
    """A native document that a config of another library says; `origin` is that config.

    reader: its dialect; facts: what was given with it.
    """

    reader: type[Reader] = field(kw_only=True)
    facts: Facts = field(kw_only=True)


class MissingFacts(DocumentError):
    """A config is right, and its curve needs what it cannot know.

    title: its dialect; needed: each fact, what it is; left_open: the values of its own that others fill in.
    """

    def __init__(self, source: str, title: str, needed: Mapping[str, str], left_open: Sequence[Fault] = ()) -> None:
        self.source, self.title, self.needed, self.left_open = source, title, needed, tuple(left_open)
        super().__init__(
            *left_open,
            *(
                Fault(source, "", f"read as {title}, it needs {key} ({told}); give it with --given {key}=...")
                for key, told in needed.items()
            ),
        )

    def __reduce__(self) -> Any:
        """Pickled by what is needed."""
        return type(self), (self.source, self.title, self.needed, self.left_open)


def recognised(marked: Marked) -> type[Reader] | None:
    """Return the dialect that a config is written in, None where it is none.

    Raises DocumentError where it is of two.
    """
    if not isinstance(marked.data, Mapping):
        return None
    found = [reader for reader in READERS if reader.claims(marked.data)]
    if len(found) > 1:
        names = " or ".join(f"{reader.title} ({reader.name})" for reader in found)
        told = f"could be {names}; choose with --from {found[0].name}"
        raise DocumentError(Fault(marked.source, "", told))
    return found[0] if found else None


def translated(reader: type[Reader], config: Marked, facts: Facts, folder: FilePath = FilePath()) -> Translated:
    """Return the native document that a config says, not validated yet; folder: where its relative paths start.

    Raises DocumentError with all that is wrong with it, MissingFacts where facts are missing.
    """
    config = resolved(config)
    read = Config(config, facts, folder)
    if not isinstance(config.data, Mapping):
        raise DocumentError(config.fault((), f"{reader.title}: a mapping of keys to values is needed"))
    if len(config.text) > LARGEST:
        raise DocumentError(
            Fault(config.source, "", f"more than {LARGEST:,} characters, which is too long for a config")
        )
    try:
        native = reader().native(read)
    except (ArithmeticError, ValueError):
        # What is wrong with a value is noted before anything is computed from it; the rest is their size.
        native = {}
        if not (read.problems or read.left_open):
            read.wrong((), "its numbers are too large or too small for a schedule to be computed from them")
    wrong, left_open = (
        sorted({config.fault(path, text, key=of_key) for path, text, of_key in some}, key=position)
        for some in (read.problems, read.left_open)
    )
    if wrong or config.repeated:
        raise DocumentError(*sorted({*wrong, *left_open, *config.repeated}, key=position))
    if read.missing or left_open:
        raise MissingFacts(config.source, reader.title, _asked(read.missing, reader), left_open)
    read.assumed += read.without_effect()
    made = Translated(config.source, text=config.text, origin=config, reader=reader, facts=facts)
    made.data = _plain(native, (), made.origins)
    made.assumed = (f"{config.source}: read as {reader.title}", *read.assumed)
    return made


def _asked(missing: Mapping[str, str], reader: type[Reader]) -> dict[str, str]:
    """Return what to ask for: people know the size of their data set, from which its batches follow."""
    batches, others = "batches_per_epoch", [one for one in ("dataset_size", "batch_size") if one in reader.facts]
    if batches not in missing or "dataset_size" not in others:
        return dict(missing)
    if "dataset_size" in missing:
        return {key: told for key, told in missing.items() if key != batches}
    say = "says" if len(others) == 1 else "say"
    return {**missing, batches: f"{missing[batches]}; {' and '.join(others)} {say} it, too"}


def _plain(value: Any, path: Path, origins: dict[Path, Path]) -> Any:
    """Return a value of the native document without its parts, whose places go into `origins`."""
    if isinstance(value, Part):
        if value.path:
            origins[path] = value.path
        return _plain(value.value, path, origins)
    if isinstance(value, Mapping):
        named = value.get("name")
        if isinstance(named, Part) and named.path:
            # What is wrong with a part as a whole stands where its name is said.
            origins.setdefault(path, named.path)
        return {key: _plain(each, (*path, key), origins) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, (*path, index), origins) for index, each in enumerate(value)]
    return value
