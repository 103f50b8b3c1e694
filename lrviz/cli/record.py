"""`lrviz record`: run a command, and show the lr that its updates really used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from lrviz.cli.options import Columns, Dialect, Explain, Facts, Ignore, NoPlot, Quiet, Select, Survival, out

if TYPE_CHECKING:
    from lrviz.cli.console import Streams
    from lrviz.linting.rule import Mistake
    from lrviz.runs.commands.targets import Targets
    from lrviz.runs.differing.run import Compared
    from lrviz.runs.sources.source import Given


def record(
    command: Annotated[
        list[str],
        typer.Argument(metavar="COMMAND", help="What to run, after --; it is run unchanged.", show_default=False),
    ] = [],
    *,
    plan: Annotated[
        str | None,
        typer.Option(
            "--plan", metavar="SPEC", help="The schedule that the run should follow; exit code 1 if it does not."
        ),
    ] = None,
    out: Annotated[Path | None, out("./record.png")] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="File for the recording.", show_default="./record.lrrec"),
    ] = None,
    json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the curves and the findings as JSON.")
    ] = None,
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write the curves as CSV.")] = None,
    no_plot: NoPlot = False,
    updates: Annotated[
        int | None,
        typer.Option(
            "--updates",
            metavar="N",
            min=1,
            help="Interrupt the command after N updates (KeyboardInterrupt).",
            show_default="all",
        ),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option(
            "--until",
            metavar="N",
            min=1,
            help="Project the run up to N updates.",
            show_default="the end that its schedulers state",
        ),
    ] = None,
    survival: Survival = False,
    facts: Facts = [],
    from_: Dialect = None,
    columns: Columns = [],
    select: Select = [],
    ignore: Ignore = [],
    explain: Explain = None,
    quiet: Quiet = False,
) -> None:
    """Run a training script as it is, and show the learning rate of every update that it makes.

    [bold]lrviz record -- python train.py --epochs 3[/bold] draws record.png when the script ends.

    [bold]lrviz record --updates 50 -- torchrun train.py[/bold] stops after 50 updates, and projects the rest.

    [bold]lrviz record --plan run.yaml -- python train.py[/bold] reports where the script departs from it, and why.

    [bold]lrviz schedule record.lrrec[/bold] draws the recording again.

    An update is one step of an optimizer, a tick one step of a scheduler.
    If they do not fit together, lrviz names the mistake and the line in your code.
    [bold]lrviz list rules[/bold] lists these mistakes, [bold]lrviz record --explain RUN001[/bold] explains it.

    The command keeps its streams and its exit code; lrviz writes to stderr. Not recorded: Python run with -S, -I or -E.
    """
    from lrviz.cli.console import Streams, write_prose
    from lrviz.foundation.errors import UsageError

    if explain is not None:
        from lrviz.linting.known import named
        from lrviz.linting.reports import explanation

        write_prose(explanation(named(explain, "--explain")) + "\n")
        return
    if not command:
        raise UsageError("record: no command given; lrviz record -- python train.py")
    from lrviz.runs.commands.targets import Targets, writable
    from lrviz.runs.sources.source import Given

    for option, given in (("--json", json), ("--csv", csv)):
        if given == "-":
            raise UsageError(f"{option} -: stdout belongs to the command; name a file")
    from lrviz.cli.rules import asked_rules

    # A wrong name is reported before the run.
    rules = asked_rules(select, ignore) if select or ignore else None
    saved = writable(Path("record.lrrec") if save is None else save, "--save")
    streams = Streams(data_on_stdout=True, quiet=quiet)
    said = Given(facts=facts, dialect=from_, columns=tuple(columns))
    followed, files = _planned(plan, said, streams, survival=survival)
    targets = Targets.of([str(saved), *files], ["record"], out=out, json=json, csv=csv, no_plot=no_plot)
    code = _run(command, saved, streams, updates or 0, until or 0)
    asked = Asked(updates or 0, survival, followed)
    rules = rules or asked_rules(select, ignore)
    _show(saved, (command, code), asked, targets=targets, streams=streams, rules=rules)


class Asked(NamedTuple):
    """What to show of a run: the updates after which it was to stop, half-lives, the plan to follow."""

    updates: int
    survival: bool
    plan: tuple[str, Compared] | None


def _run(command: list[str], saved: Path, streams: Streams, updates: int, until: int) -> int:
    """Run the command, save the recording, and return the command's exit code; end with it where there is none."""
    from lrviz.foundation.errors import UnfinishedError
    from lrviz.runs.launching import launch, unsaved

    beside = unsaved(saved)
    try:
        code = launch(command, beside, updates, until)
    except UnfinishedError:
        if beside.exists():
            beside.replace(saved)
            streams.path(saved)
        raise
    if code in {126, 127} and not beside.exists():
        streams.say(f"{command[0]}: {'not found' if code == 127 else 'cannot be run'}")
        raise typer.Exit(code)
    if not beside.exists():
        streams.say(
            "nothing was recorded: no optimizer of torch made an update in a Python that the probe reaches "
            "(3.9 or newer, on this machine, run without -I, -E and -S)"
        )
        raise typer.Exit(code or 3)
    beside.replace(saved)
    streams.path(saved)
    return code


