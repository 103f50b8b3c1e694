"""`lrviz record`: a command in, what its updates were really made with out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from lrviz.cli.options import Explain, Ignore, NoPlot, Quiet, Select, data, out

if TYPE_CHECKING:
    from lrviz.cli.console import Streams
    from lrviz.linting.rule import Mistake
    from lrviz.runs.commands.targets import Targets


def record(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND", help="What to run, after -- ; run as it is.", show_default=False)
    ] = [],
    *,
    out: Annotated[Path | None, out("./record.png")] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="The recording.", show_default="./record.lrrec"),
    ] = None,
    json: Annotated[str | None, data("json", "what was recorded")] = None,
    csv: Annotated[str | None, data("csv", "the curves")] = None,
    no_plot: NoPlot = False,
    updates: Annotated[
        int | None,
        typer.Option(
            "--updates", metavar="N", min=1, help="Interrupt the command after N updates.", show_default="all"
        ),
    ] = None,
    until: Annotated[
        int | None,
        typer.Option(
            "--until",
            metavar="N",
            min=1,
            help="Project the rest of the run, up to N updates.",
            show_default="as many as the schedulers state",
        ),
    ] = None,
    select: Select = [],
    ignore: Ignore = [],
    explain: Explain = None,
    quiet: Quiet = False,
) -> None:
    """Run a training script as it is, and show the learning rates that its updates are really made with.

    [bold]lrviz record -- python train.py --epochs 3[/bold] draws record.png when the script ends, or is interrupted.
    [bold]lrviz record --updates 50 -- torchrun train.py[/bold] stops after 50 updates, and projects the rest.
    [bold]lrviz schedule record.lrrec[/bold] draws the recording again.

    What is wrong with the loop is named with its line: a scheduler that is stepped twice per update, or once per epoch,
    or for another optimizer. [bold]lrviz record --explain RUN001[/bold] says more.

    The command keeps its streams and its exit code; lrviz writes to stderr. What is recorded: learning rates,
    momentum, weight decay, and the lines that step schedulers. Python run with -S, -I or -E is not recorded.
    """
    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import UsageError

    if explain is not None:
        from lrviz.linting.reports import explanation
        from lrviz.linting.rules import named

        write_stdout(explanation(named(explain, "--explain")) + "\n")
        return
    if not command:
        raise UsageError("record: no command given; lrviz record -- python train.py")
    from lrviz.runs.commands.targets import Targets, writable

    for option, given in (("--json", json), ("--csv", csv)):
        if given == "-":
            raise UsageError(f"{option} -: stdout is the command's; name a file")
    from lrviz.cli.rules import asked_rules

    # A name that is wrong costs no run.
    rules = asked_rules(select, ignore) if select or ignore else None
    saved = writable(Path("record.lrrec") if save is None else save, "--save")
    targets = Targets.of([str(saved)], ["record"], out=out, json=json, csv=csv, no_plot=no_plot)
    streams = Streams(data_on_stdout=True, quiet=quiet)
    code = _run(command, saved, streams, updates or 0, until or 0)
    _show(saved, command, code, targets=targets, streams=streams, rules=rules or asked_rules(select, ignore))


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
    saved: Path, command: list[str], code: int, *, targets: Targets, streams: Streams, rules: Sequence[type[Mistake]]
) -> NoReturn:
    """Show what was recorded of a command that ended with a code, and end with that, or with one of ours."""
    from lrviz.foundation.errors import UnfinishedError
    from lrviz.linting.caused import caused
    from lrviz.linting.causes.cause import Cause
    from lrviz.linting.reports import finding_lines
    from lrviz.recorder.read import read
    from lrviz.runs.commands.command import carry_out
    from lrviz.runs.commands.recorded import RecordedRun

    recorded = read(saved)
    if any(event.kind == "stopped" for one in recorded.optimizers for event in one.events):
        code = 0
    found = caused(recorded, [rule for rule in rules if issubclass(rule, Cause)])
    done = 0
    try:
        done = carry_out(RecordedRun(recorded, command, code, found), None, targets, streams)
    except UnfinishedError as error:
        if not code:
            raise
        # The command's own exit code goes before ours.
        streams.say(str(error))
    for line in (line for one in found for line in finding_lines(one)):
        streams.note(line)
    raise typer.Exit(code or done)
