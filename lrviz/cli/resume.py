"""`lrviz resume`: how a run goes on after an interruption, under each way of resuming it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import Csv, Json, NoPlot, Out, Quiet, Set

if TYPE_CHECKING:
    from lrviz.cli.output import Format
    from lrviz.runs.resuming.resumption import Resumption


def resume(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A schedule document (YAML); - reads standard input.")],
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="K", help="Interrupt when K updates have been made; or a length: 30ep, 0.5dur."),
    ] = None,
    with_: Annotated[
        str | None, typer.Option("--with", metavar="OTHER", help="Resume into a changed document.")
    ] = None,
    checkpoint: Annotated[
        list[Path],
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Resume from a file of torch.save, or a folder of accelerate or Transformers; twice where the states "
            "are in two.",
        ),
    ] = [],  # noqa: B006 - Typer reads the default and never changes it
    key: Annotated[
        list[str],
        typer.Option(
            "--key",
            metavar="PART=KEY",
            help="Which state of the checkpoint to read: optimizer=optimizer_G, scheduler=nested.sched, "
            "scheduler[1]=warmup.",
        ),
    ] = [],  # noqa: B006 - likewise
    out: Out = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    set_: Set = [],  # noqa: B006 - likewise
    quiet: Quiet = False,
) -> None:
    """Interrupt a run, and see how it goes on under each way of resuming it, with real torch objects and a real save.

    [bold]lrviz resume run.yaml --at 30[/bold] writes run-resume.png and prints a table.
    [bold]lrviz resume run.yaml --checkpoint last.pt[/bold] shows what remains of a run.
    [bold]lrviz resume gan.yaml --checkpoint last.pt --key optimizer=optimizer_G[/bold] reads one state of several.
    [bold]lrviz resume run.yaml --at 30 --with longer.yaml[/bold] says what the checkpoint silently keeps.
    """
    from lrviz.runs import headstart

    with headstart.worker() as worker:
        from lrviz.cli.console import Streams
        from lrviz.cli.documents import default_stem
        from lrviz.cli.output import data_target, keep_apart, only_one_on_stdout, picture_target, write_data
        from lrviz.documents.several import read_one
        from lrviz.runs.resuming.files import checkpoint_files

        only_one_on_stdout(json, csv)
        keys = _chosen(key)
        on_stdout = "-" in {json, csv}
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        document = read_one(spec, set_)
        into = None if with_ is None else read_one(with_)
        files = data_target(json, "--json"), data_target(csv, "--csv")
        draws = not no_plot and (out is not None or not on_stdout)
        picture = picture_target(out, f"{default_stem([spec], 1)}-resume") if draws else None
        checkpoints = checkpoint_files(map(str, checkpoint))
        keep_apart([spec, *([with_] if with_ else []), *checkpoints], *files, picture[0] if picture else None)

        from lrviz.runs.resuming.run import ResumeRun

        with streams.bars() as bar:
            run = ResumeRun.start(document, at, worker, bar("torch"), into=into, files=checkpoints, keys=keys)
            if picture:
                # Imported while torch still is.
                from lrviz.render.figures.light_import import import_matplotlib

                import_matplotlib()
            from lrviz.render.records.resume import resume_csv_text, resume_json_text
            from lrviz.render.text.resume_table import resume_table

            found = run.finish()

    streams.warn(found.warnings)
    if picture is not None:
        _drawn(found, *picture)
    streams.show(resume_table(found.interrupted, found.verdict))
    if picture is not None:
        streams.path(picture[0])
    write_data(json, files[0], lambda: resume_json_text(found.to_json()))
    write_data(csv, files[1], lambda: resume_csv_text(found.interrupted))
    if found.verdict.verdict == "disagree":
        from lrviz.engines.compare.schedule import modelled

        streams.say(modelled(found.verdict))
        raise typer.Exit(1)


def _chosen(key: list[str]) -> dict[str, str]:
    """Return what `--key` says, by the part of the document.

    Raises UsageError where one is no PART=KEY, or a part is named twice.
    """
    from lrviz.foundation.errors import UsageError
    from lrviz.foundation.printable import printable

    chosen: dict[str, str] = {}
    for given in key:
        part, equals, name = given.partition("=")
        if not (part and equals and name):
            raise UsageError(
                f"--key {printable(given)}: a part of the document and a key of the checkpoint are needed: "
                "optimizer=optimizer_G"
            )
        if part in chosen:
            raise UsageError(f"--key {printable(given)}: {printable(part)} is already {printable(chosen[part])}")
        chosen[part] = name
    return chosen


def _drawn(found: Resumption, path: Path, kind: Format) -> None:
    from lrviz.foundation.files import write
    from lrviz.render.figures.resume import ResumePicture

    drawn = ResumePicture(found.interrupted)
    drawn.stamp(found.verdict)
    write(path, lambda stream: drawn.save(stream, kind))
