"""`with lrviz.recording() as run:` records what happens in this process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lrviz.documents.calls import A_PATH, NOTHING, a, checked, either
from lrviz.foundation.errors import UnfinishedError, UsageError
from lrviz.foundation.numerals import plural
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.linting.caused import RunFinding
    from lrviz.render.figures.schedule import ShownFigure
    from lrviz.results import Recorded
    from lrviz.runs.simulation import Simulation


class Recording(Shown):
    """What a `with lrviz.recording()` has recorded, once that has ended. It draws itself in a notebook."""

    __slots__ = ("_recorded",)

    def __init__(self) -> None:
        self._recorded: Recorded | None = None

    @property
    @override
    def summary(self) -> str:
        return "not finished" if self._recorded is None else plural(len(self._recorded.optimizers), "optimizer")

    @property
    def recorded(self) -> Recorded:
        """All that is known of the run.

        Raises UsageError where the recording has not ended.
        """
        if self._recorded is None:
            raise UsageError("recording: not finished; the results exist after the with statement")
        return self._recorded

    @property
    def causes(self) -> tuple[RunFinding, ...]:
        """What is wrong with the run, as `lrviz record` says it."""
        from lrviz.linting.caused import caused

        return caused(self.recorded)

    @property
    def simulations(self) -> tuple[Simulation, ...]:
        """A simulation for each optimizer that made updates."""
        from lrviz.runs.recorded import simulations

        return simulations(self.recorded)

    @override
    def plot(self) -> ShownFigure:
        """Return the picture that `lrviz record` draws.

        Raises UnfinishedError where no optimizer has made an update.
        """
        shown = self.simulations
        if not shown:
            raise UnfinishedError("recording: no optimizer has made an update")
        from lrviz.render.figures.schedule import SchedulePicture
        from lrviz.runs.simulation import stamp

        picture = SchedulePicture([one.curves for one in shown])
        stamp(picture, shown)
        return picture.shown()

    def to_json(self) -> dict[str, Any]:
        """Return the JSON that `lrviz record --json` writes; the command is None."""
        from lrviz.render.records.recorded import recorded_record
        from lrviz.runs.projecting import projected
        from lrviz.runs.recorded import titles, told

        after = [projected(one) for one in self.recorded.optimizers]
        return recorded_record(
            self.recorded, titles(self.recorded), after, told(self.causes), command=None, exit_code=0
        )


@checked(save=either(A_PATH, NOTHING), until=either(a("a whole number", int), NOTHING))
@contextmanager
def recording(save: str | PathLike[str] | None = None, *, until: int | None = None) -> Iterator[Recording]:
    """Record every update and every tick that this process makes within the `with` statement.

    save: a file for the recording, ending in .lrrec, that is written over; until: the updates to which the rest of
    the run is projected, None for as many as the schedulers state.
    Raises UsageError where save is no path, or until no count, UnfinishedError where the disk does not take it.
    """
    from lrviz.recorder.probe.lrviz_probe.hooks import Hooks
    from lrviz.recorder.probe.lrviz_probe.watch import Watch
    from lrviz.recorder.read import read
    from lrviz.results import Recorded

    run = Recording()
    with tempfile.TemporaryDirectory(prefix="lrviz-") as folder:
        path = Path(folder) / "recording.lrrec"
        watch = Watch(str(path), until=until or 0)
        hooks = Hooks(watch)
        with _installed(hooks):
            ended = False
            try:
                yield run
                ended = True
            finally:
                hooks.remove()
                watch.safely(watch.close, ended)
                source = "recording" if save is None else str(save)
                run._recorded = read(path, source) if path.exists() else Recorded(source, (), ())
                if save is not None and path.exists():
                    from lrviz.foundation.files import write

                    data = path.read_bytes()
                    write(Path(save), lambda stream: stream.write(data))


@contextmanager
def _installed(hooks: Any) -> Iterator[None]:
    """Let hooks into torch, now or when it is imported."""
    from lrviz.recorder.probe.lrviz_probe import Late

    late = Late(hooks)
    for name in Late.HOOKED:
        if name in sys.modules:
            late.install(name)
    sys.meta_path.insert(0, late)
    try:
        yield
    finally:
        sys.meta_path.remove(late)
