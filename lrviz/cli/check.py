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
    """Validate documents and cross-check their curves; without documents, test every scheduler and optimizer.

    Writes nothing. Exit code 1 where torch and the reference disagree.
    """
    from lrviz.cli import headstart

    with headstart.worker() as worker:
        from lrviz.checking import cross_check, installation
        from lrviz.cli.console import Streams
        from lrviz.cli.documents import read_all

        streams = Streams(quiet=quiet)
        documents = read_all(specs) if specs else installation()
        with streams.progress("cross-check") as progress:
            checks = cross_check(documents, worker, progress)
    from lrviz.render.table import check_table

    streams.show(check_table([(one.curves, one.verdict) for one in checks]))
    # Of our own documents none is worth a word: all watch the same metric, most without ReduceLROnPlateau.
    streams.warn(warning for one in checks if specs for warning in one.warnings)
    apart = [one for one in checks if one.verdict.verdict == "disagree"]
    for one in apart:
        streams.say(f"{one.curves.source}: {one.verdict.sentence}")
    if apart:
        raise typer.Exit(1)
