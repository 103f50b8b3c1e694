"""`lrviz convert`: the native document of a config or a log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz.cli.options import Columns, Dialect, Facts, Quiet, SetOne


def convert(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A config of another library (lrviz list dialects); or a log: trainer_state.json, a TensorBoard event "
            "file or its folder, CSV, JSONL.",
        ),
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it.", show_default="stdout")
    ] = None,
    given: Facts = [],
    from_: Dialect = None,
    set_: SetOne = [],
    columns: Columns = [],
    quiet: Quiet = False,
) -> None:
    """Print the schedule document of a config of another library, or of a log.

    Each value of a config has a comment with the line that it comes from.
    Comments at the top list what was assumed.

    For a log, these shapes are tried, with or without a linear warm-up: constant, linear,
    cosine, step, exponential, stable-then-decay (WSD), one-cycle, inverse square root.
    Numbers are as short as the digits of the log allow.
    The exit code is 1 if no shape fits; a message names the nearest.

    The document's curve is compared with the config or the log before it is printed.

    [bold]lrviz convert config.yaml --given dataset_size=50000 -o run.yaml[/bold]
    [bold]lrviz convert trainer_state.json > run.yaml[/bold]
    """
    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import UsageError
    from lrviz.runs.sources.logs import Log
    from lrviz.runs.sources.resolving import Nothing, resolve_all
    from lrviz.runs.sources.source import Given

    (source,) = resolve_all([spec], Given(facts=given, dialect=from_, columns=tuple(columns)))
    if isinstance(source, Nothing):
        source.read()
    if out is not None and str(out) != "-":
        from lrviz.foundation.files import write
        from lrviz.runs.commands.targets import writable

        writable(out, "--out")
        if source.file is not None and out.resolve() == source.file.resolve():
            raise UsageError(f"--out {out}: this is the input; name another file")
    streams = Streams(data_on_stdout=True, quiet=quiet)
    if isinstance(source, Log):
        if set_ or given or from_:
            raise UsageError(f"{spec}: a log, to which --set, --given and --from do not apply")
        from lrviz.runs.fitting.fit import fitted

        logged = source.logged()
        streams.warn(logged.notes)
        text = fitted(logged, source.stem).text
    else:
        from lrviz.runs.converting import converted

        text = converted(source, set_)
    if out is None or str(out) == "-":
        write_stdout(text)
        return
    write(out, lambda stream: stream.write(text.encode()))
    streams.path(out)
