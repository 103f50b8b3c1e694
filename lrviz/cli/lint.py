"""`lrviz lint`: the mistakes that torch accepts."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lrviz.cli.options import Quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrviz.linting.lint import Linted
    from lrviz.linting.rule import Rule


class Format(StrEnum):
    """How findings are written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


Rules = Annotated[list[str], typer.Option(metavar="ID", help="Only these rules: LR001, or LR001,LR008.")]


def lint(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC", help="Schedule documents (YAML); - reads standard input.")
    ] = [],  # noqa: B006 - Typer reads the default and never changes it
    *,
    select: Rules = [],  # noqa: B006 - likewise
    ignore: Annotated[list[str], typer.Option(metavar="ID", help="All rules but these.")] = [],  # noqa: B006
    format_: Annotated[
        Format, typer.Option("--format", help="text for people; the others for programs.")
    ] = Format.text,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="ID", help="Say all about a rule, and stop.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    r"""Find the mistakes that torch accepts: a schedule that is legal, and wrong.

    [bold]lrviz lint configs/*.yaml[/bold] names each at its line, why it matters, and what to write instead.
    A comment on the line, [bold]# lrviz: ignore\[LR001] and the reason[/bold], allows it.

    Exit code 1 where an error is found, with --strict a warning too. Needs no torch.
    """
    from lrviz.cli.console import Streams, write_stdout
    from lrviz.foundation.errors import UsageError
    from lrviz.linting.reports import REPORTS, explanation
    from lrviz.linting.rules import RULES, named

    if explain is not None:
        write_stdout(explanation(named(explain, "--explain")) + "\n")
        return
    if not specs:
        raise UsageError("lint: no document given; lrviz lint run.yaml, or lrviz list rules for what it looks for")
    from lrviz.cli.documents import each_read
    from lrviz.foundation.errors import DocumentError
    from lrviz.linting.lint import linted, not_valid

    asked, left_out = _rules(select, "--select") or RULES, _rules(ignore, "--ignore")
    rules = [rule for rule in asked if rule not in left_out]
    streams = Streams(quiet=quiet)
    checked: list[Linted] = []
    with streams.progress("lint") as progress:
        for done, (spec, read) in enumerate(zip(specs, each_read(specs), strict=True), start=1):
            try:
                checked.append(linted(read(), rules=rules))
            except DocumentError as error:
                checked.append(not_valid("<stdin>" if spec == "-" else spec, error))
            if progress is not None:
                progress(done, len(specs))
    found = [one for each in checked for one in each.findings]
    faulty = [each for each in checked if each.faults]
    if format_ is not Format.text or not quiet or found or faulty:
        write_stdout(REPORTS[format_](checked))
    if faulty and format_ is Format.text:
        streams.say(f"{', '.join(dict.fromkeys(each.source for each in faulty))}: faults, told on stdout")
        raise typer.Exit(2)
    if faulty:
        # stdout is for a program: whoever looks on is told here.
        raise DocumentError(*dict.fromkeys(fault for each in faulty for fault in each.faults))
    if any(strict or one.severity == "error" for one in found):
        raise typer.Exit(1)


def _rules(names: Sequence[str], option: str) -> list[type[Rule]]:
    """Return the rules that an option names.

    Raises UsageError for one that is not known.
    """
    from lrviz.linting.rules import named

    return [named(name, option) for given in names for name in given.split(",")]
