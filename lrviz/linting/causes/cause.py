"""What a cause is: a rule over a recorded run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from lrviz.linting.causes.run import Run
from lrviz.linting.rule import Mistake
from lrviz.results import RecordedOptimizer


@dataclass(frozen=True, slots=True)
class Seen:
    """What a cause has seen: a sentence with the run's own numbers, and what to change.

    at: the "file:line" of the program that does it, None where no line is known. optimizer, update: where on which
    curve, None where it holds throughout; label: what a picture calls it there.
    """

    message: str
    remedy: str
    at: str | None = None
    optimizer: RecordedOptimizer | None = None
    update: int | None = None
    label: str = ""


class Cause(Mistake):
    """Why a run's learning rate is not what was meant: `fires` and `near` are loops in Python."""

    @abstractmethod
    def look(self, at: Run) -> Iterator[Seen]:
        """Yield what is seen in a run."""

    @classmethod
    @override
    def allowed(cls) -> str:
        return f"To switch it off: --ignore {cls.id}"
