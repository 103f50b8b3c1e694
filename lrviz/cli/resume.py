"""`lrviz resume`: how a run goes on after an interruption, under each way of resuming it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz.cli import options
from lrviz.cli.options import (
    Csv,
    Dialect,
    Epochs,
    Facts,
    Json,
    NoPlot,
    OptimizerName,
    Quiet,
    SetOne,
    Spec,
    Steps,
)


def resume(
    spec: Spec,
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="K", help="Interrupt after K updates, or a length: 30ep, 0.5dur."),
    ] = None,
    with_: Annotated[
        str | None, typer.Option("--with", metavar="OTHER", help="Resume into another schedule: any SPEC.")
    ] = None,
    checkpoint: Annotated[
        list[Path],
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Resume from a file of torch.save, or a folder of accelerate or Transformers; twice if the states are "
            "in two files.",
        ),
    ] = [],
    key: Annotated[
        list[str],
        typer.Option(
            "--key",
            metavar="PART=KEY",
            help="Which state of the checkpoint to read: optimizer=optimizer_G, scheduler=nested.sched, "
            "scheduler[1]=warmup.",
        ),
    ] = [],
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    given: Facts = [],
    from_: Dialect = None,
    out: Annotated[Path | None, options.out("./<document>-resume.png")] = None,
    json: Json = None,
    csv: Csv = None,
    no_plot: NoPlot = False,
    set_: SetOne = [],
    quiet: Quiet = False,
) -> None:
    """Interrupt a run, and see how it goes on under each way of resuming it, with real torch objects and a real save.

    [bold]lrviz resume run.yaml --at 30[/bold] writes run-resume.png and prints a table.
    [bold]lrviz resume run.yaml --checkpoint last.pt[/bold] shows what remains of a run.
    [bold]lrviz resume gan.yaml --checkpoint last.pt --key optimizer=optimizer_G[/bold] reads one state of several.
    [bold]lrviz resume run.yaml --at 30 --with longer.yaml[/bold] shows what the checkpoint silently keeps.
    """
    from lrviz.runs.headstart import worker

    with worker() as torch:
        from lrviz.cli.console import Streams
        from lrviz.cli.documents import default_stem, note, read_files
        from lrviz.runs.commands.targets import Targets, carries_data
        from lrviz.runs.resuming.files import checkpoint_files
        from lrviz.runs.sources.resolving import resolve_all
        from lrviz.runs.sources.several import read_one
        from lrviz.runs.sources.source import Given

        on_stdout = carries_data(json, csv)
        keys = _chosen(key)
        streams = Streams(data_on_stdout=on_stdout, quiet=quiet)
        sources = resolve_all([spec] if with_ is None else [spec, with_], Given(epochs, steps, optimizer, given, from_))
        document = read_one(sources[0], set_)
        into = None if with_ is None else read_one(sources[1])
        note(sources, streams, set_, [document] if into is None else [document, into])
        checkpoints = checkpoint_files(map(str, checkpoint))
        inputs, stem = [*read_files(sources), *checkpoints], f"{default_stem(sources, 1)}-resume"
        targets = Targets.of(inputs, [stem], out=out, json=json, csv=csv, no_plot=no_plot)

        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.resumed import Resumed

        raise typer.Exit(carry_out(Resumed(document, at, into, checkpoints, keys), torch, targets, streams))


def _chosen(key: list[str]) -> dict[str, str]:
    """Return what `--key` says, by the part of the document.

    Raises UsageError where one is not PART=KEY, or a part is named twice.
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
