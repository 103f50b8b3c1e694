"""From an entry of a race to its run as the torch side makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrviz.documents.race import RaceDocument
from lrviz.engines.tasks.race import Descent
from lrviz.engines.tasks.schedule import Place, Stepped
from lrviz.foundation.beats import Beats
from lrviz.functions import Function
from lrviz.optimizers import Optimizer
from lrviz.optimizers.hyperparameters import place
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import FloatArray

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument


def descent(
    document: RaceDocument,
    optimizer: Optimizer,
    schedule: ScheduleDocument | None,
    *,
    function: Function,
    noise: FloatArray | None,
) -> Descent:
    """Lay out the run of one entry of a race for the torch engine; noise is [steps, 2]."""
    stepped: tuple[Stepped, ...] = ()
    updates: Beats = range(0)
    recorded: dict[str, Place] = {}
    if schedule is not None:
        # Most races have none, and need no scheduler to be imported.
        from lrviz.engines.schedule_planning import cycled, stepped_in_a_race

        stepped, updates = stepped_in_a_race(schedule), schedule.update_beats
        recorded = {**cycled(optimizer), **{name: place(name) for name in schedule.scheduled_params}}
    hyperparameters = optimizer.hyperparameters()
    if isinstance(optimizer, LBFGS):
        # torch allocates the whole history at once; no run makes more pairs than these.
        most = document.steps + optimizer.max_iter
        hyperparameters["history_size"] = min(optimizer.history_size, most)
    return Descent(
        function=function,
        module=optimizer.module,
        optimizer=optimizer.class_name,
        hyperparameters=hyperparameters,
        shape=optimizer.shape,
        sparse=optimizer.sparse,
        start=document.start,
        steps=document.steps,
        budget=document.steps,
        stepped=stepped,
        updates=updates,
        recorded=recorded,
        noise=noise,
        clip=document.clip,
        averaging=document.average,
        install=optimizer.install,
    )
