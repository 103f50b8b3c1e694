"""`lrviz schedule`: documents in, a cross-checked picture and a table out."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.options import (
    Columns,
    Csv,
    Dialect,
    Engine,
    Epochs,
    Facts,
    Json,
    NoPlot,
    OptimizerName,
    Order,
    Out,
    Param,
    Quiet,
    Set,
    Show,
    SpecsOrCode,
    Steps,
    Survival,
    Vary,
)
from lrviz.render.axes import X


def schedule(
    specs: SpecsOrCode,
    *,
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    given: Facts = [],
    from_: Dialect = None,
    out: Out = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    engine: Engine = "both",
    order: Order = "optimizer-first",
    set_: Set = [],
    vary: Vary = [],
    param: Param = [],
    survival: Survival = False,
    columns: Columns = [],
    log: Annotated[
        bool | None,
        typer.Option(
            "--log/--no-log",
            help="Logarithmic or linear learning-rate axis. Default: logarithmic if peaks differ by more than 30 "
            "times or drops would be invisible.",
            show_default=False,
        ),
    ] = None,
    x: Annotated[
        X, typer.Option(help="share draws each schedule over the share of its own run, from 0 to 1.")
    ] = "time",
    window: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help="Draw a part of the run: epochs or updates (10:20), or lengths (:5ep, 90ep:). "
            "--json and --csv write all of it.",
        ),
    ] = None,
    show: Show = False,
    code: Annotated[bool, typer.Option("--code", help="Print a plain torch script of this schedule and exit.")] = False,
    quiet: Quiet = False,
) -> None:
    """Draw the learning-rate curve of schedule documents, cross-checked against real torch.

    A document is a YAML file that names an optimizer and its scheduler; lrviz init writes one.
    Each curve is computed twice, by torch and by lrviz's own maths, and the two are compared.

    [bold]lrviz schedule run.yaml[/bold] writes run.png and prints a table.
    [bold]lrviz schedule OneCycleLR:max_lr=0.1 --epochs 90[/bold] needs no document.
    [bold]lrviz schedule recipe:llama-7b recipe:nanogpt[/bold] compares two of lrviz's recipes.
    [bold]lrviz schedule run.yaml record.lrrec[/bold] draws a recording of lrviz record over it.
    [bold]lrviz schedule trainer_state.json[/bold] draws what a framework has logged.
    [bold]lrviz schedule run.yaml --set scheduler.T_max=25,50,100[/bold] compares three values.
    [bold]lrviz schedule run.yaml --vary scheduler.T_max=25,50 --vary scheduler.eta_min=0,0.01[/bold] draws two panels.
    """
    from lrviz.runs.headstart import worker_if

    # Code that py: names runs in a process of its own.
    documents_given = not all(one.startswith("py:") for one in specs)
    with worker_if(engine != "reference" and not code and documents_given) as worker:
        from lrviz.cli.console import Streams, write_stdout
        from lrviz.cli.documents import default_stem, note, read_files
        from lrviz.documents.host import known_params
        from lrviz.documents.schedule import ScheduleDocument
        from lrviz.foundation.errors import UsageError
        from lrviz.language.window import asked_windows
        from lrviz.render.axes import ScheduleAxes
        from lrviz.results import EFFECTIVE_LR
        from lrviz.runs.commands.targets import Targets, carries_data
        from lrviz.runs.simulation import clock_of, in_order
        from lrviz.runs.sources.resolving import resolve_all
        from lrviz.runs.sources.several import read_all
        from lrviz.runs.sources.source import Given
        from lrviz.runs.sources.varying import simulated_or_varied
        from lrviz.runs.surviving import NEEDED

        on_stdout = carries_data(json, csv)
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        sources = resolve_all(specs, Given(epochs, steps, optimizer, given, from_, tuple(columns)))
        if code:
            from lrviz.runs.scripting.script import torch_script

            documents = read_all(sources, set_)
            if vary or out is not None or json is not None or csv is not None:
                raise UsageError("--code prints a script and nothing else; drop --out, --json, --csv and --vary")
            if len(documents) > 1:
                raise UsageError(f"--code with {len(documents)} schedules; it prints the script of one")
            write_stdout(torch_script(documents[0], scheduler_first=order == "scheduler-first"))
            return
        curves = [source for source in sources if source.holds_curves]
        if vary and order == "both":
            raise UsageError("--order both: given together with --vary, whose panels have one order")
        if curves and order != "optimizer-first":
            raise UsageError(f"--order {order}: given with {curves[0].spec}, whose order of steps is fixed")
        if engine == "reference" and any(source.takes_run for source in curves):
            raise UsageError("--engine reference: given with py:..., whose own schedulers are stepped")
        found, panels = simulated_or_varied(sources, set_, vary, [*param, *NEEDED] if survival else param)
        axes = ScheduleAxes(
            log, x, asked_windows("--window", window, [clock_of(one) for one, _ in in_order(found, order)])
        )
        optimizers = [one.optimizer for one in found if isinstance(one, ScheduleDocument)]
        params = known_params(param, optimizers, "--param", (EFFECTIVE_LR,)) if optimizers else ()
        note(sources, streams, set_, found)
        stems = [default_stem(sources, 1 if vary else len(found) if optimizers else len(sources))]
        targets = Targets.of(read_files(sources), stems, out=out, json=json, csv=csv, no_plot=no_plot, page=True)

        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.schedules import Schedules

        in_terminal = streams.plots(asked=show, data_on_stdout=on_stdout)
        asked = Schedules(found, engine, params, order, axes, in_terminal, survival, panels)
        raise typer.Exit(carry_out(asked, worker, targets, streams))
