"""`lrviz diff`: tell whether two sources are the same schedule, and if not, why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz.cli.options import (
    SOURCES,
    Columns,
    Csv,
    Dialect,
    Engine,
    Epochs,
    Facts,
    Json,
    NoPlot,
    OptimizerName,
    Quiet,
    Show,
    Steps,
    Survival,
    out,
)

_COMPARED = f"{SOURCES} Or a recording of lrviz record, a log, py:MODULE:NAME, or REV:PATH, a document in git."


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help=_COMPARED)],
    b: Annotated[str, typer.Argument(metavar="B", help="The source to compare it with, of the same kinds.")],
    *,
    tolerance: Annotated[
        str | None,
        typer.Option(
            "--tolerance",
            metavar="R",
            help="The largest relative difference that counts as equal.",
            show_default="1e-9, or what the digits of a log allow",
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(metavar="A:B", help="Compare a part of the run: epochs or updates (10:20), or lengths (5ep:)."),
    ] = None,
    param: Annotated[
        str | None,
        typer.Option("--param", metavar="NAME", help="Compare momentum, beta1 or weight_decay instead of the lr."),
    ] = None,
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    facts: Facts = [],
    from_: Dialect = None,
    columns: Columns = [],
    survival: Survival = False,
    out: Annotated[Path | None, out("./<A>-diff.png")] = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    engine: Engine = "reference",
    show: Show = False,
    quiet: Quiet = False,
) -> None:
    """Compare two schedules, planned, recorded or logged: are they the same, and if not, why?

    [bold]lrviz diff plan.yaml record.lrrec[/bold] reports where a run departs from its plan, and draws both.
    [bold]lrviz diff main:run.yaml run.yaml[/bold] compares a document with what git has in branch main.
    [bold]lrviz diff train.yaml trainer_state.json --given dataset_size=50000[/bold] compares a config with its log.
    [bold]lrviz diff a.yaml b.yaml --json -[/bold] prints the result as JSON.

    The exit code is 0 if they are the same, 1 if they differ.
    """
    from lrviz.runs.headstart import worker_if

    with worker_if(engine != "reference") as worker:
        from lrviz.cli.console import Streams
        from lrviz.cli.documents import note, read_files
        from lrviz.runs.commands.targets import Targets, carries_data
        from lrviz.runs.differing.comparing import Terms, tolerance_of
        from lrviz.runs.differing.run import compared_sources
        from lrviz.runs.sources.resolving import IN_TIME, resolve_all
        from lrviz.runs.sources.source import Given

        on_stdout = carries_data(json, csv)
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        terms = Terms(tolerance_of(tolerance), window, param or "lr", survival)
        sources = resolve_all([a, b], Given(epochs, steps, optimizer, facts, from_, tuple(columns)), IN_TIME)
        given = compared_sources(sources, terms.params)
        note(sources, streams, documents=given)
        targets = Targets.of(
            read_files(sources), [f"{sources[0].stem}-diff"], out=out, json=json, csv=csv, no_plot=no_plot
        )

        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.differences import Diff

        in_terminal = streams.plots(asked=show, data_on_stdout=on_stdout)
        asked = Diff((a, b), given, terms, engine, in_terminal)
        raise typer.Exit(carry_out(asked, worker, targets, streams))
