"""`lrviz check`: documents, or the installation, cross-checked; nothing is written."""

from __future__ import annotations

from typing import Annotated

import typer

from lrviz.cli.options import SOURCES, Dialect, Epochs, Facts, OptimizerName, Quiet, Steps


def check(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC", help=f"{SOURCES} Without one, the installation is tested.")
    ] = [],
    *,
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    given: Facts = [],
    from_: Dialect = None,
    quiet: Quiet = False,
) -> None:
    """Validate documents and cross-check their curves; without documents, test all schedulers and optimizers.

    A cross-check computes a curve twice, with the real library and with lrviz's own maths, and compares the two.
    For the installation, each implementation of torch's optimizers is also stepped over a surface and replayed.

    Writes no file. The exit code is 1 if a library and lrviz's maths disagree, 3 if nothing could be compared.
    """
    from lrviz.runs.headstart import worker

    with worker() as torch:
        from lrviz.cli.console import Streams
        from lrviz.cli.documents import note
        from lrviz.runs.commands.checks import Checks
        from lrviz.runs.commands.command import carry_out
        from lrviz.runs.commands.targets import Targets
        from lrviz.runs.sources.resolving import resolve_all
        from lrviz.runs.sources.several import read_all
        from lrviz.runs.sources.source import Given

        streams = Streams(quiet=quiet)
        sources = resolve_all(specs, Given(epochs, steps, optimizer, given, from_))
        # Sources with curves and no document have nothing to compare with, or are code that was run.
        curves = [source for source in sources if source.holds_curves]
        written = [source for source in sources if not source.holds_curves]
        documents = read_all(written)
        checks = Checks(documents, [one for source in curves for one in source.simulated((), ())])
        note(written, streams, (), documents)
        raise typer.Exit(carry_out(checks, torch, Targets(), streams))
