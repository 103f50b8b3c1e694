"""`lrviz record`: what a command's updates were really made with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.render.records.recorded import recorded_json_text
from lrviz.render.records.schedule import csv_text
from lrviz.render.text.difference_table import difference_table, told_apart
from lrviz.render.text.schedule_table import schedule_table
from lrviz.results import Recorded
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.differing.comparing import Terms
from lrviz.runs.differing.differences import Differences
from lrviz.runs.differing.run import Compared, DiffRun
from lrviz.runs.recorded import simulations, titles
from lrviz.runs.simulation import Simulation
from lrviz.runs.summary import summarise

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.picture import LatePicture


@dataclass(slots=True)
class RecordedRun(Command[Simulation]):
    """A recording of `words`, which ended with `code`; plan: what it should follow, by its name."""

    recorded: Recorded
    words: Sequence[str]
    code: int
    plan: tuple[str, Compared] | None = None
    _compared: Differences | None = field(init=False, default=None)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        """All is known."""

    @override
    def finish(self) -> Sequence[Simulation]:
        found = simulations(self.recorded)
        if self.plan is not None and found:
            name, plan = self.plan
            self._compared = DiffRun.start((name, self.recorded.source), (plan, found), Terms()).finish()
        return found

    @override
    def warnings(self, found: Sequence[Simulation]) -> Iterable[str]:
        if self.recorded.cut:
            yield f"{self.recorded.source}: its last record is not whole, and left out"
        yield from self._compared.warnings if self._compared is not None else ()

    @override
    def pictures(self, found: Sequence[Simulation]) -> Sequence[LatePicture]:
        if self._compared is not None:
            from lrviz.render.figures.difference import DifferencePicture

            return [DifferencePicture(self._compared.difference)]
        from lrviz.render.figures.schedule import SchedulePicture

        picture = SchedulePicture([one.curves for one in found])
        picture.stamp([one.verdict for one in found])
        return [picture]

    @override
    def told(self, found: Sequence[Simulation], width: int) -> Iterable[RenderableType]:
        yield schedule_table([(one.curves, one.verdict, summarise(one.curves)) for one in found])
        if self._compared is not None:
            yield difference_table(self._compared.difference)

    @override
    def json_text(self, found: Sequence[Simulation]) -> str:
        diff = None if self._compared is None else self._compared.to_json()
        return recorded_json_text(self.recorded, titles(self.recorded), self.words, self.code, diff)

    @override
    def csv_text(self, found: Sequence[Simulation]) -> str:
        return csv_text(found)

    @override
    def apart(self, found: Sequence[Simulation]) -> Sequence[str]:
        return () if self._compared is None else told_apart(self._compared.difference)
