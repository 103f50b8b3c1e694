"""`lrviz check`: documents, or the installation, cross-checked; nothing is written."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.options import Quiet


def check(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC", help="Schedule documents; none tests the installation.")
    ] = [],  # noqa: B006 - Typer reads the default and never changes it
    quiet: Quiet = False,
) -> None:
    """Validate documents and cross-check their curves; without documents, test all schedulers and optimizers.

    Of every optimizer each of torch's implementations is stepped over a surface and replayed.

    Writes nothing. Exit code 1 where torch and the reference disagree.
    """
    from lrviz.runs import headstart

    with headstart.worker() as worker:
        from lrviz.cli.console import Streams
        from lrviz.documents.several import read_all
        from lrviz.runs.checking import cross_check, implementations, installation

        streams = Streams(quiet=quiet)
        documents = read_all(specs) if specs else installation()
        with streams.bars() as bar:
            checks = cross_check(documents, worker, bar("cross-check"))
            implemented = [] if specs else implementations(worker, bar("implementations"))
    from lrviz.render.text.schedule_table import check_table, implementation_table

    streams.show(check_table([(one.curves, one.verdict) for one in checks]))
    if implemented:
        streams.show(implementation_table([(one.optimizer, one.implementation, one.verdict) for one in implemented]))
    # Of our own documents none is worth a word: all watch the same metric, most without ReduceLROnPlateau.
    streams.warn(warning for one in checks if specs for warning in one.warnings)
    apart = [one for one in checks if one.verdict.verdict == "disagree"]
    for one in apart:
        streams.say(f"{one.curves.source}: {one.verdict.sentence}")
    steps_apart = [one for one in implemented if one.verdict.verdict == "disagree"]
    for step in steps_apart:
        streams.say(f"{step.optimizer}, {step.implementation}: {step.verdict.sentence}")
    if apart or steps_apart:
        raise typer.Exit(1)
