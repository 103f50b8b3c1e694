"""`lrviz record`: the learning rates that a command's updates really used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.text import Text
from typing_extensions import override

from lrviz.foundation.errors import LrvizError, UsageError
from lrviz.linting.caused import RunFinding
from lrviz.render.records.recorded import recorded_json_text
from lrviz.render.records.schedule import csv_text
from lrviz.render.text.difference_table import difference_table, told_apart
from lrviz.render.text.schedule_table import schedule_table
from lrviz.results import Recorded
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.differing.comparing import Terms
from lrviz.runs.differing.differences import Differences
from lrviz.runs.differing.run import Compared, DiffRun
from lrviz.runs.projecting import projected
from lrviz.runs.recorded import simulations, titles, told
from lrviz.runs.simulation import Simulation, stamp
from lrviz.runs.summary import summarise
from lrviz.runs.surviving import NEEDED, survived

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.picture import LatePicture


@dataclass(slots=True)
class RecordedRun(Command[Simulation]):
    """A recording of `words`, which ended with `code`; findings: what is wrong with the run.

    survival: with the half-lives of its updates; plan: what it should follow, by its name.
    """

    recorded: Recorded
    words: Sequence[str]
    code: int
    findings: Sequence[RunFinding] = ()
    survival: bool = False
    plan: tuple[str, Compared] | None = None
    _compared: Differences | None = field(init=False, default=None)
    _uncompared: Sequence[str] = field(init=False, default=())

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        """All is known."""

    @override
    def finish(self) -> Sequence[Simulation]:
        found: Sequence[Simulation]
        if self.survival:
            found = [self._survived(one) for one in simulations(self.recorded, NEEDED, findings=self.findings)]
        else:
            found = simulations(self.recorded, findings=self.findings)
        if self.plan is not None and found:
            name, plan = self.plan
            # Where no optimizer of the run has half-lives, that is said with its curves.
            terms = Terms(survival=any(one.curves.footnote for one in found))
            try:
                self._compared = DiffRun.start((name, self.recorded.source), (plan, found), terms).finish()
            except LrvizError as error:
                # The run is over: what it did is shown, and its exit code stays its own.
                self._uncompared = [f"not compared with its plan: {line}" for line in error.lines]
        return found

    @staticmethod
    def _survived(one: Simulation) -> Simulation:
        try:
            return replace(one, curves=survived(one.curves))
        except UsageError as error:
            # The run is over; its curves are shown without them.
            return replace(one, warnings=(*one.warnings, *error.lines))

    @override
    def warnings(self, found: Sequence[Simulation]) -> Iterable[str]:
        if self.recorded.cut:
            yield f"{self.recorded.source}: its last record is incomplete, and left out"
        # What is wrong with the run is reported after the table, with the reason and what to change.
        causes = set(map(str, self.findings))
        beside = self._compared.warnings if self._compared is not None else ()
        yield from dict.fromkeys((*(line for one in found for line in one.warnings if line not in causes), *beside))

    @override
    def pictures(self, found: Sequence[Simulation]) -> Sequence[LatePicture]:
        if self._compared is not None:
            from lrviz.render.figures.difference import DifferencePicture

            return [DifferencePicture(self._compared.difference)]
        from lrviz.render.figures.schedule import SchedulePicture

        picture = SchedulePicture([one.curves for one in found])
        stamp(picture, found)
        return [picture]

    @override
    def told(self, found: Sequence[Simulation], width: int) -> Iterable[RenderableType]:
        for one in found if self._compared is None else ():
            if one.curves.footnote:
                yield Text(one.curves.footnote)
        yield schedule_table([(one.curves, one.verdict, summarise(one.curves)) for one in found])
        if self._compared is not None:
            yield difference_table(self._compared.difference)

    @override
    def json_text(self, found: Sequence[Simulation]) -> str:
        after = [projected(one) for one in self.recorded.optimizers]
        diff = None if self._compared is None else self._compared.to_json()
        return recorded_json_text(
            self.recorded,
            titles(self.recorded),
            after,
            told(self.findings),
            command=self.words,
            exit_code=self.code,
            diff=diff,
        )

    @override
    def csv_text(self, found: Sequence[Simulation]) -> str:
        return csv_text(found)

    @override
    def apart(self, found: Sequence[Simulation]) -> Sequence[str]:
        return self._uncompared if self._compared is None else told_apart(self._compared.difference)
