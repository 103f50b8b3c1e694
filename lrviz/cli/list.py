"""`lrviz list`: what lrviz knows, and every fact of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lrviz.functions import Function
    from lrviz.language.fields import Model


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
    from lrviz.cli.columns import overview
    from lrviz.cli.console import Streams

    streams = Streams()
    if kind is Kind.rules:
        streams.show(_rules(name))
        return
    known = _known(kind)
    if name is None:
        streams.show(overview(known))
        return
    from lrviz.errors import UsageError
    from lrviz.spec.faults import did_you_mean

    found = [spelled for spelled in known if _folded(spelled) == _folded(name)]
    if not found:
        probably = did_you_mean(name, known)
        raise UsageError(f"{name}: no such name among the {kind}; known are {', '.join(known)}{probably}")
    streams.show(_described(known[found[0]]))


def _rules(name: str | None) -> RenderableType:
    """Return the table of the rules, or all about one."""
    from lrviz.cli.columns import rule_table
    from lrviz.linting.reports import explanation
    from lrviz.linting.rules import RULES, named

    return rule_table(RULES) if name is None else explanation(named(name, "list rules"))


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _known(kind: Kind) -> Mapping[str, type[Model] | type[Function]]:
    """Return what there is of a kind, under the names that documents and commands call it by."""
    if kind is Kind.functions:
        from lrviz.functions import FUNCTIONS

        return {cls.name: cls for cls in FUNCTIONS}
    if kind is Kind.schedulers:
        from lrviz.schedulers import SCHEDULERS

        return {cls.__name__: cls for cls in SCHEDULERS}
    from lrviz.optimizers import OPTIMIZERS

    return {cls.__name__: cls for cls in OPTIMIZERS}


def _described(cls: type[Model] | type[Function]) -> RenderableType:
    from lrviz.cli.columns import described, surveyed
    from lrviz.functions import Function

    return surveyed(cls()) if issubclass(cls, Function) else described(cls)
