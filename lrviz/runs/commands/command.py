"""The skeleton of a command: what is known is drawn while torch works; then all is reported, written and judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Protocol, TypeVar

from lrviz.foundation.files import write
from lrviz.foundation.progress import Progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.engines.work import Worker
    from lrviz.render.figures.picture import LatePicture
    from lrviz.render.interactive.stored import Detail
    from lrviz.runs.commands.targets import Targets

Bars = Callable[[str], Progress | None]
"""From the words for a kind of work to what it reports to."""

DONE, DISAGREE = 0, 1
"""Exit codes; the others are those of errors."""

WIDEST, TALL = 100, 16
"""Columns, at the most, and lines of a plot in the terminal."""


class Streams(Protocol):
    """Where a command prints."""

    def bars(self) -> AbstractContextManager[Bars]:
        """Show how far long work of several kinds is."""

    def progress(self, words: str) -> AbstractContextManager[Progress | None]:
        """Show how far long work of one kind is."""

    def warn(self, sentences: Iterable[str]) -> None:
        """Print a warning."""

    def say(self, message: str) -> None:
        """Print an error."""

    def show(self, result: RenderableType) -> None:
        """Show a result to people."""

    def path(self, path: object) -> None:
        """Name a file that was written."""

    def data(self, text: str) -> None:
        """Write data to stdout, for programs."""

    @property
    def width(self) -> int:
        """Columns of what is shown."""


Found = TypeVar("Found")


class Command(ABC, Generic[Found]):
    """What one command does with what it was asked; its methods are called once each, in this order.

    The abstract ones are what each command has. Of the others it has what its `Targets` and the gallery can ask it for:
        pictures, json_text, csv_text    all but Checks
        page                             Schedules, Races
        touched                          Schedules, Races, Resumed
        film                             Races, Sweeps
        arrays                           Sweeps
    """

    @abstractmethod
    def begin(self, worker: Worker | None, bar: Bars) -> None:
        """Submit to torch what it is to do, and compute the reference meanwhile."""

    def sketch(self) -> None:
        """Draw what is known before torch has finished; only where pictures are wanted."""

    @abstractmethod
    def finish(self) -> Sequence[Found]:
        """Wait for torch, and compare."""

    @abstractmethod
    def warnings(self, found: Sequence[Found]) -> Iterable[str]:
        """Return warnings, a line each."""

    def pictures(self, found: Sequence[Found]) -> Sequence[LatePicture]:
        """Return the finished pictures, one for each that was asked for; drawn now where nothing was sketched."""
        raise NotImplementedError

    def page(self, found: Sequence[Found]) -> bytes:
        """Return the page that shows everything that was asked for, as HTML."""
        raise NotImplementedError

    def touched(self, found: Sequence[Found], detail: Detail) -> Mapping[str, Any]:
        """Return the data of the first picture, for a page that is not only looked at."""
        raise NotImplementedError

    def film(self, found: Sequence[Found], stream: BinaryIO, suffix: str, progress: Progress | None) -> None:
        """Write the film."""
        raise NotImplementedError

    @abstractmethod
    def told(self, found: Sequence[Found], width: int) -> Iterable[RenderableType]:
        """Return the tables, for `width` columns."""

    def json_text(self, found: Sequence[Found]) -> str:
        """Return what `--json` writes."""
        raise NotImplementedError

    def csv_text(self, found: Sequence[Found]) -> str:
        """Return what `--csv` writes."""
        raise NotImplementedError

    def json_pieces(self, found: Sequence[Found]) -> Iterable[str]:
        """Return what `--json` writes in pieces, where all of it is too much for the memory."""
        return [self.json_text(found)]

    def csv_pieces(self, found: Sequence[Found]) -> Iterable[str]:
        """Return what `--csv` writes in pieces."""
        return [self.csv_text(found)]

    def arrays(self, found: Sequence[Found], stream: BinaryIO) -> None:
        """Write what `--npz` writes."""
        raise NotImplementedError

    @abstractmethod
    def apart(self, found: Sequence[Found]) -> Sequence[str]:
        """Return where the engines disagree, a line each."""


def carry_out(command: Command[Found], worker: Worker | None, targets: Targets, streams: Streams) -> int:
    """Run a command to its end, and return its exit code."""
    with streams.bars() as bar:
        command.begin(worker, bar)
        if targets.pictures:
            from lrviz.render.figures.light_import import import_matplotlib

            import_matplotlib()
            command.sketch()
        found = command.finish()
    streams.warn(command.warnings(found))
    if targets.pictures:
        pictures = command.pictures(found)
        for (path, kind), picture in zip(targets.pictures, pictures, strict=True):
            write(path, partial(picture.save, format=kind))
        streams.warn(picture.trouble for picture in pictures if picture.trouble)
    if targets.page is not None:
        page = command.page(found)
        write(targets.page, lambda stream: stream.write(page))
    if targets.film is not None:
        film = targets.film
        with streams.progress("frames") as progress:
            write(film, lambda stream: command.film(found, stream, film.suffix.lower(), progress))
    if targets.npz is not None:
        write(targets.npz, partial(command.arrays, found))
    for result in command.told(found, streams.width):
        streams.show(result)
    for path in targets.drawn:
        streams.path(path)
    targets.json.write(lambda: command.json_pieces(found), streams.data)
    targets.csv.write(lambda: command.csv_pieces(found), streams.data)
    apart = command.apart(found)
    for line in apart:
        streams.say(line)
    return DISAGREE if apart else DONE
