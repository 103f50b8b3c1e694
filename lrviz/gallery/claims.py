"""Claims: conditions on the numbers of an entry's picture, as formulas.

    claim: final("sgd:lr=0.1") > 10 * average("sgd:lr=0.1")

A number of a picture is written as a function of the name that a curve or a path has there, and of the step or update
where there is one for each: `lr("cosine", -1)`. The rest is the language of `lrviz.language.expression`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lrviz.foundation.numerals import short
from lrviz.foundation.wording import did_you_mean
from lrviz.gallery.facts import Samples
from lrviz.language.expression import Expression, ExpressionError

_WRITTEN = re.compile(r'\b([A-Za-z_]\w*)\(\s*"([^"]*)"\s*(?:,\s*(-?\d+)\s*)?\)')

OF_RACE: Mapping[str, bool] = {
    **dict.fromkeys(("final", "median", "average", "rank", "share", "distance", "steps"), False),
    **dict.fromkeys(("loss", "length", "x", "y", "lr"), True),
}
"""The numbers of a path, and whether each is that of a step.

final: the loss at the end, above the minimum where that is known; median: that of the other starts, which ranks;
average: the loss at the end of the average; rank; share: of the other starts, those that end in the same basin;
distance: from the end to the nearest minimum; steps: until the tolerance is reached. loss, x, y: after so many steps;
length: of a step, the first is 1; lr: of a step, the first is 0.
"""
OF_SCHEDULE: Mapping[str, bool] = {
    **dict.fromkeys(("peak", "updates"), False),
    **dict.fromkeys(("lr", "momentum", "beta1", "beta2", "weight_decay", "effective_lr", "half_life"), True),
}
"""The numbers of a curve: its highest lr and how many updates, or epochs, it has; a hyperparameter at one of these."""
OF_SWEEP: Mapping[str, bool] = {
    **dict.fromkeys(("best", "at", "border", "near", "diverges", "arrived", "speed"), False),
    **dict.fromkeys(("median", "diverged", "ridge", "basin"), True),
}
"""The numbers of an entry of a sweep, and whether each is that of a point, a row or a minimum.

best: its least median loss; at: the first axis there; border: of stability, its first point on the first axis; near:
the share of the points within 10 times best; diverges: the share of all paths that diverge. median, diverged: of a
point, numbered along the last axis first; ridge: the second axis where it is best at a value of the first. On a map
of starts arrived: the share of them that arrive; speed: the median of their steps; basin: the share that ends in a
minimum.
"""
OF_RESUME: Mapping[str, bool] = {"error": False, "lr": True}
"""The numbers of a way to resume: the largest difference in lr, and the lr at an update after the interruption."""

OF_CHECK: Mapping[str, bool] = {"difference": False}
"""The number of an implementation, as "Adam foreach": the largest relative difference of its steps."""
OF_KIND = {"schedule": OF_SCHEDULE, "race": OF_RACE, "sweep": OF_SWEEP, "resume": OF_RESUME, "check": OF_CHECK}
"""The quantities that claims may name, for each kind of entry."""


class Quantity(NamedTuple):
    """A number of a picture: its name, the name of the curve or path, and the step or update that it is of."""

    name: str
    of: str
    at: int | None

    @property
    def text(self) -> str:
        """The quantity as written."""
        return f'{self.name}("{self.of}"{"" if self.at is None else f", {self.at}"})'


@dataclass(frozen=True, slots=True)
class Claim:
    """A formula over quantities; made by `parse` only. place: where it is written, as `file:line:column`."""

    text: str
    quantities: Mapping[str, Quantity]
    """By their variables in the formula."""
    formula: Expression
    place: str = ""

    @classmethod
    def parse(cls, text: str, allowed: Mapping[str, bool]) -> Claim:
        """Return the claim that a text makes; allowed: the quantities of its picture.

        Raises ExpressionError where it is none: no comparison, no number of the picture, or no formula.
        """
        quantities: dict[str, Quantity] = {}
        written: dict[str, str] = {}

        def variable(found: re.Match[str]) -> str:
            # As long as the text that it replaces, so that messages name the right columns.
            name = f"q{len(quantities)}".ljust(len(found[0]), "_")
            quantities[name] = _quantity(found, allowed)
            written[name] = found[0]
            return name

        text = " ".join(text.split())
        line = _WRITTEN.sub(variable, text)
        try:
            formula = Expression.parse(line, quantities)
        except ExpressionError as error:
            told = str(error)
            for name, one in written.items():
                told = told.replace(name, one)
            hint = f"; numbers of the picture are {_shown(allowed)}" if '"' in line or not quantities else ""
            raise ExpressionError(f"{told}{hint}") from None
        if not quantities:
            raise ExpressionError(f"names no number of this picture; it has {_shown(allowed)}")
        if not isinstance(ast.parse(line, mode="eval").body, ast.Compare | ast.BoolOp):
            raise ExpressionError(f"nothing is compared in {text!r}; a claim is as {_EXAMPLE}")
        return cls(text, quantities, formula)

    def fails(self, numbers: Samples) -> str | None:
        """Return that it fails, with the numbers; None if it holds, or if a number is missing.

        A value that is not finite counts as infinite.
        """
        if self.unmeasured(numbers):
            return None
        known = {name: _number(numbers[one.text]) for name, one in self.quantities.items()}
        if self.formula.evaluate(**known):
            return None
        told = dict.fromkeys(f"{one.text} is {short(known[name])}" for name, one in self.quantities.items())
        return f"the claim {self.text} does not hold: {', '.join(told)}"

    def unmeasured(self, numbers: Samples) -> bool:
        """Whether it names a quantity that is not among the numbers."""
        return any(one.text not in numbers for one in self.quantities.values())


def parsed(texts: Iterable[str], kinds: Sequence[str]) -> Iterator[tuple[int, Claim | str]]:
    """Yield the number of each claim of an entry, and the claim, or what is wrong with it; kinds: what is drawn."""
    for index, text in enumerate(texts if len(kinds) == 1 else ()):
        try:
            yield index, Claim.parse(text, OF_KIND[kinds[0]])
        except ExpressionError as error:
            yield index, str(error)


_EXAMPLE = 'final("a") > 10 * final("b")'


def _shown(allowed: Mapping[str, bool]) -> str:
    kinds = [([name for name, at in allowed.items() if at == of_step], of_step) for of_step in (False, True)]
    return " and ".join(
        f'{", ".join(names)} as {names[0]}("name"{", 5" if of_step else ""})' for names, of_step in kinds if names
    )


def _quantity(found: re.Match[str], allowed: Mapping[str, bool]) -> Quantity:
    name, of, at = found.groups()
    column = f"column {found.start() + 1}: {found[0]!r}"
    if name not in allowed:
        raise ExpressionError(
            f"{column} is not a number of this picture; it has {_shown(allowed)}{did_you_mean(name, allowed)}"
        )
    if allowed[name] != (at is not None):
        needed = f'{name}("{of}", 0), with a step or update,' if allowed[name] else f'{name}("{of}"), of the whole run,'
        raise ExpressionError(f"{column} given; {needed} is needed")
    return Quantity(name, of, None if at is None else int(at))


def _number(sample: tuple[float | None, ...]) -> float:
    (value,) = sample
    return math.inf if value is None else value
