"""What a rule is: one class that knows its id, its documentation, its examples, and what it looks for.

A `Rule` judges a document; those that judge a recording are in `lrviz.linting.causes`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar

from typing_extensions import override

from lrviz.documents.host import Host
from lrviz.documents.written import inline
from lrviz.foundation.documentation import documentation
from lrviz.foundation.errors import Path
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.foreign import Foreign
from lrviz.schedulers import Scheduler


class Severity(StrEnum):
    """What a finding means for the exit code: an error always fails, a warning with --strict, a note never."""

    error = "error"
    warning = "warning"
    note = "note"


class _Drop:
    """The value of a key that is to be removed."""


DROP: Final = _Drop()


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a document: the value that belongs at a path, or DROP."""

    path: Path
    value: Any

    @property
    def text(self) -> str:
        """The change as a line to paste into the document."""
        key = self.path[-1]
        if self.value is DROP:
            return f"drop {key}"
        value = inline(self.value)
        return f"- {value}" if isinstance(key, int) else f"{key}: {value}"

    @property
    def python(self) -> str:
        """The change as it is written in a config in Python."""
        return f"drop {self.path[-1]}" if self.value is DROP else f"{self.path[-1]}={self.value!r}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: where, a sentence with the document's own numbers, and the edits that settle it."""

    path: Path
    message: str
    fix: tuple[Edit, ...] = ()


class Mistake(ABC):
    """A mistake that torch accepts.

    Its docstring says what it is in the first paragraph and why that matters in the second; `fires` is an example
    that has it, `near` a similar one that does not; allowed: how to suppress it.
    """

    id: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    fires: ClassVar[str]
    near: ClassVar[str]

    @classmethod
    @abstractmethod
    def allowed(cls) -> str:
        """Say how to suppress it."""

    @classmethod
    def what(cls) -> str:
        """Return what it looks for, as a sentence."""
        return cls._paragraphs()[0]

    @classmethod
    def why(cls) -> str:
        """Return why it matters, a sentence or two."""
        return cls._paragraphs()[1]

    @classmethod
    def _paragraphs(cls) -> list[str]:
        return [" ".join(part.split()) for part in documentation(cls).split("\n\n")]


class Rule(Mistake):
    """A mistake in a document: `fires` and `near` are documents. curve_alone: its curve is enough to judge."""

    curve_alone: ClassVar[bool] = False

    @abstractmethod
    def look(self, at: Subject) -> Iterator[Found]:
        """Yield what is found in a document and its curve."""

    @classmethod
    @override
    def allowed(cls) -> str:
        return f"To allow it on a line: # lrviz: ignore[{cls.id}] and the reason"


S = TypeVar("S", bound=Scheduler)


class SchedulerRule(Rule, Generic[S]):
    """A mistake that one class of scheduler alone allows; what several allow asks the facts of their classes."""

    about: ClassVar[type[Scheduler]]

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, own in at.of(self.about):
            yield from self.judge(one, own, at)

    @abstractmethod
    def judge(self, one: Acting, own: S, at: Subject) -> Iterator[Found]:
        """Yield what is wrong with one scheduler of that class."""


class OptimizerRule(Rule):
    """A mistake that one optimizer alone allows, which `about` names."""

    about: ClassVar[str]

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        if at.document.optimizer.optimizer.name == self.about:
            yield from self.judge(at.document.optimizer, at)

    @abstractmethod
    def judge(self, host: Host, at: Subject) -> Iterator[Found]:
        """Yield what is wrong with that optimizer."""


class DialectRule(Rule):
    """A mistake in a config of another library. It is found in the config itself, so that it needs no curve.

    dialects: those that allow it; file: the name of its examples; given: the facts beside them. Paths and edits are
    those of the config, and its own keys.
    """

    dialects: ClassVar[tuple[str, ...]]
    file: ClassVar[str] = "config.yaml"
    given: ClassVar[Mapping[str, Any]] = {}

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        if at.foreign is not None:
            yield from self.found(at.foreign)

    def found(self, config: Foreign) -> Iterator[Found]:
        """Yield what is found in a config; nothing where it is of another dialect."""
        if config.reader.name in self.dialects:
            yield from self.judge(config)

    @abstractmethod
    def judge(self, config: Foreign) -> Iterator[Found]:
        """Yield what is found in a config of one of its dialects."""
