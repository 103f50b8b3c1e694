"""`lrviz convert`: the native document of something that holds none."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.options import Columns, Quiet


def convert(
    spec: Annotated[
        str,
        typer.Argument(metavar="LOG", help="A trainer_state.json, a TensorBoard event file or its folder, CSV, JSONL."),
    ],
    *,
    columns: Columns = [],
    quiet: Quiet = False,
) -> None:
    """Print the schedule document that gives the learning rates of a log.

    Tried are constant, linear, cosine, step, exponential, stable-then-decay
    (WSD), one-cycle and inverse square root, with a straight warm-up or without.
    Numbers are as short as the digits of the log allow; the document's own curve
    is compared with every value of the log before it is printed.

    [bold]lrviz convert trainer_state.json > run.yaml[/bold] writes it to a file.

    The exit code is 1 where none of them fits; a message names the nearest.
    """
    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import UsageError
    from lrviz.runs.sources.logs import Log
    from lrviz.runs.sources.resolving import Nothing, resolve_all
    from lrviz.runs.sources.source import Given

    (source,) = resolve_all([spec], Given(columns=tuple(columns)))
    if isinstance(source, Nothing):
        source.read()
    if not isinstance(source, Log):
        raise UsageError(f"{spec}: no log; lrviz convert proposes a document for a log")
    from lrviz.runs.fitting.fit import fitted

    logged = source.logged()
    streams = Streams(data_on_stdout=True, quiet=quiet)
    streams.warn(logged.notes)
    write_stdout(fitted(logged, source.stem).text)
