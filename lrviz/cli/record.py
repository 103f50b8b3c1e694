"""`lrviz record`: a command in, what its updates were really made with out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz.cli.options import Explain, Ignore, NoPlot, Quiet, Select, data, out


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
    from lrviz.foundation.errors import UnfinishedError, UsageError

    if explain is not None:
        from lrviz.linting.reports import explanation
        from lrviz.linting.rules import named

        write_stdout(explanation(named(explain, "--explain")) + "\n")
        return
    if not command:
        raise UsageError("record: no command given; lrviz record -- python train.py")
    from lrviz.runs.commands.targets import Targets, writable
    from lrviz.runs.launching import launch, unsaved

    for option, given in (("--json", json), ("--csv", csv)):
        if given == "-":
            raise UsageError(f"{option} -: stdout is the command's; name a file")
    if select or ignore:
        # A name that is wrong costs no run.
        from lrviz.cli.rules import asked_rules

        asked_rules(select, ignore)
    saved = writable(Path("record.lrrec") if save is None else save, "--save")
    targets = Targets.of([str(saved)], ["record"], out=out, json=json, csv=csv, no_plot=no_plot)
    streams = Streams(data_on_stdout=True, quiet=quiet)
    beside = unsaved(saved)
    try:
        code = launch(command, beside, updates or 0, until or 0)
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

    from lrviz.cli.rules import asked_rules
    from lrviz.linting.caused import caused
    from lrviz.linting.causes.cause import Cause
    from lrviz.linting.reports import finding_lines
    from lrviz.recorder.read import read
    from lrviz.runs.commands.command import carry_out
    from lrviz.runs.commands.recorded import RecordedRun

    recorded = read(saved)
    if any(event.kind == "stopped" for one in recorded.optimizers for event in one.events):
        code = 0
    streams.path(saved)
    rules = asked_rules(select, ignore)
    found = caused(recorded, [rule for rule in rules if issubclass(rule, Cause)])
    done = carry_out(RecordedRun(recorded, command, code, found), None, targets, streams)
    for line in (line for one in found for line in finding_lines(one)):
        streams.note(line)
    raise typer.Exit(code or done)
