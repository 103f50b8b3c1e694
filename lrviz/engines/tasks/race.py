"""A race as plain data for the torch side, and its result: one entry's run, and its tape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lrviz.documents.averaging import Averaging
from lrviz.engines.tasks.schedule import Place, Stepped
from lrviz.engines.tasks.task import Task
from lrviz.foundation.beats import Beats
from lrviz.foundation.plane import Point
from lrviz.functions import Function
from lrviz.results import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Tape:
    """What torch did.

    ran: the libraries whose classes ran, by name, with their versions.
    path: [steps + 1, 2]; loss: [steps + 1], without noise; spent: [steps + 1], closure calls made
    when the row was reached; made: the number of steps made, for a run ends early where its budget is
    spent (the rows after row `made` repeat it) or where row `made` is not finite in its point or its
    loss (it is kept as torch left it, the rows after it are NaN), or where the next step raises.
    raised: what torch raised in that step, where its arithmetic broke down; "" if nothing.
    lr: [steps] and params: name to [steps], in force at each step (held after the last that was made).
    calls: [calls, 6], every closure call of those steps: its step, x, y, the loss, and the gradient
    handed to the optimizer (noise and clipping included), in order. state: for each step that was made,
    the optimizer's state after it, under torch's names: floats, lists of floats, or lists of such.
    average: [steps + 1, 2], row r the average of rows averaging.start + 1 to r, NaN before them.
    """

    ran: Mapping[str, str]
    path: FloatArray
    loss: FloatArray
    spent: IntArray
    made: int
    lr: FloatArray
    params: Mapping[str, FloatArray]
    calls: FloatArray
    state: Sequence[Mapping[str, Any]]
    average: FloatArray | None = None
    raised: str = ""


@dataclass(frozen=True, slots=True)
class Descent(Task[Tape]):
    """One entry's run, everything torch needs.

    module, optimizer: where the optimizer's library keeps its class, and what it calls it;
    hyperparameters: the arguments of its constructor besides the parameters, lr included; shape: that of
    the parameter; sparse: it takes sparse gradients only; stepped: the schedulers, each stepped after
    every beat in its `when`; updates: the beat of each step; noise: [steps, 2], added to the gradient of every
    closure call of a step; clip: the norm that gradients are cut to; budget: gradient evaluations after which no
    further step is made.
    """

    performed_by: ClassVar[str] = "lrviz.engines.real.race:descend"

    function: Function
    module: str
    optimizer: str
    hyperparameters: dict[str, Any]
    shape: tuple[int, ...]
    sparse: bool
    start: Point
    steps: int
    budget: int
    stepped: tuple[Stepped, ...] = ()
    updates: Beats = range(0)
    recorded: Mapping[str, Place] = field(default_factory=dict)
    """Hyperparameters besides lr to record at each step."""
    noise: FloatArray | None = None
    clip: float | None = None
    averaging: Averaging | None = None
    install: str = ""
    """As of a `Node`, for the optimizer's library."""
