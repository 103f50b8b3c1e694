"""`lrviz schedule`: documents in, a cross-checked picture and a table out."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.options import (
    Csv,
    Engine,
    Epochs,
    Json,
    NoPlot,
    OptimizerName,
    Order,
    Out,
    Param,
    Quiet,
    Set,
    Show,
    Specs,
    Steps,
)
from lrviz.render.axes import X


def schedule(
    specs: Specs,
    *,
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    out: Out = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    engine: Engine = "both",
    order: Order = "optimizer-first",
    set_: Set = [],  # noqa: B006 - Typer reads the default and never changes it
    param: Param = [],  # noqa: B006 - likewise
    log: Annotated[
        bool | None,
        typer.Option(
            "--log/--no-log",
            help="Logarithmic learning-rate axis, or never. Default: where peaks differ by more than 30 times, or "
            "drops would not be seen.",
            show_default=False,
        ),
    ] = None,
    x: Annotated[X, typer.Option(help="share draws each schedule over the share of its own run.")] = "time",
    window: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help="Draw a part of the run: epochs or updates (10:20), or lengths (:5ep, 90ep:). Data stay whole.",
        ),
    ] = None,
    show: Show = False,
    code: Annotated[
        bool, typer.Option("--code", help="Print the plain torch script of this schedule, and stop.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draw the learning-rate curve of schedule documents, cross-checked against real torch.

    [bold]lrviz schedule run.yaml[/bold] writes run.png and prints a table.
    [bold]lrviz schedule OneCycleLR:max_lr=0.1 --epochs 90[/bold] needs no document.
    [bold]lrviz schedule recipe:llama-7b recipe:nanogpt[/bold] compares two of lrviz's recipes.
    [bold]lrviz schedule run.yaml record.lrrec[/bold] lays a recording of lrviz record over it.
    [bold]lrviz schedule run.yaml --set scheduler.T_max=25,50,100[/bold] compares three values.
    """
    from lrviz.runs.headstart import worker_if

    with worker_if(engine != "reference" and not code) as worker:
        from lrviz.cli.console import Streams, write_stdout
        from lrviz.cli.documents import default_stem, note, read_files
        from lrviz.documents.host import known_params
        from lrviz.foundation.errors import UsageError
        from lrviz.language.window import asked_windows
        from lrviz.render.axes import ScheduleAxes
        from lrviz.runs.commands.targets import Targets, carries_data
        from lrviz.runs.simulation import Simulation, clocks
        from lrviz.runs.sources.resolving import resolve_all
        from lrviz.runs.sources.several import read_asked
        from lrviz.runs.sources.source import Given

        on_stdout = carries_data(json, csv)
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        sources = resolve_all(specs, Given(epochs, steps, optimizer))
        asked = read_asked(sources, set_, param)
        documents = [one for one in asked if not isinstance(one, Simulation)]
        needs = {"--set": set_, "--code": code, f"--order {order}": order != "optimizer-first"}
        if len(documents) < len(asked) and any(needs.values()):
            told = ", ".join(option for option, given in needs.items() if given)
            raise UsageError(f"{told}: given with a recording, which holds no document")
        if code:
            from lrviz.runs.script import torch_script

            if out is not None or json is not None or csv is not None:
                raise UsageError("--code prints a script and nothing else; drop --out, --json and --csv")
            if len(documents) > 1:
                raise UsageError(f"--code with {len(documents)} schedules; it prints the script of one")
            write_stdout(torch_script(documents[0], scheduler_first=order == "scheduler-first"))
            return
        axes = ScheduleAxes(log, x, asked_windows("--window", window, clocks(asked, order)))
        # Of recordings alone it was looked at when they were read.
        params = known_params(param, [one.optimizer for one in documents], "--param") if documents else ()
        note(sources, streams, set_)
        stems = [default_stem(sources, len(asked) if documents else len(sources))]
        targets = Targets.of(read_files(sources), stems, out=out, json=json, csv=csv, no_plot=no_plot)

        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.schedules import Schedules

        in_terminal = streams.plots(asked=show, data_on_stdout=on_stdout)
        drawn = Schedules(asked, engine, params, order, axes, in_terminal)
        raise typer.Exit(carry_out(drawn, worker, targets, streams))
