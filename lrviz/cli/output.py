"""Files a command writes: checked before any work is done."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, get_args

from lrviz.cli.console import encoded, write_stdout
from lrviz.foundation.errors import OutputError, UsageError
from lrviz.foundation.files import is_device, write

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
    if _circles(path):
        raise OutputError(f"{option} {path}: a link that leads back to itself")
    if not folder.is_dir():
        raise OutputError(f"{option} {path}: no such folder {folder}")
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputError(f"{option} {path}: cannot be written")
    if not is_device(path):
        try:
            # Permissions do not tell all: root may write everywhere, and yet not into /proc.
            with tempfile.TemporaryFile(dir=path.resolve().parent):
                pass
        except OSError as error:
            raise OutputError(f"{option} {path}: cannot be written: {error.strerror}") from None
    return path


def _circles(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def data_target(out: str | None, option: str) -> Path | None:
    """Return the file data goes to; None for `-` and for nothing."""
    return None if out in {None, "-"} else writable(Path(str(out)), option)


def keep_apart(inputs: Iterable[str], *outputs: Path | None) -> None:
    """Refuse to write over a document that was read, or two results into one file."""
    taken = {Path(path).resolve() for path in inputs if path != "-"}
    for path in outputs:
        if path is None or is_device(path):
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
        write(target, lambda stream: stream.write(encoded(text())))
