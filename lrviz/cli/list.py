"""`lrviz list`: what lrviz knows, and every fact of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType


def list_(
    kind: Annotated[
        Literal["schedulers", "optimizers", "functions", "rules"],
        typer.Argument(metavar="KIND", help="What to list: schedulers, optimizers, functions or rules."),
    ],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show one, with every parameter.")] = None,
) -> None:
    """List schedulers, optimizers, test functions or the rules of lint; with a name, all that is known of it."""
    from lrviz.cli.columns import described, overview
    from lrviz.cli.console import Streams
    from lrviz.documents.description import KINDS

    streams = Streams()
    if kind == "rules":
        streams.show(_rules(name))
        return
    registry = KINDS[kind]
    if name is None:
        streams.show(overview(registry))
        return
    found = registry.find(registry.spelled(name))
    if found is None:
        from lrviz.foundation.errors import UsageError

        raise UsageError(f"{name}: no such name among the {kind}; {registry.unknown(name)}")
    streams.show(described(found))


def _rules(name: str | None) -> RenderableType:
    """Return the table of the rules, or all about one."""
    from lrviz.cli.columns import rule_table
    from lrviz.linting.reports import explanation
    from lrviz.linting.rules import RULES, named

    return rule_table(RULES) if name is None else explanation(named(name, "list rules"))
