"""`lrviz schedule`: documents in, a cross-checked picture and a table out."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import (
    Csv,
    Engine,
    EngineChoice,
    Json,
    NoPlot,
    Order,
    OrderChoice,
    Out,
    Param,
    Quiet,
    Set,
    Specs,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lrviz.cli.console import Streams
    from lrviz.cli.output import Format
    from lrviz.render.figures.schedule import SchedulePicture
    from lrviz.results import Curves
    from lrviz.runs.simulation import Simulation


def schedule(
    specs: Specs,
    *,
    out: Out = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    engine: Engine = EngineChoice.both,
    order: Order = OrderChoice.optimizer_first,
    set_: Set = [],  # noqa: B006 - Typer reads the default and never changes it
    param: Param = [],  # noqa: B006 - likewise
    log: Annotated[bool, typer.Option("--log", help="Logarithmic learning-rate axis.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Plot in the terminal too (the default on a terminal).")] = False,
    code: Annotated[
        bool, typer.Option("--code", help="Print the plain torch script of this schedule, and stop.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draw the learning-rate curve of schedule documents, cross-checked against real torch.

    [bold]lrviz schedule run.yaml[/bold] writes run.png and prints a table.
    [bold]lrviz schedule run.yaml --set scheduler.T_max=25,50,100[/bold] compares three values.
    """
    from lrviz.cli import headstart

    crosschecks = engine is not EngineChoice.reference and not code
    with headstart.worker() if crosschecks else nullcontext() as worker:
        from lrviz.cli.console import Streams, write_stdout
        from lrviz.cli.documents import default_stem
        from lrviz.cli.output import (
            data_target,
            keep_apart,
            only_one_on_stdout,
            picture_target,
            write_data,
        )
        from lrviz.documents.host import known_params
        from lrviz.documents.several import read_all
        from lrviz.foundation.errors import UsageError

        only_one_on_stdout(json, csv)
        on_stdout = "-" in {json, csv}
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        documents = read_all(specs, set_)
        if code:
            from lrviz.runs.script import torch_script

            if out is not None or json is not None or csv is not None:
                raise UsageError("--code prints a script and nothing else; drop --out, --json and --csv")
            if len(documents) > 1:
                raise UsageError(f"--code with {len(documents)} schedules; it prints the script of one")
            write_stdout(torch_script(documents[0], scheduler_first=order is OrderChoice.scheduler_first))
            return
        params = known_params(param, [document.optimizer for document in documents], "--param")
        files = data_target(json, "--json"), data_target(csv, "--csv")
        draws = not no_plot and (out is not None or not on_stdout)
        picture = picture_target(out, default_stem(specs, len(documents))) if draws else None
        keep_apart(specs, *files, picture[0] if picture else None)

        from lrviz.runs.simulation import Run, in_order

        runs = [
            Run.start(document, engine.value, params, worker, order=each)
            for document, each in in_order(documents, order.value)
        ]
        sketch = _sketched([run.curves for run in runs], log=log) if picture else None
        # Imported while torch still is.
        from lrviz.render.records.schedule import csv_text, json_text
        from lrviz.render.text.schedule_table import schedule_table
        from lrviz.runs.summary import summarise

        with streams.progress("torch") as progress:
            simulations = [run.finish(progress) for run in runs]

    streams.warn(warning for one in simulations for warning in one.warnings)
    if sketch is not None and picture is not None:
        _drawn(sketch, simulations, *picture, log=log)
    if show or (streams.for_people and not on_stdout):
        from lrviz.render.text.terminal_plot import braille_plot

        streams.show(braille_plot([one.curves for one in simulations], min(streams.width, 100), 16, log=log))
    streams.show(schedule_table([(one.curves, one.verdict, summarise(one.curves)) for one in simulations]))
    if picture is not None:
        streams.path(picture[0])
    write_data(json, files[0], lambda: json_text(simulations))
    write_data(csv, files[1], lambda: csv_text(simulations))
    _exit_code(streams, simulations)


def _sketched(curves: list[Curves], *, log: bool) -> SchedulePicture:
    """Draw everything but the verdict, which is not known yet."""
    from lrviz.render.figures.light_import import import_matplotlib

    import_matplotlib()
    from lrviz.render.figures.schedule import SchedulePicture

    sketch = SchedulePicture(curves, log=log)
    sketch.prepare()
    return sketch


def _drawn(sketch: SchedulePicture, simulations: list[Simulation], path: Path, kind: Format, *, log: bool) -> None:
    """Add the verdict to a sketch of the reference's curves; where the engines disagree, draw torch's anew."""
    from lrviz.foundation.files import write

    verdicts = [one.verdict for one in simulations]
    if any(verdict.verdict == "disagree" for verdict in verdicts):
        sketch = _sketched([one.curves for one in simulations], log=log)
    sketch.stamp(verdicts)
    write(path, lambda stream: sketch.save(stream, kind))


def _exit_code(streams: Streams, simulations: list[Simulation]) -> None:
    apart = [one for one in simulations if one.verdict.verdict == "disagree"]
    for one in apart:
        streams.say(f"{one.curves.source}: {one.verdict.sentence}")
    if apart:
        from lrviz.engines.compare.schedule import modelled

        streams.say(modelled(apart[0].verdict))
        raise typer.Exit(1)
