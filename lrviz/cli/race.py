"""`lrviz race`: optimizers on a surface, tuned alike, cross-checked, drawn."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import Csv, Engine, EngineChoice, Json, NoPlot, Out, Quiet

if TYPE_CHECKING:
    from lrviz.cli.console import Streams
    from lrviz.cli.output import Format
    from lrviz.documents.race import RaceDocument
    from lrviz.render.figures.race import RacePicture
    from lrviz.results import Contest
    from lrviz.runs.racing import Race


class View(StrEnum):
    """How the surface is seen."""

    flat = "2d"
    solid = "3d"
    steps = "steps"


class Impl(StrEnum):
    """Which of torch's implementations of an update runs."""

    for_loop = "for-loop"
    foreach = "foreach"
    fused = "fused"


Entries = Annotated[
    list[str],
    typer.Argument(
        metavar="ENTRY",
        help="An optimizer, as adam or adam:lr=0.05:betas=0.9,0.99, a schedule document, or a race document.",
    ),
]


def race(
    entries: Entries,
    *,
    fn: Annotated[
        str | None,
        typer.Option(metavar="NAME|FORMULA", help="A surface's name, as quadratic:kappa=100, or a formula in x and y."),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(metavar="A,B[,C,D]", help="Where a formula lives: x from A to B, y too or from C to D."),
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="X,Y", help="Where all begin; each surface has a start.")] = None,
    steps: Annotated[
        str | None, typer.Option(metavar="N", help="Gradient evaluations (default: the longest document's, else 500).")
    ] = None,
    lr: Annotated[str | None, typer.Option(metavar="LR", help="The lr of entries that have none of their own.")] = None,
    tune: Annotated[
        bool | None, typer.Option("--tune/--no-tune", help="Choose each lr on the same grid, or take torch's default.")
    ] = None,
    noise: Annotated[str | None, typer.Option(metavar="S", help="Standard deviation of noise on the gradient.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="N", help="Seed of starts and noise.")] = None,
    average: Annotated[
        str | None, typer.Option(metavar="swa|ema[:key=value]", help="Average the path: swa:start=100, ema:decay=0.99.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="DOC", help="A document whose chain runs under every entry.")
    ] = None,
    clip: Annotated[str | None, typer.Option(metavar="NORM", help="Clip gradients to a norm.")] = None,
    impl: Annotated[Impl | None, typer.Option(help="Which of torch's implementations runs.")] = None,
    view: Annotated[
        View | None, typer.Option(help="The surface from above, in perspective, or with gradients and steps.")
    ] = None,
    animate: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a .gif, .webp or .mp4.")] = None,
    out: Out = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    engine: Engine = EngineChoice.both,
    quiet: Quiet = False,
) -> None:
    """Race optimizers over a surface, each with the lr that suits it, cross-checked against real torch.

    [bold]lrviz race sgd adam adamw --fn rosenbrock[/bold] writes race-rosenbrock.png and prints a table.
    [bold]lrviz race sgd:lr=0.02 sgd:lr=0.02:momentum=0.9 --fn quadratic:kappa=90[/bold] compares as told.
    """
    from lrviz.runs import headstart

    with headstart.worker() if engine is not EngineChoice.reference else nullcontext() as worker:
        from lrviz.cli.console import Streams
        from lrviz.cli.output import data_target, keep_apart, only_one_on_stdout, write_data
        from lrviz.documents.race import races

        only_one_on_stdout(json, csv)
        on_stdout = "-" in {json, csv}
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        written = {
            "fn": fn, "domain": _numbers(domain), "start": _numbers(start), "steps": _plain(steps), "lr": _plain(lr),
            "tune": tune, "noise": _plain(noise), "seed": _plain(seed), "average": average, "schedule": schedule,
            "clip": _plain(clip), "impl": impl and impl.value, "view": view and view.value,
        }  # fmt: skip
        documents = races(entries, written)
        files = data_target(json, "--json"), data_target(csv, "--csv")
        draws = not no_plot and (out is not None or not on_stdout)
        pictures = _targets(out, documents) if draws else []
        film = _film(animate, documents)
        _only_one(documents, csv)
        keep_apart([one.source for one in documents], *files, *(path for path, _ in pictures), film)

        from lrviz.runs.racing import RaceRun

        with streams.bars() as bar:
            tuning, progress = bar("tuning"), bar("torch")
            runs = [RaceRun.start(document, engine.value, worker, progress, tuning) for document in documents]
            sketches = [
                _sketched(run.contest, document) for run, document in zip(runs, documents, strict=True) if pictures
            ]
            # Imported while torch still is.
            from lrviz.render.records.race import race_csv_text, race_json_text
            from lrviz.render.text.race_table import race_table

            found = [run.finish() for run in runs]

    streams.warn(warning for one in found for warning in one.warnings)
    for sketch, one, (path, kind) in zip(sketches, found, pictures, strict=bool(pictures)):
        _drawn(sketch, one, path, kind)
    if film is not None:
        _animated(found[0], film, streams)
    for one in found:
        streams.show(race_table(one.contest))
    for path in [*(path for path, _ in pictures), *([film] if film else [])]:
        streams.path(path)
    write_data(json, files[0], lambda: race_json_text(found))
    write_data(csv, files[1], lambda: race_csv_text(found[0]))
    _exit_code(streams, found)


def _plain(text: str | None) -> object:
    """Return what a text means as YAML; what is no number is left for the document to refuse."""
    from lrviz.language.marked_yaml import scalar

    return None if text is None else scalar(text.strip())


def _numbers(text: str | None) -> object:
    from lrviz.language.marked_yaml import scalar

    return None if text is None else [scalar(part.strip()) for part in text.strip("[]() ").split(",")]


def _targets(out: Path | None, documents: list[RaceDocument]) -> list[tuple[Path, Format]]:
    """Return where each race's picture goes: named after its document, or after the surface."""
    from lrviz.cli.output import picture_target
    from lrviz.foundation.errors import UsageError
    from lrviz.functions.custom import Custom

    if out is not None and len(documents) > 1 and not out.is_dir():
        raise UsageError(f"--out {out}: {len(documents)} races; a folder that exists is needed for their pictures")
    stems = [
        Path(one.source).stem if one.is_file else f"race-{'custom' if isinstance(one.fn, Custom) else one.fn.name}"
        for one in documents
    ]
    return [picture_target(out, stem) for stem in stems]


def _film(animate: Path | None, documents: list[RaceDocument]) -> Path | None:
    """Return the file of the animation.

    Raises UsageError where it cannot be made.
    """
    if animate is None:
        return None
    from lrviz.cli.output import writable
    from lrviz.foundation.errors import UsageError
    from lrviz.render.figures.film_formats import FORMATS, missing

    if len(documents) > 1:
        raise UsageError(f"--animate with {len(documents)} races; it films one")
    if animate.suffix.lower() not in FORMATS:
        given = f"not {animate.suffix}" if animate.suffix else "no suffix"
        raise UsageError(f"--animate {animate}: {given}; a film is a file ending in {', '.join(FORMATS)}")
    if told := missing(animate.suffix.lower()):
        raise UsageError(f"--animate {animate}: {told}")
    return writable(animate, "--animate")


def _only_one(documents: list[RaceDocument], csv: str | None) -> None:
    from lrviz.foundation.errors import UsageError

    if csv is not None and len(documents) > 1:
        raise UsageError(f"--csv with {len(documents)} races; a table of numbers holds one, --json holds several")


def _sketched(contest: Contest, document: RaceDocument) -> RacePicture:
    """Draw the reference's race; torch's verdict, and what differs, comes later."""
    from lrviz.render.figures.light_import import import_matplotlib

    import_matplotlib()
    from lrviz.render.figures.race import RacePicture

    sketch = RacePicture(contest, document.view)
    sketch.prepare()
    return sketch


def _drawn(sketch: RacePicture, race: Race, path: Path, kind: Format) -> None:
    from lrviz.foundation.files import write

    sketch.stamp(race.contest)
    write(path, lambda stream: sketch.save(stream, kind))


def _animated(race: Race, path: Path, streams: Streams) -> None:
    from lrviz.foundation.files import write
    from lrviz.render.figures.light_import import import_matplotlib

    import_matplotlib()
    from lrviz.render.figures.race_film import animate

    with streams.progress("frames") as progress:
        write(path, lambda stream: animate(race.contest, stream, path.suffix.lower(), progress))


def _exit_code(streams: Streams, races: list[Race]) -> None:
    apart = [one for race in races for one in race.entries if one.verdict.verdict == "disagree"]
    for one in apart:
        streams.say(f"{one.label}: {one.verdict.sentence}")
    if apart:
        from lrviz.engines.compare.schedule import modelled

        streams.say(modelled(apart[0].verdict))
        raise typer.Exit(1)
