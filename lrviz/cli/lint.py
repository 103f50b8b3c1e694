"""`lrviz lint`: the mistakes that torch accepts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import Dialect, Epochs, Explain, Facts, Ignore, OptimizerName, Quiet, Select, Specs, Steps
from lrviz.language.choices import ReportFormat

if TYPE_CHECKING:
    from lrviz.cli.console import Streams
    from lrviz.documents.schedule import ScheduleDocument
    from lrviz.linting.lint import Linted
    from lrviz.runs.sources.source import Source

_NAMED = 5
"""At most this many documents are named at the end."""


def lint(
    specs: Specs = [],
    *,
    epochs: Epochs = None,
    steps: Steps = None,
    optimizer: OptimizerName = None,
    given: Facts = [],
    from_: Dialect = None,
    select: Select = [],
    ignore: Ignore = [],
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="text is for people, the others are for tools.")
    ] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Apply the fixes to the files; with -, print the result.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what --fix changes as a diff; without --fix, change nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings, too.")] = False,
    explain: Explain = None,
    quiet: Quiet = False,
) -> None:
    r"""Find mistakes that torch accepts without an error: schedules that run, and are wrong.

    [bold]lrviz lint configs/*.yaml[/bold] reports each mistake: its line, why it matters, what to write instead.
    To allow a finding, write [bold]# lrviz: ignore\[LR001] and the reason[/bold] on its line.

    [bold]lrviz lint --fix run.yaml[/bold] applies the fixes that remove a finding and bring no new one.
    With - or --diff the findings go to stderr.

    If a config of another library lacks facts that its curve needs, only the rules that need no curve run.

    [bold]lrviz lint record.lrrec[/bold] reports what is wrong with a run that lrviz record has recorded.

    The exit code is 1 if an error is found (with --fix: remains); with --strict, a warning too. Needs no torch.
    """
    from lrviz.cli.console import Streams, write_prose
    from lrviz.foundation.errors import UsageError
    from lrviz.linting.known import named
    from lrviz.linting.reports import explanation

    if explain is not None:
        write_prose(explanation(named(explain, "--explain")) + "\n")
        return
    if not specs:
        raise UsageError("lint: no document given; try lrviz lint run.yaml; lrviz list rules shows what it looks for")
    from lrviz.cli.documents import note
    from lrviz.cli.fixes import Fixes
    from lrviz.cli.rules import asked_rules
    from lrviz.foundation.errors import DocumentError
    from lrviz.linting.lint import not_valid
    from lrviz.linting.reports import unread_words
    from lrviz.runs.sources.recordings import joined
    from lrviz.runs.sources.resolving import resolve_all
    from lrviz.runs.sources.source import Given

    rules = asked_rules(select, ignore)
    sources = resolve_all(specs, Given(epochs, steps, optimizer, given, from_))
    with suppress(DocumentError):
        # A damaged one is reported below.
        sources = joined(sources)
    fixes = Fixes(sources, rules, write=fix, diff=diff)
    if fixes.on_stdout and format_ != "text":
        raise UsageError(f"--format {format_}: stdout takes {fixes.on_stdout}; drop one of them")
    streams = Streams(data_on_stdout=bool(fixes.on_stdout), quiet=quiet)
    checked: list[Linted] = []
    valid: list[tuple[Source, ScheduleDocument]] = []
    with streams.progress("lint") as progress:
        for done, source in enumerate(sources, start=1):
            try:
                for one in source.judged(rules):
                    checked.append(fixes.of(source, one))
                    if one.read is not None:
                        valid.append((source, one.read))
            except DocumentError as error:
                checked.append(not_valid("<stdin>" if source.spec == "-" else source.spec, error))
            if progress is not None:
                progress(done, len(sources))
    note([source for source, _ in valid], streams, (), [document for _, document in valid])
    for one in checked:
        if one.needed or one.left_open:
            streams.note(unread_words(one))
    _report(checked, format_, streams, fixes.on_stdout, quiet=quiet, strict=strict)


def _report(
    checked: list[Linted], format_: ReportFormat, streams: Streams, on_stdout: str, *, quiet: bool, strict: bool
) -> None:
    """Print what was found, and end with its exit code; on_stdout: what stdout is for, where not for the report."""
    from lrviz.cli.console import write_prose, write_stdout
    from lrviz.foundation.errors import DocumentError
    from lrviz.linting.reports import REPORTS

    left = [one for each in checked for one in each.findings]
    faulty = [each for each in checked if each.faults]
    silent = not checked or (quiet and not left and not faulty)
    if not (silent and format_ == "text"):
        report = REPORTS[format_](checked)
        if on_stdout:
            for line in report.splitlines():
                streams.say(line)
        elif format_ == "text":
            write_prose(report, hanging="    ")
        else:
            write_stdout(report)
    if faulty and format_ == "text":
        if not on_stdout:
            names = list(dict.fromkeys(each.source for each in faulty))
            told = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} documents"
            streams.say(f"{told}: not valid, see the errors above")
        raise typer.Exit(2)
    if faulty:
        # stdout is for a program: tell people here.
        raise DocumentError(*dict.fromkeys(fault for each in faulty for fault in each.faults))
    if any(one.severity == "error" or (strict and one.severity == "warning") for one in left):
        raise typer.Exit(1)
