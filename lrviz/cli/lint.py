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
"""Most documents that are named at the end, too."""


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
        ReportFormat, typer.Option("--format", help="text is for people, the others are for programs.")
    ] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Apply the fixes to the files; of - to stdout.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show on stdout what --fix changes, and without --fix change nothing.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    explain: Explain = None,
    quiet: Quiet = False,
) -> None:
    r"""Find the mistakes that torch accepts: a schedule that is legal, and wrong.

    [bold]lrviz lint configs/*.yaml[/bold] names each at its line, why it matters, and what to write instead.
    A comment on the line, [bold]# lrviz: ignore\[LR001] and the reason[/bold], allows it.

    [bold]lrviz lint --fix run.yaml[/bold] applies the fixes: only the values and keys that a fix names change,
    and only where lint then finds less and nothing new. With - or --diff the findings go to stderr.

    A config of another library may lack facts that its curve needs: then only the rules that need no curve run.

    [bold]lrviz lint record.lrrec[/bold] says what is wrong with a run that lrviz record has seen.

    The exit code is 1 where an error is found, or with --fix is left; with --strict a warning, too. Needs no torch.
    """
    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import UsageError
    from lrviz.linting.known import named
    from lrviz.linting.reports import explanation

    if explain is not None:
        write_stdout(explanation(named(explain, "--explain")) + "\n")
        return
    if not specs:
        raise UsageError("lint: no document given; lrviz lint run.yaml, or lrviz list rules for what it looks for")
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
        # One that is damaged is told of below.
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
    from lrviz.cli.console import write_stdout
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
        else:
            write_stdout(report)
    if faulty and format_ == "text":
        if not on_stdout:
            names = list(dict.fromkeys(each.source for each in faulty))
            told = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} documents"
            streams.say(f"{told}: not valid, see the errors above")
        raise typer.Exit(2)
    if faulty:
        # stdout is for a program: whoever looks on is told here.
        raise DocumentError(*dict.fromkeys(fault for each in faulty for fault in each.faults))
    if any(one.severity == "error" or (strict and one.severity == "warning") for one in left):
        raise typer.Exit(1)
