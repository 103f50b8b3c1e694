"""What a command writes, and where: checked before any work is done."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lrviz.foundation.errors import OutputError, UsageError
from lrviz.foundation.files import is_device, write
from lrviz.foundation.printable import encoded
from lrviz.foundation.wording import did_you_mean

Format = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
PAGE = ".html"


def picture_target(out: Path | None, stem: str, *, page: bool = False) -> tuple[Path, Format]:
    """Return where a picture goes and in which format: a file, a folder that exists, or here.

    page: whether the command can write an HTML page instead, which is said of what it cannot write.
    Raises OutputError where it cannot be written.
    """
    path = Path(f"{stem}.png") if out is None else out / f"{stem}.png" if out.is_dir() else out
    for known in FORMATS:
        if path.suffix.lower() == f".{known}":
            return writable(path, "--out"), known
    endings = [*(f".{known}" for known in FORMATS), *([PAGE] if page else [])]
    allowed = f"give a file ending in {', '.join(endings[:-1])} or {endings[-1]}, or an existing folder"
    if not path.suffix:
        raise OutputError(f"--out {path}: no such folder; {allowed}")
    told = f"not {path.suffix}; {allowed}{did_you_mean(path.suffix.lower(), endings)}"
    if path.suffix.lower() == PAGE:
        told += "; lrviz schedule and lrviz race write .html, and lrviz schedule takes a recording, too"
    raise OutputError(f"--out {path}: {told}")


def writable(path: Path, option: str) -> Path:
    """Return the path of a file to be written.

    Raises OutputError where its folder does not exist or cannot be written.
    """
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{option} {path}: a folder; a file is needed")
    if _circles(path):
        raise OutputError(f"{option} {path}: a link that points to itself")
    if not folder.is_dir():
        raise OutputError(f"{option} {path}: no such folder {folder}")
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputError(f"{option} {path}: cannot be written")
    if not is_device(path):
        try:
            # Permissions are not enough: root may write everywhere, but not into /proc.
            with tempfile.TemporaryFile(dir=path.resolve().parent):
                pass
        except OSError as error:
            raise OutputError(f"{option} {path}: cannot be written: {error.strerror}") from None
    return path


def film_target(path: Path) -> Path:
    """Return the path of a film to be written.

    Raises UsageError where no film has such a suffix, or a program that it needs is missing; OutputError as `writable`.
    """
    # Needed only for a film.
    from lrviz.render.figures import film_formats

    suffix = path.suffix.lower()
    if suffix not in film_formats.FORMATS:
        given = f"not {path.suffix}" if path.suffix else "no suffix"
        raise UsageError(f"--animate {path}: {given}; a film is a file ending in {', '.join(film_formats.FORMATS)}")
    if told := film_formats.missing(suffix):
        raise UsageError(f"--animate {path}: {told}")
    return writable(path, "--animate")


def _circles(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


@dataclass(frozen=True, slots=True)
class DataTarget:
    """Where data go: stdout for `-`, a file, nowhere for None."""

    given: str | None = None
    file: Path | None = None

    @classmethod
    def of(cls, given: str | None, option: str) -> DataTarget:
        """Raises OutputError where the file cannot be written."""
        return cls(given, None if given in {None, "-"} else writable(Path(str(given)), option))

    def write(self, pieces: Callable[[], Iterable[str]], to_stdout: Callable[[str], None]) -> None:
        """Write data that are made only where they are asked for, piece by piece."""
        if self.given == "-":
            for piece in pieces():
                to_stdout(piece)
        elif self.file is not None:
            write(self.file, lambda stream: stream.writelines(map(encoded, pieces())))


@dataclass(frozen=True, slots=True)
class Targets:
    """All files and data that a command writes."""

    pictures: tuple[tuple[Path, Format], ...] = ()
    page: Path | None = None
    film: Path | None = None
    json: DataTarget = DataTarget()
    csv: DataTarget = DataTarget()
    npz: Path | None = None

    @classmethod
    def of(
        cls,
        inputs: Iterable[str],
        stems: Sequence[str],
        *,
        out: Path | None,
        json: str | None,
        csv: str | None,
        no_plot: bool,
        film: Path | None = None,
        page: bool = False,
        npz: Path | None = None,
    ) -> Targets:
        """Return the targets of a command that reads `inputs` and draws a picture for each of `stems`.

        page: whether it can write an HTML page in place of the picture.
        Raises OutputError where one cannot be written, UsageError where two are one, or one is an input.
        """
        files = DataTarget.of(json, "--json"), DataTarget.of(csv, "--csv")
        draws = not no_plot and (out is not None or "-" not in {json, csv})
        paged = page and draws and out is not None and out.suffix.lower() == PAGE and not out.is_dir()
        to = writable(out, "--out") if paged and out is not None else None
        pictures = tuple(picture_target(out, stem, page=page) for stem in stems) if draws and not paged else ()
        if npz == Path("-"):
            raise UsageError("--npz - given; arrays are binary and need a file, as --npz sweep.npz")
        arrays = None if npz is None else writable(npz, "--npz")
        found = cls(pictures, to, film, *files, arrays)
        _keep_apart(inputs, *(one.file for one in files), arrays, *found.drawn)
        return found

    @property
    def drawn(self) -> list[Path]:
        """The pictures or the page, and the film."""
        return [*(path for path, _ in self.pictures), *(path for path in (self.page, self.film) if path)]


def _keep_apart(inputs: Iterable[str], *outputs: Path | None) -> None:
    """Refuse to write over a document that was read, or two results into one file."""
    taken = {Path(path).resolve() for path in inputs if path != "-"}
    for path in outputs:
        if path is None or is_device(path):
            continue
        if path.resolve() in taken:
            raise UsageError(f"{path}: already read or written by this command; name another file")
        taken.add(path.resolve())


def carries_data(json: str | None, csv: str | None) -> bool:
    """Return whether stdout carries data, and nothing else.

    Raises UsageError where it is to carry two kinds.
    """
    if json == csv == "-":
        raise UsageError("--json - and --csv - given; stdout carries one of them, give the other a file")
    return "-" in {json, csv}
