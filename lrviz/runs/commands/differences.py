"""`lrviz diff`: two sources, and whether and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.engines.compare.schedule import modelled
from lrviz.language.choices import Engine
from lrviz.render.records.difference import difference_csv_text, difference_json_text
from lrviz.render.text.difference_table import difference_table, told_apart
from lrviz.runs.commands.command import TALL, WIDEST, Bars, Command
from lrviz.runs.differing.comparing import Terms
from lrviz.runs.differing.differences import Differences
from lrviz.runs.differing.run import Compared, DiffRun

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.difference import DifferencePicture


@dataclass(slots=True)
class Diff(Command[Differences]):
    """sources: what the two are called; in_terminal: a plot above the table."""

    sources: tuple[str, str]
    given: tuple[Compared, Compared]
    terms: Terms
    engine: Engine
    in_terminal: bool
    _run: DiffRun = field(init=False)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        self._run = DiffRun.start(self.sources, self.given, self.terms, self.engine, worker, bar("torch"))

    @override
    def finish(self) -> Sequence[Differences]:
        return [self._run.finish()]

    @override
    def warnings(self, found: Sequence[Differences]) -> Iterable[str]:
        return found[0].warnings

    @override
    def pictures(self, found: Sequence[Differences]) -> Sequence[DifferencePicture]:
        from lrviz.render.figures.difference import DifferencePicture

        picture = DifferencePicture(found[0].difference)
        picture.stamp(found[0].verdicts)
        return [picture]

    @override
    def told(self, found: Sequence[Differences], width: int) -> Iterable[RenderableType]:
        if self.in_terminal:
            from lrviz.render.terminal.difference_plot import difference_plot

            yield difference_plot(found[0].difference, min(width, WIDEST), TALL)
        yield difference_table(found[0].difference)

    @override
    def json_text(self, found: Sequence[Differences]) -> str:
        return difference_json_text(found[0].difference)

    @override
    def csv_text(self, found: Sequence[Differences]) -> str:
        return difference_csv_text(found[0].difference)

    @override
    def apart(self, found: Sequence[Differences]) -> Sequence[str]:
        one = found[0]
        wrong = [verdict for verdict in one.verdicts if verdict.verdict == "disagree"]
        told = [verdict.sentence for verdict in wrong] + [modelled(verdict) for verdict in wrong[:1]]
        return [*told, *told_apart(one.difference)]
