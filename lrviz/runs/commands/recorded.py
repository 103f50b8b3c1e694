"""`lrviz record`: what a command's updates were really made with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.linting.caused import RunFinding
from lrviz.render.records.recorded import recorded_json_text
from lrviz.render.records.schedule import csv_text
from lrviz.render.text.schedule_table import schedule_table
from lrviz.results import Recorded
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.projecting import projected
from lrviz.runs.recorded import simulations, titles, told
from lrviz.runs.simulation import Simulation
from lrviz.runs.summary import summarise

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.schedule import SchedulePicture


@dataclass(slots=True)
class RecordedRun(Command[Simulation]):
    """A recording of `words`, which ended with `code`; findings: what is wrong with the run."""

    recorded: Recorded
    words: Sequence[str]
    code: int
    findings: Sequence[RunFinding] = ()

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        """All is known."""

    @override
    def finish(self) -> Sequence[Simulation]:
        return simulations(self.recorded, findings=self.findings)

    @override
    def warnings(self, found: Sequence[Simulation]) -> Iterable[str]:
        if self.recorded.cut:
            yield f"{self.recorded.source}: its last record is not whole, and left out"
        # What is wrong with the run is told after its table, with what to change.
        known = set(map(str, self.findings))
        yield from dict.fromkeys(line for one in found for line in one.warnings if line not in known)

    @override
    def pictures(self, found: Sequence[Simulation]) -> Sequence[SchedulePicture]:
        from lrviz.render.figures.schedule import SchedulePicture

        picture = SchedulePicture([one.curves for one in found])
        picture.stamp([one.verdict for one in found])
        return [picture]

    @override
    def told(self, found: Sequence[Simulation], width: int) -> Iterable[RenderableType]:
        yield schedule_table([(one.curves, one.verdict, summarise(one.curves)) for one in found])

    @override
    def json_text(self, found: Sequence[Simulation]) -> str:
        after = [projected(one) for one in self.recorded.optimizers]
        causes = told(self.findings)
        return recorded_json_text(
            self.recorded, titles(self.recorded), after, causes, command=self.words, exit_code=self.code
        )

    @override
    def csv_text(self, found: Sequence[Simulation]) -> str:
        return csv_text(found)

    @override
    def apart(self, found: Sequence[Simulation]) -> Sequence[str]:
        return ()
