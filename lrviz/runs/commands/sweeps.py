"""`lrviz sweep`: a grid of results, in one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from typing_extensions import override

from lrviz.documents.sweep import SweepDocument
from lrviz.documents.sweep_film import Along
from lrviz.foundation.progress import Progress
from lrviz.render.records.sweep import sweep_csv_pieces, sweep_json_pieces, sweep_npz
from lrviz.render.text.sweep_table import sweep_table
from lrviz.results import GridAxis
from lrviz.runs.commands.command import Bars, Command
from lrviz.runs.sweeping.store import Store
from lrviz.runs.sweeping.sweep import Sweep
from lrviz.runs.sweeping.swept import swept

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.sweep import SweepPicture


@dataclass(slots=True)
class Sweeps(Command[Sweep]):
    """One sweep. workers: makes what computes its tiles; along: the frames of its film."""

    document: SweepDocument
    store: Store
    workers: Callable[[], AbstractContextManager[Executor]]
    along: Along | None = None
    _found: Sweep | None = None

    @override
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        self._found = swept(self.document, self.store, self.workers, bar("sweep"))

    @override
    def finish(self) -> Sequence[Sweep]:
        assert self._found is not None
        return [self._found]

    @override
    def warnings(self, found: Sequence[Sweep]) -> Iterable[str]:
        return found[0].warnings

    @override
    def pictures(self, found: Sequence[Sweep]) -> Sequence[SweepPicture]:
        from lrviz.render.figures.sweep import SweepPicture

        return [SweepPicture(found[0].swept)]

    @override
    def film(self, found: Sequence[Sweep], stream: BinaryIO, suffix: str, progress: Progress | None) -> None:
        from lrviz.render.figures.sweep_film import animate

        assert self.along is not None
        frames, known = self.along.documents, []
        with self.workers() as executor:
            for done, document in enumerate(frames, start=1):
                known.append(swept(document, self.store, lambda: nullcontext(executor)).swept)
                if progress is not None:
                    progress(done, 2 * len(frames))
        animate(known, GridAxis(self.along.key, self.along.values, self.along.log), stream, suffix, progress)

    @override
    def told(self, found: Sequence[Sweep], width: int) -> Iterable[RenderableType]:
        return [sweep_table(found[0].swept)]

    @override
    def json_pieces(self, found: Sequence[Sweep]) -> Iterable[str]:
        return sweep_json_pieces(found[0].swept)

    @override
    def csv_pieces(self, found: Sequence[Sweep]) -> Iterable[str]:
        return sweep_csv_pieces(found[0].swept)

    @override
    def arrays(self, found: Sequence[Sweep], stream: BinaryIO) -> None:
        stream.write(sweep_npz(found[0].swept))

    @override
    def apart(self, found: Sequence[Sweep]) -> Sequence[str]:
        return ()
