"""`lrviz race`: races run, each in a picture of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from typing_extensions import override

from lrviz.documents.race import RaceDocument
from lrviz.engines.compare.schedule import modelled
from lrviz.foundation.progress import Progress
from lrviz.language.choices import Engine
from lrviz.render.records.race import race_csv_text, race_json_text
from lrviz.render.text.race_table import race_table
from lrviz.results import Contest
from lrviz.runs.commands.command import TALL, WIDEST, Bars, Command
from lrviz.runs.racing import Race, RaceRun

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.portrait import PortraitPicture
    from lrviz.render.figures.race import RacePicture
    from lrviz.render.interactive.stored import Detail


@dataclass(slots=True)
class Races(Command[Race]):
    """Races over surfaces; the film is of the first. in_terminal: the losses above each table."""

    documents: Sequence[RaceDocument]
    engine: Engine
    in_terminal: bool
    _runs: list[RaceRun] = field(init=False)
    _sketches: list[RacePicture | PortraitPicture] = field(init=False, default_factory=list)

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        tuning, progress = bar("tuning"), bar("torch")
        self._runs = [RaceRun.start(document, self.engine, worker, progress, tuning) for document in self.documents]

    @override
    def sketch(self) -> None:
        self._sketches = self._drawn([run.contest for run in self._runs])
        for sketch in self._sketches:
            sketch.prepare()

    def _drawn(self, contests: Iterable[Contest]) -> list[RacePicture | PortraitPicture]:
        from lrviz.render.figures.portrait import PortraitPicture
        from lrviz.render.figures.race import RacePicture

        pairs = zip(contests, self.documents, strict=True)
        return [
            PortraitPicture(contest) if contest.varied else RacePicture(contest, document.view, bundle=document.bundle)
            for contest, document in pairs
        ]

    @override
    def finish(self) -> Sequence[Race]:
        return [run.finish() for run in self._runs]

    @override
    def warnings(self, found: Sequence[Race]) -> Iterable[str]:
        return (warning for one in found for warning in one.warnings)

    @override
    def pictures(self, found: Sequence[Race]) -> Sequence[RacePicture | PortraitPicture]:
        pictures = self._sketches or self._drawn(one.contest for one in found)
        for picture, one in zip(pictures, found, strict=True):
            picture.stamp(one.contest)
        return pictures

    @override
    def page(self, found: Sequence[Race]) -> bytes:
        document = self.documents[0]
        return found[0].to_html(document.source if document.is_file else "").encode()

    @override
    def film(self, found: Sequence[Race], stream: BinaryIO, suffix: str, progress: Progress | None) -> None:
        from lrviz.render.figures.light_import import import_matplotlib

        import_matplotlib()
        from lrviz.render.figures.race_film import animate

        animate(found[0].contest, stream, suffix, progress)

    @override
    def touched(self, found: Sequence[Race], detail: Detail) -> Mapping[str, Any]:
        from lrviz.render.interactive.race import race_view

        return race_view(found[0].contest, detail)

    @override
    def told(self, found: Sequence[Race], width: int) -> Iterable[RenderableType]:
        for one in found:
            if self.in_terminal:
                from lrviz.render.terminal.loss_plot import loss_plot

                yield loss_plot(one.contest, min(width, WIDEST), TALL)
            yield race_table(one.contest)

    @override
    def json_text(self, found: Sequence[Race]) -> str:
        return race_json_text(found)

    @override
    def csv_text(self, found: Sequence[Race]) -> str:
        return race_csv_text(found[0])

    @override
    def apart(self, found: Sequence[Race]) -> Sequence[str]:
        apart = [one for race in found for one in race.entries if one.verdict.verdict == "disagree"]
        lines = [f"{one.label}: {one.verdict.sentence}" for one in apart]
        return [*lines, *(modelled(one.verdict) for one in apart[:1])]
