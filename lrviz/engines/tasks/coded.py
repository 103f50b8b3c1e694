"""An optimizer class that a user names, in a process of its own: the tasks, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lrviz.engines.tasks.task import Task
from lrviz.functions import Function
from lrviz.results import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Named:
    """A class by its name. where: the folder from which its module is imported first; typed: hyperparameters."""

    module: str
    name: str
    where: str
    typed: Mapping[str, Any]

    @property
    def spec(self) -> str:
        """What was typed to name it."""
        return f"py:{self.module}:{self.name}"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a class can be stepped.

    shape: of its parameter, for one point; single: in float32; closure: `step` is handed one; graph: the gradient
    keeps its graph; together: many points in one tensor, and groups of several lrs, do what each does alone.
    """

    shape: tuple[int, ...] = (2,)
    single: bool = False
    closure: bool = False
    graph: bool = False
    together: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the signature of a class says, and what trying it has shown.

    defaults: its arguments that were not typed, as far as plain data can hold them; takes_lr, needs_lr: it has such an
    argument, one without a default; lr: in force where none is given, None where it has none; kept: values that it
    keeps for each of the parameter's; ran: its library and torch with their versions.
    """

    defaults: Mapping[str, Any]
    takes_lr: bool
    needs_lr: bool
    lr: float | None
    kept: str
    manner: Manner
    ran: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look(Task[Known]):
    """Import the class, and find out how it can be stepped. starts: [2, 3], points to try it from."""

    performed_by: ClassVar[str] = "lrviz.engines.real.coded:look"

    named: Named
    function: Function
    starts: FloatArray


@dataclass(frozen=True, slots=True)
class Walked:
    """Where paths went.

    path: [steps + 1, 2, paths], NaN once one is lost; spent: [steps + 1, paths], gradient evaluations.
    """

    path: FloatArray
    spent: IntArray


@dataclass(frozen=True, slots=True)
class Walk(Task[Walked]):
    """Step the class from starts, [2, paths], each path at its own of the `rates`, [paths], or all at its default.

    noise: [steps, 2], added to every gradient; clip: the norm that gradients are cut to; main: an error on it ends
    the race, and not only that path.
    """

    performed_by: ClassVar[str] = "lrviz.engines.real.walking:walk"

    named: Named
    manner: Manner
    function: Function
    starts: FloatArray
    rates: FloatArray | None
    steps: int
    noise: FloatArray | None = None
    clip: float | None = None
    main: bool = False
