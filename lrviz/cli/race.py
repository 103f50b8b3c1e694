"""`lrviz race`: optimizers on a surface, tuned alike, cross-checked, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli import options
from lrviz.cli.options import Dialect, Domain, Engine, Facts, Noise, NoPlot, Quiet, ScheduleOfAll, Seed, Show
from lrviz.cli.values import numbers, plain
from lrviz.language import choices

if TYPE_CHECKING:
    from lrviz.documents.race import RaceDocument


Entries = Annotated[
    list[str],
    typer.Argument(
        metavar="ENTRY",
        help="An optimizer: adam, adam:lr=0.05:betas=0.9,0.99, or your own as py:module:Class; a schedule: a "
        "document, a config of another library, recipe:NAME, or OneCycleLR:max_lr=0.1; or race documents alone.",
    ),
]


def race(
    entries: Entries,
    *,
    fn: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FORMULA",
            help="A surface by name (lrviz list functions), e.g. quadratic:kappa=100, or a formula in x and y.",
        ),
    ] = None,
    domain: Domain = None,
    start: Annotated[
        str | None, typer.Option(metavar="X,Y", help="Where all paths start (default: the surface's own start).")
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(metavar="N", help="Gradient evaluations (default: those of the longest document, else 500)."),
    ] = None,
    lr: Annotated[str | None, typer.Option(metavar="LR", help="The lr of entries without one of their own.")] = None,
    tune: Annotated[
        bool | None,
        typer.Option("--tune/--no-tune", help="Choose each lr from one grid (default), or use torch's defaults."),
    ] = None,
    noise: Noise = None,
    seed: Seed = None,
    average: Annotated[
        str | None, typer.Option(metavar="swa|ema[:key=value]", help="Average the path: swa:start=100, ema:decay=0.99.")
    ] = None,
    schedule: ScheduleOfAll = None,
    given: Facts = [],
    from_: Dialect = None,
    clip: Annotated[str | None, typer.Option(metavar="NORM", help="Clip gradients to this norm.")] = None,
    impl: Annotated[
        choices.Implementation | None,
        typer.Option(metavar="NAME", help="Which of torch's implementations runs: for-loop, foreach or fused."),
    ] = None,
    view: Annotated[
        choices.View | None, typer.Option(help="The surface from above, in perspective, or with gradients and steps.")
    ] = None,
    show_state: Annotated[
        bool | None,
        typer.Option("--show-state", help="Also draw each optimizer's state: momentum_buffer, exp_avg, ..."),
    ] = None,
    bundle: Annotated[
        bool | None, typer.Option("--bundle", help="Draw paths from other starts, not only where they end.")
    ] = None,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=A,B,C",
            help="Race one entry at several values of a hyperparameter, with a panel for each key: lr=0.1,0.5,2.",
        ),
    ] = [],
    animate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a film: a .gif, .webp or .mp4.")
    ] = None,
    out: Annotated[
        Path | None, options.out("./race-<function>.png or ./<document>.png of a race document", page=True)
    ] = None,
    json: Annotated[str | None, options.data("json", "paths, losses and ranks")] = None,
    csv: Annotated[str | None, options.data("csv", "the paths")] = None,
    no_plot: NoPlot = False,
    engine: Engine = "both",
    show: Show = False,
    quiet: Quiet = False,
) -> None:
    """Race optimizers over a surface, each with the lr that suits it, cross-checked against real torch.

    [bold]lrviz race sgd adam adamw --fn rosenbrock[/bold] writes race-rosenbrock.png and prints a table.
    [bold]lrviz race adam:lr=0.5 --fn booth --vary beta1=0,0.9,0.99 --vary eps=1e-8,1[/bold] shows the effect of each.
    [bold]lrviz race sgd:lr=0.02 sgd:lr=0.02:momentum=0.9 --fn quadratic:kappa=90[/bold] compares two without tuning.
    """
    from lrviz.runs.headstart import worker_if

    with worker_if(engine != "reference") as worker:
        from lrviz.cli.console import Streams
        from lrviz.documents.race import races
        from lrviz.runs.commands.targets import Targets, carries_data
        from lrviz.runs.sources.racing import Sources

        on_stdout = carries_data(json, csv)
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        written = {
            "fn": fn, "domain": numbers(domain), "start": numbers(start), "steps": plain(steps), "lr": plain(lr),
            "tune": tune, "noise": plain(noise), "seed": plain(seed), "average": average, "schedule": schedule,
            "clip": plain(clip), "impl": impl, "view": view, "show_state": show_state, "bundle": bundle,
            "vary": vary or None,
        }  # fmt: skip
        documents = races(entries, written, Sources(given, from_))
        if scheduled := [entry.schedule for one in documents for entry in one.entries if entry.schedule is not None]:
            from lrviz.cli.documents import note

            note((), streams, (), scheduled)
        _allow(documents, out, csv)
        film = _film(animate, documents)
        inputs, stems = [one.source for one in documents], [_stem(one) for one in documents]
        targets = Targets.of(inputs, stems, out=out, json=json, csv=csv, no_plot=no_plot, film=film, page=True)

        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.races import Races

        in_terminal = streams.plots(asked=show, data_on_stdout=on_stdout)
        raise typer.Exit(carry_out(Races(documents, engine, in_terminal), worker, targets, streams))


def _allow(documents: list[RaceDocument], out: Path | None, csv: str | None) -> None:
    """Refuse what cannot be done for several races at once, and a page of a race that has several surfaces."""
    from lrviz.foundation.errors import UsageError

    if len(documents) == 1:
        if documents[0].varied and out is not None and out.suffix.lower() == ".html":
            raise UsageError(f"--out {out}: a page shows one surface, and --vary draws several; write a .png or .svg")
        return
    if out is not None and not out.is_dir():
        raise UsageError(f"--out {out}: {len(documents)} races; a folder that exists is needed for their pictures")
    if csv is not None:
        raise UsageError(f"--csv with {len(documents)} races; a table of numbers holds one, --json holds several")


def _stem(document: RaceDocument) -> str:
    """Return the name of a race's picture, without its suffix: its document's, or the surface's."""
    from lrviz.functions.custom import Custom

    if document.is_file:
        return document.stem
    return f"race-{'custom' if isinstance(document.fn, Custom) else document.fn.name}"


def _film(animate: Path | None, documents: list[RaceDocument]) -> Path | None:
    """Return the file of the animation.

    Raises UsageError where it cannot be made.
    """
    if animate is None:
        return None
    from lrviz.foundation.errors import UsageError
    from lrviz.runs.commands.targets import film_target

    if len(documents) > 1:
        raise UsageError(f"--animate with {len(documents)} races; it films one")
    if documents[0].varied:
        raise UsageError(f"--animate {animate}: given with a race that varies hyperparameters; it films one surface")
    return film_target(animate)
