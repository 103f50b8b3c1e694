"""`lrviz sweep`: the final loss over a grid of learning rates, hyperparameters or starts."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli import options
from lrviz.cli.options import Domain, Noise, NoPlot, Quiet, ScheduleOfAll, Seed
from lrviz.cli.values import numbers, plain

if TYPE_CHECKING:
    from lrviz.documents.sweep import SweepDocument
    from lrviz.documents.sweep_film import Along

Entries = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ENTRY",
        help="An optimizer, as adam or sgd:momentum=0.9; a schedule: a document, recipe:NAME, or a scheduler, as "
        "OneCycleLR:max_lr=0.1; or a sweep document, alone.",
    ),
]


def sweep(
    entries: Entries = None,
    *,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW..HIGH[:log|lin][:COUNT]",
            help="An axis, once or twice: lr=1e-4..1, momentum=0..0.99:lin:30, beta2=0.9..0.9999, "
            "scheduler.T_max=50..500; or start[:NX,NY], a map of where the path from each start ends. "
            "Values: 61 of one axis, 41 of each of two, 200,200 starts.",
        ),
    ] = None,
    fn: Annotated[
        str | None,
        typer.Option(metavar="NAME|FORMULA", help="A surface's name, as quadratic:kappa=100, or a formula in x and y."),
    ] = None,
    problem: Annotated[
        str | None,
        typer.Option(
            metavar="nqm[:key=value]",
            help="Instead of a surface, the noisy quadratic model, as nqm:dim=1000:batch=16: expected losses of SGD.",
        ),
    ] = None,
    domain: Domain = None,
    start: Annotated[
        str | None, typer.Option(metavar="X,Y", help="Where the first path begins (default: the surface's start).")
    ] = None,
    starts: Annotated[
        str | None,
        typer.Option(metavar="N", help="Starts per point: the first, and others around it.", show_default="32"),
    ] = None,
    steps: Annotated[
        str | None, typer.Option(metavar="N", help="Steps (default: those of the longest document, else 500).")
    ] = None,
    lr: Annotated[str | None, typer.Option(metavar="LR", help="The lr of entries that set none.")] = None,
    noise: Noise = None,
    seed: Seed = None,
    average: Annotated[
        str | None,
        typer.Option(metavar="swa|ema[:key=value]", help="Score the average of each path: swa:start=100, ema."),
    ] = None,
    schedule: ScheduleOfAll = None,
    clip: Annotated[str | None, typer.Option(metavar="NORM", help="Clip gradients to a norm.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", metavar="N", min=1, max=256, help="Worker processes.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local",
            help="Compute on a dask.distributed cluster: its scheduler, tcp://HOST:PORT or tls://HOST:PORT, or local "
            "for one on this machine. Use only a cluster that you trust: both sides exchange pickles.",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder in which results are stored.", show_default="the user's cache"),
    ] = None,
    clear_store: Annotated[bool, typer.Option("--clear-store", help="Remove all stored results and exit.")] = False,
    animate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a .gif, .webp or .mp4, with --along.")
    ] = None,
    along: Annotated[
        str | None,
        typer.Option(
            metavar="KEY=LOW..HIGH[:log|lin][:COUNT]",
            help="The key that changes from frame to frame of the film, as momentum=0..0.95:16.",
        ),
    ] = None,
    out: Annotated[Path | None, options.out("./sweep-<function>.png or ./<document>.png of a sweep document")] = None,
    json: Annotated[str | None, options.data("json", "the grid")] = None,
    csv: Annotated[str | None, options.data("csv", "the grid")] = None,
    npz: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the grid as arrays for numpy.load.")] = None,
    no_plot: NoPlot = False,
    quiet: Quiet = False,
) -> None:
    """Sweep a learning rate, another hyperparameter, or the start: how sensitive is the result, and where do paths end?

    [bold]lrviz sweep sgd adam --fn rosenbrock --over lr=1e-4..1[/bold] draws the final loss over the learning rate.
    [bold]lrviz sweep sgd --fn quadratic --over lr=1e-3..1 --over momentum=0..0.99[/bold] draws a map of two.
    [bold]lrviz sweep adam --fn himmelblau --over start[/bold] colours each start by the minimum that it leads to.
    [bold]lrviz sweep sgd CosineAnnealingLR:T_max=500 --problem nqm --over lr=0.01..4[/bold] compares two schedules.
    Results are stored: an interrupted sweep continues where it stopped, and a finished one is drawn again at once.
    """
    from lrviz.cli.console import Streams
    from lrviz.documents.sweep import sweep_document
    from lrviz.foundation.errors import UsageError
    from lrviz.foundation.numerals import plural
    from lrviz.runs.commands.targets import Targets, carries_data
    from lrviz.runs.sources.racing import Sources
    from lrviz.runs.sweeping.store import Store

    if clear_store:
        if entries or over:
            raise UsageError("--clear-store with a sweep; run it alone, or with --store DIR")
        if store is not None and not store.exists():
            raise UsageError(f"--store {store}: no such folder")
        streams = Streams(data_on_stdout=False, quiet=quiet)
        known = Store.opened(store, "--store")
        streams.note(f"{plural(known.cleared(), 'tile')} removed from {known.folder}")
        return
    if not entries:
        raise UsageError("nothing to sweep; name an optimizer, as lrviz sweep adam --fn rosenbrock --over lr=1e-4..1")
    streams = Streams(data_on_stdout=carries_data(json, csv), quiet=quiet)
    written = {
        "fn": fn, "problem": problem, "domain": numbers(domain), "start": numbers(start), "starts": plain(starts),
        "steps": plain(steps), "lr": plain(lr), "noise": plain(noise), "seed": plain(seed), "average": average,
        "schedule": schedule, "clip": plain(clip), "over": over or None,
    }  # fmt: skip
    if dask is not None and jobs != 1:
        raise UsageError("--jobs given with --dask; a cluster has its own processes")
    document = sweep_document(entries, written, schedules=Sources())
    sources = [document.race.source]
    film, frames = _film(document, animate, along)
    targets = Targets.of(sources, [_stem(document)], out=out, json=json, csv=csv, no_plot=no_plot, npz=npz, film=film)
    kept = Store.opened(store, "--store")

    from lrviz.runs.commands.command import carry_out
    from lrviz.runs.commands.sweeps import Sweeps
    from lrviz.runs.sweeping.cluster import on_cluster
    from lrviz.runs.sweeping.executors import executor_of

    workers = partial(executor_of, jobs) if dask is None else partial(on_cluster, dask, streams.note)
    raise typer.Exit(carry_out(Sweeps(document, kept, workers, frames), None, targets, streams))


def _film(document: SweepDocument, animate: Path | None, along: str | None) -> tuple[Path | None, Along | None]:
    """Return where the film goes, and its frames; nothing where none was asked for.

    Raises UsageError where one cannot be written or has no frames, DocumentError where they are not understood.
    """
    from lrviz.foundation.errors import UsageError

    if animate is None and along is None:
        return None, None
    if animate is None:
        raise UsageError(f"--along {along}: given without --animate FILE, the film that it belongs to")
    if along is None:
        raise UsageError(f"--animate {animate}: given without --along, as --along momentum=0..0.95:16")
    from lrviz.documents.sweep_film import along as frames_along
    from lrviz.runs.commands.targets import film_target

    return film_target(animate), frames_along(document, along)


def _stem(document: SweepDocument) -> str:
    """Return the name of the picture, without its suffix: its document's, or the surface's."""
    from lrviz.functions.custom import Custom

    race = document.race
    if race.is_file:
        return race.stem
    if document.model is not None:
        return "sweep-nqm"
    return f"sweep-{'custom' if isinstance(race.fn, Custom) else race.fn.name}"
