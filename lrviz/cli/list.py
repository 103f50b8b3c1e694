"""`lrviz list`: what lrviz knows, and every fact of each."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType


class Kind(StrEnum):
    """What can be listed."""

    schedulers = "schedulers"
    optimizers = "optimizers"
    functions = "functions"
    rules = "rules"


def list_(
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", help="What to list: schedulers, optimizers, functions or rules.")
    ],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show one, with every parameter.")] = None,
) -> None:
    """List schedulers, optimizers, test functions or the rules of lint; with a name, all that is known of it."""
    from lrviz.cli.columns import described, overview
    from lrviz.cli.console import Streams
    from lrviz.documents.description import known

    streams = Streams()
    if kind is Kind.rules:
        streams.show(_rules(name))
        return
    there = known()[kind]
    if name is None:
        streams.show(overview(there))
        return
    from lrviz.documents.faults import did_you_mean
    from lrviz.foundation.errors import UsageError

    found = [spelled for spelled in there if _folded(spelled) == _folded(name)]
    if not found:
        probably = did_you_mean(name, there)
        raise UsageError(f"{name}: no such name among the {kind}; known are {', '.join(there)}{probably}")
    streams.show(described(there[found[0]]))


def _rules(name: str | None) -> RenderableType:
    """Return the table of the rules, or all about one."""
    from lrviz.cli.columns import rule_table
    from lrviz.linting.reports import explanation
    from lrviz.linting.rules import RULES, named

    return rule_table(RULES) if name is None else explanation(named(name, "list rules"))


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
