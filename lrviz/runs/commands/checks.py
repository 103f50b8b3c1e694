"""`lrviz check`: documents, or the whole installation, cross-checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import UnfinishedError
from lrviz.render.text.schedule_table import check_table, implementation_table
from lrviz.render.text.verdicts import sentence
from lrviz.runs.checking import Implemented, cross_check, implementations, installation
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.simulation import Simulation

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker


@dataclass(slots=True)
class Checks(Command[Simulation]):
    """The user's documents, and what was traced already; without any, every part of the installation."""

    documents: Sequence[ScheduleDocument]
    traced: Sequence[Simulation] = ()
    _found: list[Simulation] = field(init=False)
    _implemented: list[Implemented] = field(init=False)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        assert worker is not None
        whole = not (self.documents or self.traced)
        found = cross_check(installation() if whole else self.documents, worker, bar("cross-check"))
        self._found = [*found, *self.traced]
        self._implemented = implementations(worker, bar("implementations")) if whole else []

    @override
    def finish(self) -> Sequence[Simulation]:
        return self._found

    @override
    def warnings(self, found: Sequence[Simulation]) -> Iterable[str]:
        # Warnings on our own documents are no news: all have the same metric, most without ReduceLROnPlateau.
        return (warning for one in found for warning in one.warnings) if self.documents or self.traced else ()

    @override
    def told(self, found: Sequence[Simulation], width: int) -> Iterable[RenderableType]:
        yield check_table([(one.curves, one.verdict) for one in found])
        if self._implemented:
            yield implementation_table([(one.optimizer, one.implementation, one.verdict) for one in self._implemented])

    @override
    def apart(self, found: Sequence[Simulation]) -> Sequence[str]:
        """Return where the engines disagree, a line each.

        Raises UnfinishedError where nothing could be compared.
        """
        verdicts = [*(one.verdict for one in found), *(one.verdict for one in self._implemented)]
        if all(verdict.verdict == "skipped" for verdict in verdicts):
            raise UnfinishedError(sentence(["" for _ in verdicts], verdicts))
        steps = [one for one in self._implemented if one.verdict.verdict == "disagree"]
        return [
            *(f"{one.curves.source}: {one.verdict.sentence}" for one in found if one.verdict.verdict == "disagree"),
            *(f"{one.optimizer}, {one.implementation}: {one.verdict.sentence}" for one in steps),
        ]
