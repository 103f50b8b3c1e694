"""`lrviz resume`: a run interrupted, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare.schedule import modelled
from lrviz.render.records.resume import resume_csv_text, resume_json_text
from lrviz.render.text.resume_table import resume_table
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.resuming.resumption import Resumption
from lrviz.runs.resuming.run import ResumeRun

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.resume import ResumePicture
    from lrviz.render.interactive.stored import Detail


@dataclass(slots=True)
class Resumed(Command[Resumption]):
    """A run, where it is interrupted, and what it goes on as or from: as `lrviz.resume` takes them."""

    document: ScheduleDocument
    at: str | None
    into: ScheduleDocument | None
    files: tuple[str, ...]
    keys: Mapping[str, str]
    _run: ResumeRun = field(init=False)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        assert worker is not None
        self._run = ResumeRun.start(
            self.document, self.at, worker, bar("torch"), into=self.into, files=self.files, keys=self.keys
        )

    @override
    def sketch(self) -> None:
        """Nothing is known yet; what draws it is imported."""
        import lrviz.render.figures.resume  # noqa: F401

    @override
    def finish(self) -> Sequence[Resumption]:
        return [self._run.finish()]

    @override
    def warnings(self, found: Sequence[Resumption]) -> Iterable[str]:
        return found[0].warnings

    @override
    def pictures(self, found: Sequence[Resumption]) -> Sequence[ResumePicture]:
        from lrviz.render.figures.resume import ResumePicture

        drawn = ResumePicture(found[0].interrupted)
        drawn.stamp(found[0].verdict)
        return [drawn]

    @override
    def touched(self, found: Sequence[Resumption], detail: Detail) -> Mapping[str, Any]:
        from lrviz.render.interactive.schedule import resume_view

        return resume_view(found[0].interrupted, detail)

    @override
    def told(self, found: Sequence[Resumption], width: int) -> Iterable[RenderableType]:
        return [resume_table(found[0].interrupted, found[0].verdict)]

    @override
    def json_text(self, found: Sequence[Resumption]) -> str:
        return resume_json_text(found[0].to_json())

    @override
    def csv_text(self, found: Sequence[Resumption]) -> str:
        return resume_csv_text(found[0].interrupted)

    @override
    def apart(self, found: Sequence[Resumption]) -> Sequence[str]:
        return [modelled(one.verdict) for one in found if one.verdict.verdict == "disagree"]