def _show(
    saved: Path,
    words: tuple[list[str], int],
    asked: Asked,
    *,
    targets: Targets,
    streams: Streams,
    rules: Sequence[type[Mistake]],
) -> NoReturn:
    """Show what was recorded of a command that ended with a code, and end with that, or with one of ours."""
    from lrviz.foundation.errors import UnfinishedError
    from lrviz.foundation.numerals import plural
    from lrviz.linting.caused import caused
    from lrviz.linting.causes.cause import Cause
    from lrviz.linting.reports import finding_lines
    from lrviz.recorder.read import read as recording
    from lrviz.runs.commands.command import carry_out
    from lrviz.runs.commands.recorded import RecordedRun

    command, code = words
    recorded = recording(saved)
    if any(event.kind == "stopped" for one in recorded.optimizers for event in one.events):
        code = 0
        streams.note(f"interrupted after {plural(asked.updates, 'update')}, as --updates asks")
    found = caused(recorded, [rule for rule in rules if issubclass(rule, Cause)])
    apart = 0
    try:
        apart = carry_out(
            RecordedRun(recorded, command, code, found, asked.survival, asked.plan), None, targets, streams
        )
    except UnfinishedError as error:
        if not code:
            raise
        # The command's own exit code takes precedence over ours.
        streams.say(str(error))
    for line in (line for one in found for line in finding_lines(one)):
        streams.note(line)
    if recorded.optimizers and not found:
        streams.note("nothing wrong found in what was recorded")
    raise typer.Exit(code or apart)


def _planned(
    plan: str | None, given: Given, streams: Streams, *, survival: bool
) -> tuple[tuple[str, Compared] | None, list[str]]:
    """Return the plan, by its name and as what it holds, where there is one, and the files that it was read from.

    Raises DocumentError where it cannot be read, UsageError where options for a plan are given without one.
    """
    from lrviz.cli.documents import note, read_files
    from lrviz.foundation.errors import UsageError
    from lrviz.runs.differing.run import compared_source
    from lrviz.runs.sources.resolving import IN_TIME, resolve_all
    from lrviz.runs.surviving import NEEDED

    if plan is None:
        options = {"--given": given.facts, "--from": given.dialect, "--columns": given.columns}
        if odd := [name for name, value in options.items() if value]:
            raise UsageError(f"{', '.join(odd)}: given without --plan")
        return None, []
    sources = resolve_all([plan], given, IN_TIME)
    held = compared_source(sources[0], NEEDED if survival else ())
    note(sources, streams, documents=[held])
    return (plan, held), read_files(sources)
