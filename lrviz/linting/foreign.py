"""A config of another library as rules see it: its own keys, and what was given with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from lrviz.foundation.releases import at_least
from lrviz.language.marked_yaml import Marked

if TYPE_CHECKING:
    from lrviz.readers.config import Config
    from lrviz.readers.facts import Facts
    from lrviz.readers.reader import Reader


@dataclass(frozen=True)
class Foreign:
    """A config, its dialect, and the facts given with it; folder: where its relative paths start."""

    marked: Marked
    reader: type[Reader]
    facts: Facts
    folder: FilePath = FilePath()

    @classmethod
    def of(cls, marked: Marked, folder: FilePath = FilePath()) -> Foreign | None:
        """Return the config that a native document was made from; None where there is none."""
        if marked.origin is None:
            return None
        from lrviz.readers.translation import Translated

        assert isinstance(marked, Translated)
        return cls(marked.origin, marked.reader, marked.facts, folder)

    @cached_property
    def values(self) -> Config:
        """Its values, checked as its reader checks them; the reader reports what is wrong with them."""
        from lrviz.readers.config import Config

        return Config(self.marked, self.facts)

    @property
    def version(self) -> str:
        """The version of its library: what was given, else the newest that is known."""
        return self.facts.versions.get(self.reader.library, self.reader.newest)

    def since(self, version: str) -> bool:
        """Return whether its library is of a version or a later one."""
        return at_least(self.version, version)

    def fact(self, name: str) -> Any:
        """Return a fact, None where it was not given."""
        return self.facts.values.get(name)
