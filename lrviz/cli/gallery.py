"""`lrviz gallery`: a catalogue of documents as a site of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrviz.foundation.errors import Fault
    from lrviz.gallery.build import Built


def gallery(
    catalogue: Annotated[Path, typer.Argument(metavar="CATALOGUE", help="The catalogue (YAML).")] = Path(
        "gallery/catalogue.yaml"
    ),
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Where to build (default: beside the catalogue).")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build nothing; list what is out of date, with exit code 1 if anything is.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="PATTERN", help="Only entries whose title, section or tag matches; may be repeated."
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="Parallel processes (default: one per core).")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Build the gallery: every picture of a catalogue, cross-checked, and a site that shows them.

    [bold]lrviz gallery[/bold] builds what has changed; [bold]lrviz gallery --check[/bold] fails if anything has.
    """
    from lrviz.cli.console import Streams
    from lrviz.gallery.catalogue import load_catalogue

    streams = Streams(quiet=quiet)
    found = load_catalogue(catalogue)
    folder = catalogue.parent if out is None else out
    _usable(folder, build=not check)
    from lrviz.gallery.pool import jobs_here

    count = jobs or jobs_here()
    if check:
        from lrviz.gallery.check import check as checked

        with streams.progress("check") as progress:
            stale = checked(found, folder, only=only or (), jobs=count, progress=progress)
        for fault in stale:
            streams.path(fault)
        if stale:
            streams.say(f"{folder}: {_pictures(stale)} out of date; lrviz gallery builds them")
            raise typer.Exit(1)
        streams.path(f"{folder}: up to date with the catalogue")
        return
    from lrviz.gallery.build import build

    with streams.progress("gallery") as progress:
        built = build(found, folder, only=only or (), jobs=count, progress=progress)
    for fault in built.faults:
        streams.say(str(fault))
    streams.path(_told(built, folder))
    if built.faults:
        raise typer.Exit(1)


def _usable(folder: Path, *, build: bool) -> None:
    """Refuse a path that is not a folder, or that cannot be written."""
    import os

    from lrviz.foundation.errors import OutputError

    if folder.exists() and not folder.is_dir():
        raise OutputError(f"--out {folder}: a file; a folder is needed")
    if not build:
        if not folder.is_dir():
            raise OutputError(f"--out {folder}: no such folder; there is nothing to check")
        return
    nearest = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    if not os.access(nearest, os.W_OK):
        raise OutputError(f"--out {folder}: cannot be written")


def _pictures(faults: Iterable[Fault]) -> int:
    """Return how many pictures have faults."""
    return len({fault.field for fault in faults})


def _told(built: Built, folder: Path) -> str:
    told = [f"{len(built.drawn)} drawn"]
    told += [f"{len(built.same)} computed again and unchanged"] if built.same else []
    told += [f"{built.kept} up to date"] if built.kept else []
    told += [f"{_pictures(built.faults)} failed"] if built.faults else []
    return f"{folder}: {', '.join(told)}"
