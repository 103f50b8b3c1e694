"""`lrviz init`: a commented document to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; - is stdout.")] = Path(
        "schedule.yaml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a commented schedule document to start from; an existing file is kept without --force."""
    from importlib.resources import files

    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import OutputError
    from lrviz.foundation.files import write
    from lrviz.runs.commands.targets import writable

    starter = files("lrviz.documents").joinpath("starter.yaml").read_text(encoding="utf-8")
    if str(file) == "-":
        write_stdout(starter)
        return
    writable(file, "init")
    if file.exists() and not force:
        raise OutputError(f"{file}: exists; --force overwrites it")
    write(file, lambda stream: stream.write(starter.encode()))
    Streams().path(file)
