"""The schedules of a race: every kind of source may run under an entry, or be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from lrviz.documents.entries import Schedules, is_path
from lrviz.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from lrviz.documents.load import Written


@dataclass(frozen=True, slots=True)
class Sources(Schedules):
    """Resolves the schedules of a race.

    facts, dialect: as of `lrviz.runs.sources.source.Given`. Whoever races optimizers by name needs no scheduler, and
    importing them takes longer than most races.
    """

    facts: Sequence[str] = ()
    dialect: str | None = None

    @override
    def holds(self, text: str, folder: Path) -> bool:
        if is_path(text, folder):
            return True
        name = text.split(":", maxsplit=1)[0].strip()
        if OPTIMIZERS.spelled(name) in OPTIMIZERS.names:
            return False
        from lrviz.runs.sources.resolving import Nothing, resolve

        return not isinstance(resolve(text, folder), Nothing)

    @override
    def read(self, text: str, folder: Path, steps: int, *, named: bool) -> Written:
        from lrviz.runs.sources.resolving import resolve
        from lrviz.runs.sources.source import Given

        given = Given(steps=str(steps), facts=self.facts, dialect=self.dialect)
        return resolve(text, folder, given).read(named=named)
