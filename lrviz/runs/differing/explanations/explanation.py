"""What an explanation is: a way to derive B from A, tried on the values themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from typing_extensions import override

from lrviz.foundation.numerals import counted, plural
from lrviz.runs.differing.question import Fit, Question, Reading


class Explanation(ABC):
    """One explanation is a class in a file of its own and a line in `EXPLANATIONS`.

    An explanation is reported only if it gives B within the tolerance.
    """

    id: ClassVar[str]
    name: ClassVar[str]
    of_equals: ClassVar[bool] = False
    """Whether it also applies where nothing differs; the others are tried only where something does."""

    @abstractmethod
    def fit(self, question: Question) -> Fit | None:
        """Return how well it explains B; None where it does not."""


class Transformation(Explanation):
    """An explanation that transforms the values of A, so that it can be combined with another."""

    @abstractmethod
    def readings(self, question: Question) -> Iterable[Reading]:
        """Yield the values that B would have, the likeliest first."""

    @override
    def fit(self, question: Question) -> Fit | None:
        return first_fit(question, self.readings(question))


def first_fit(question: Question, readings: Iterable[Reading]) -> Fit | None:
    """Return how well the first reading that gives B does so; None where none does."""
    return next((fit for one in readings if (fit := question.answered(one)) is not None), None)


def updates(number: int, question: Question) -> str:
    """Write a number of updates, with the number of epochs if these are whole."""
    noun = counted(question.unit)
    rate = max(question.a.steps_per_epoch, question.b.steps_per_epoch)
    told = f"one {noun}" if number == 1 else plural(number, noun)
    if noun == "update" and rate > 1 and number % rate == 0:
        whole = number // rate
        return f"{told} ({'one epoch' if whole == 1 else plural(whole, 'epoch')})"
    return told


def place(at: int, question: Question) -> str:
    """Name an update or epoch: update 1,000."""
    return f"{counted(question.unit)} {at:,}"
