"""What a source is: something that a command line names and that holds a schedule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lrviz.documents.load import Written

if TYPE_CHECKING:
    from lrviz.linting.lint import Linted
    from lrviz.linting.rule import Mistake
    from lrviz.results import Logged
    from lrviz.runs.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Given:
    """The options of a command line that belong to its sources, as texts.

    epochs, steps, optimizer: the run around sources that do not hold a whole one; facts: what configs of other
    libraries cannot know; dialect: the one that they are said to be written in.
    """

    epochs: str | None = None
    steps: str | None = None
    optimizer: str | None = None
    facts: Sequence[str] = ()
    dialect: str | None = None
    columns: Sequence[str] = ()
    """Of logs, as `--columns` was typed."""

    @property
    def options(self) -> list[str]:
        """The options that were given for a run."""
        return [f"--{key}" for key in ("epochs", "steps", "optimizer") if getattr(self, key) is not None]


@dataclass(frozen=True, slots=True)
class Source(ABC):
    """One kind of source is a class in a file of its own and a line in `lrviz.runs.sources.KINDS`.

    spec: as it was typed; folder: what a path starts from.
    """

    spec: str
    folder: Path = field(default_factory=Path)
    given: Given = field(default_factory=Given)

    takes_run: ClassVar[bool] = False
    """Whether `Given` says what the source itself does not."""

    holds_curves: ClassVar[bool] = False
    """Whether it holds curves and no document: then it has `simulated`, and `read` reports what is missing."""

    @classmethod
    @abstractmethod
    def claims(cls, spec: str, folder: Path) -> bool:
        """Return whether a text is a source of this kind."""

    @abstractmethod
    def read(self, *, named: bool = False) -> Written:
        """Return the document that it holds, not validated yet.

        named: another document names the source, which may not make one wait then.
        Raises DocumentError where it cannot be read.
        """

    def simulated(self, settings: Sequence[str], params: Sequence[str]) -> Sequence[Simulation]:
        """Return the curves of a source that holds them and no document.

        settings: what --set asks for, a curve for each combination of its values; params: as of `lrviz.simulate`.
        Raises LrvizError where it has none.
        """
        raise NotImplementedError

    def judged(self, rules: Sequence[type[Mistake]]) -> Sequence[Linted]:
        """Return what lint finds in each document that it holds, by those of the rules that can judge it.

        Raises DocumentError where it cannot be read.
        """
        from lrviz.linting.rule import Rule
        from lrviz.runs.sources.linting import linted_source

        return [linted_source(self.read(), [rule for rule in rules if issubclass(rule, Rule)])]

    def logged(self) -> Logged | None:
        """Return the contents of a log; None where it is not one."""
        return None

    @property
    @abstractmethod
    def stem(self) -> str:
        """The name of its picture, without the suffix."""

    @property
    def file(self) -> Path | None:
        """The file that it was read from and that nothing may be written over; None where there is none."""
        return None

    @property
    def around(self) -> Path:
        """Where the relative paths in its document start."""
        return Path()

    @property
    def note(self) -> str:
        """What was filled in and matters; nothing where the source says all."""
        return ""

    @classmethod
    def near(cls, spec: str, folder: Path) -> Mapping[str, str]:  # noqa: ARG003 - for files
        """Return what there is of this kind: a text that somebody may have misspelt, and what to type for it."""
        return {}
