"""`lrviz schedule`: documents simulated, over one another in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rich.text import Text
from typing_extensions import override

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import modelled
from lrviz.language.choices import Engine, ShownOrder
from lrviz.render.axes import ScheduleAxes
from lrviz.render.many_groups import tabled
from lrviz.render.records.schedule import csv_text, json_text
from lrviz.render.text.schedule_table import schedule_table
from lrviz.render.variations import Variation
from lrviz.results import Curves
from lrviz.runs.commands.command import TALL, WIDEST, Bars, Command
from lrviz.runs.simulation import Run, Simulation, in_order, page, stamp
from lrviz.runs.summary import summarise
from lrviz.runs.surviving import survived

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.schedule import SchedulePicture
    from lrviz.render.interactive.stored import Detail


@dataclass(slots=True)
class Schedules(Command[Simulation]):
    """documents: each to be simulated, or the simulation of what is none; survival: with the half-lives of updates.

    axes: how the picture shows the curves; in_terminal: a plot above the table; panels: which of the documents have a
    small panel of their own.
    """

    documents: Sequence[ScheduleDocument | Simulation]
    engine: Engine
    params: Sequence[str]
    order: ShownOrder
    axes: ScheduleAxes
    in_terminal: bool
    survival: bool = False
    panels: Sequence[Variation] = ()
    _runs: list[Run | Simulation] = field(init=False)
    _sketch: SchedulePicture | None = field(init=False, default=None)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        progress = bar("torch")
        self._runs = [
            (replace(one, curves=survived(one.curves, self.params)) if self.survival else one)
            if isinstance(one, Simulation)
            else Run.start(one, self.engine, self.params, worker, progress, order=order, survival=self.survival)
            for one, order in in_order(self.documents, self.order)
        ]

    @override
    def sketch(self) -> None:
        self._sketch = self._drawn([run.curves for run in self._runs])
        self._sketch.prepare()

    @override
    def finish(self) -> Sequence[Simulation]:
        return [run.finish() if isinstance(run, Run) else run for run in self._runs]

    @override
    def warnings(self, found: Sequence[Simulation]) -> Iterable[str]:
        return (warning for one in found for warning in one.warnings)

    @override
    def pictures(self, found: Sequence[Simulation]) -> Sequence[SchedulePicture]:
        verdicts = [one.verdict for one in found]
        picture = self._sketch
        if picture is None or any(verdict.verdict == "disagree" for verdict in verdicts):
            # Drawn were the reference's curves.
            picture = self._drawn([one.curves for one in found])
        stamp(picture, found)
        return [picture]

    @override
    def page(self, found: Sequence[Simulation]) -> bytes:
        return page(found, self.axes)

    def _drawn(self, curves: list[Curves]) -> SchedulePicture:
        from lrviz.render.figures.schedule import SchedulePicture

        return SchedulePicture(curves, self.axes, self.panels)

    @override
    def touched(self, found: Sequence[Simulation], detail: Detail) -> Mapping[str, Any]:
        from lrviz.render.interactive.schedule import schedule_view

        return schedule_view([one.curves for one in found], self.axes, detail)

    @override
    def told(self, found: Sequence[Simulation], width: int) -> Iterable[RenderableType]:
        if self.in_terminal:
            from lrviz.render.terminal.schedule_plot import braille_plot

            yield braille_plot([one.curves for one in found], min(width, WIDEST), TALL, self.axes)
        yield schedule_table(
            [(one.curves, one.verdict, summarise(one.curves, tabled(len(one.curves.groups)))) for one in found]
        )
        for one in found:
            if one.curves.footnote:
                yield Text(f"{one.curves.name}: {one.curves.footnote}" if len(found) > 1 else one.curves.footnote)

    @override
    def json_text(self, found: Sequence[Simulation]) -> str:
        return json_text(found)

    @override
    def csv_text(self, found: Sequence[Simulation]) -> str:
        return csv_text(found)

    @override
    def apart(self, found: Sequence[Simulation]) -> Sequence[str]:
        apart = [one for one in found if one.verdict.verdict == "disagree"]
        lines = [f"{one.curves.source}: {one.verdict.sentence}" for one in apart]
        return [*lines, *(modelled(one.verdict) for one in apart[:1])]
