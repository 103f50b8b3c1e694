"""The base of every 2D test function: a value that NumPy and torch share, a gradient, and a description."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import Field, fields
from typing import Any, ClassVar

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box, Point
from lrviz.language.registry import Registry


class Function(ABC):
    """A loss surface f(x, y).

    A subclass is a frozen dataclass: its fields are the function's parameters, its docstring has a sentence on what is
    hard about it, its formula and its source.
    """

    name: str
    """Its name in `--fn`."""
    known_as: str = ""
    """Its name in a sentence, where that differs: Goldstein-Price."""
    character: str
    """What is special about it, in a few words."""
    domain: Box
    start: Point
    minima: tuple[Point, ...] = ()
    """Every global minimum that is an isolated point."""
    minimum: float | None = None
    """The least value; None where the function is unbounded below or the value is not known."""
    no_basins: str = ""
    """Why the minimum that gradient descent reaches cannot be used to tell basins apart; "" where it can."""
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    """For type checkers: every subclass is a dataclass, this base is not."""

    @property
    def view(self) -> Box:
        """The window that pictures show."""
        return self.domain

    @property
    def words(self) -> str:
        """The function with its parameters that are not at their default: "quadratic, kappa = 100"."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        told = [f"{name} = {value:g}" for name, (value, default) in given.items() if value != default]
        return ", ".join([self.name, *told])

    @property
    def title(self) -> str:
        """The same as `words`, as a title writes it: "Rosenbrock", "quadratic, kappa = 100"."""
        return self.words.replace(self.name, self.known_as or self.name.replace("_", " "), 1)

    @abstractmethod
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        """Return f at arrays of points, in the array library `m`: NumPy, or torch for tensors.

        It may use only names of `m` that both libraries have.
        """

    @abstractmethod
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (∂f/∂x, ∂f/∂y) at arrays of points, finite wherever f is; by hand, not by differences."""

    def set_gradient(self, g: FloatArray, points: FloatArray) -> None:
        """Set g, [2, ...], to the gradient at points, [2, ...]; a function that many paths descend writes into g."""
        g[0], g[1] = self.gradient(points[0], points[1])


FUNCTIONS: Registry[Function] = Registry("function", "lrviz.functions", Function, "rosenbrock")  # type: ignore[type-abstract]  # only its subclasses are made
"""Every test function by its name."""
