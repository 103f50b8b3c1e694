"""What a reader is: how the configs of one library are recognised, and which schedule they say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from lrviz.language.registry import Registry
from lrviz.readers.config import Config


class Reader(ABC):
    """A dialect. One is a class in a file of its own, and a line in `lrviz.readers`.

    name: what --from calls it; title: whose configs these are, for people; library: the distribution whose version
    matters, "" where none does; facts: what such a config cannot know; example: one, as text.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    library: ClassVar[str] = ""
    newest: ClassVar[str] = ""
    """The newest version of the library that is known."""
    facts: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def claims(cls, config: Mapping[str, Any]) -> bool:
        """Return whether a config is one of these, by its keys; no config may be one of two dialects."""

    @abstractmethod
    def native(self, config: Config) -> Mapping[str, Any]:
        """Return the native document, whose values are plain, or a `Part` that knows where it comes from.

        It has `interval: step` or `steps`, so that its curve has a row per update. What is wrong or missing is noted
        in the config.
        """


READERS: Registry[Reader] = Registry("dialect", "lrviz.readers", Reader, "hf-trainer")  # type: ignore[type-abstract]  # only its subclasses are read with
"""Every reader by its name."""
