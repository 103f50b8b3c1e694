"""`lrviz list`: what lrviz knows, and every parameter of each."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lrviz.language.fields import Model


class Kind(StrEnum):
    """What can be listed."""

    schedulers = "schedulers"
    optimizers = "optimizers"


def list_(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="What to list.")],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show one, with every parameter.")] = None,
) -> None:
    """List schedulers or optimizers; with a name, its parameters, defaults, formula and source."""
    from lrviz.cli.console import Streams

    known = _known(kind)
    streams = Streams()
    if name is None:
        from lrviz.cli.columns import overview

        streams.show(overview(known))
        return
    from lrviz.cli.columns import described
    from lrviz.errors import UsageError
    from lrviz.spec.faults import did_you_mean

    found = [model for model in known if model.__name__.lower() == name.lower()]
    if not found:
        names = [model.__name__ for model in known]
        probably = did_you_mean(name, names)
        raise UsageError(f"{name}: no such name among the {kind}; known are {', '.join(names)}{probably}")
    streams.show(described(found[0]))


def _known(kind: Kind) -> tuple[type[Model], ...]:
    if kind is Kind.schedulers:
        from lrviz.schedulers import SCHEDULERS

        return SCHEDULERS
    from lrviz.optimizers import OPTIMIZERS

    return OPTIMIZERS
