"""A surface that the user gives as a formula in x and y."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box, Point
from lrviz.foundation.printable import printable
from lrviz.functions.base import Function
from lrviz.language.expression import Expression


@dataclass(frozen=True)
class Custom(Function):
    """A formula in x and y, differentiated by forward mode here and by autograd in torch.

    minima, minimum: what a search has found, if there was one.
    """

    expression: Expression
    domain: Box
    start: Point
    minima: tuple[Point, ...] = ()
    minimum: float | None = None

    character: str = field(default="your own", init=False)

    @property
    @override
    def name(self) -> str:  # type: ignore[override]  # it is the formula
        return printable(" ".join(self.expression.text.split()))

    @property
    @override
    def no_basins(self) -> str:  # type: ignore[override]  # it depends on the search
        return "" if self.minima else "no minimum is known"

    @property
    @override
    def words(self) -> str:
        return self.name

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        if m is np:
            return self.expression.evaluate(x=x, y=y)
        found = self.expression.within(m, x=x, y=y)
        # A formula that is the same everywhere, or has steps only, is still a function of x and y to torch;
        # a sign is finite where they are not.
        return found if found.requires_grad else found + 0.0 * (m.sign(x) + m.sign(y))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.expression.derivatives(x, y)
