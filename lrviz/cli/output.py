"""Files a command writes: checked before any work is done, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from lrviz.cli.console import write_stdout
from lrviz.errors import OutputError, UnfinishedError, UsageError

Format = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)


def picture_target(out: Path | None, stem: str) -> tuple[Path, Format]:
    """Return where a picture goes and in which format: a file, a folder that exists, or here.

    Raises OutputError where it cannot be written.
    """
    path = Path(f"{stem}.png") if out is None else out / f"{stem}.png" if out.is_dir() else out
    for known in FORMATS:
        if path.suffix.lower() == f".{known}":
            return writable(path, "--out"), known
    allowed = "a picture is a file ending in .png, .svg or .pdf, or goes into a folder that exists"
    raise OutputError(f"--out {path}: {f'not {path.suffix}' if path.suffix else 'no such folder'}; {allowed}")


def writable(path: Path, option: str) -> Path:
    """Return the path of a file to be written.

    Raises OutputError where its folder does not exist or cannot be written.
    """
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{option} {path}: a folder; a file is needed")
    if not folder.is_dir():
        raise OutputError(f"{option} {path}: no such folder {folder}")
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputError(f"{option} {path}: cannot be written")
    if not _is_device(path):
        try:
            # Permissions do not tell all: root may write everywhere, and yet not into /proc.
            with tempfile.TemporaryFile(dir=path.resolve().parent):
                pass
        except OSError as error:
            raise OutputError(f"{option} {path}: cannot be written: {error.strerror}") from None
    return path


def _is_device(path: Path) -> bool:
    """Whether a path is something that takes data as it comes: /dev/null, a named pipe."""
    return path.exists() and not path.is_file()


def data_target(out: str | None, option: str) -> Path | None:
    """Return the file data goes to; None for `-` and for nothing."""
    return None if out in {None, "-"} else writable(Path(str(out)), option)


def keep_apart(inputs: Iterable[str], *outputs: Path | None) -> None:
    """Refuse to write over a document that was read, or two results into one file."""
    taken = {Path(path).resolve() for path in inputs if path != "-"}
    for path in outputs:
        if path is None or _is_device(path):
            continue
        if path.resolve() in taken:
            raise UsageError(f"{path}: already read or written by this command; name another file")
        taken.add(path.resolve())


def only_one_on_stdout(json: str | None, csv: str | None) -> None:
    """Refuse two kinds of data on one stream."""
    if json == csv == "-":
        raise UsageError("--json - and --csv - given; stdout carries one of them, give the other a file")


def write_data(out: str | None, target: Path | None, text: Callable[[], str]) -> None:
    """Write data to stdout for `-`, else to its file; nothing where it was not asked for."""
    if out == "-":
        write_stdout(text())
    elif target is not None:
        write(target, lambda stream: stream.write(text().encode()))


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all: beside it first, then renamed. A device takes it as it comes.

    Raises UnfinishedError where the disk does not take it.
    """
    temporary: Path | None = None
    try:
        if _is_device(path):
            with path.open("wb") as stream:
                fill(stream)
            return
        # Where the file is a link, what it leads to is replaced.
        target = path.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lrviz-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise UnfinishedError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
