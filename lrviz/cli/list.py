"""`lrviz list`: the schedulers, optimizers, functions, recipes, rules and dialects that lrviz has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

_TICK = "A tick is one call of scheduler.step(): after each epoch, step or batch, as interval and frequency say."
_KINDS = ("schedulers", "optimizers", "functions", "recipes", "rules", "dialects")


def _kind(given: str) -> str:
    """Return a kind as it is called here, from its singular or its plural in any case.

    Raises BadParameter.
    """
    from lrviz.foundation.wording import did_you_mean

    word = given.lower()
    for kind in _KINDS:
        if word in {kind, kind.removesuffix("s")}:
            return kind
    raise typer.BadParameter(f"{given!r} given; allowed are {', '.join(_KINDS)}{did_you_mean(word, _KINDS)}")


def _names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return what the shell may complete a name to."""
    # While the shell completes, no callback has made a plural of it.
    kind = f"{str(ctx.params.get('kind')).removesuffix('s')}s"
    if kind == "recipes":
        from lrviz.runs.sources.recipes import recipes

        known = list(recipes())
    elif kind == "dialects":
        from lrviz.readers import READERS

        known = READERS.names
    elif kind == "rules":
        from lrviz.linting.known import KNOWN

        known = [rule.id for rule in KNOWN]
    else:
        from lrviz.documents.description import KINDS

        known = [*KINDS[kind].names, *KINDS[kind].names_apart] if kind in KINDS else []
    return [name for name in known if name.startswith(incomplete)]


def list_(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            callback=_kind,
            autocompletion=lambda incomplete: [kind for kind in _KINDS if kind.startswith(incomplete)],
            help=f"What to list: {', '.join(_KINDS)}.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=_names,
            help="Describe one, with every parameter, or list all whose names contain this.",
        ),
    ] = None,
) -> None:
    """List schedulers, optimizers, test functions, recipes, rules of lint and record, or dialects; or describe one.

    A dialect is the config format of another library, which lrviz reads as it is.

    [bold]lrviz list schedulers cosine[/bold] lists those with cosine in their names.
    [bold]lrviz list recipes llama-7b[/bold] prints a document from which to start your own.
    """
    from lrviz.cli.console import Streams, write_stdout

    streams = Streams()
    if kind == "rules":
        streams.show(_rules(name))
    elif kind == "dialects":
        streams.show(_dialects(name))
    elif kind != "recipes":
        streams.show(_classes(kind, name))
        if kind == "schedulers":
            streams.show("")
            streams.show(_TICK)
    elif name is None:
        from lrviz.cli.columns import recipe_table

        streams.show(recipe_table())
    else:
        from lrviz.runs.sources.recipes import Recipe

        write_stdout(Recipe(name).read().marked.text)


def _classes(kind: str, name: str | None) -> RenderableType:
    """Return the table of a kind of classes, of those whose names hold a text, or the description of one.

    Raises UsageError where there is none.
    """
    from lrviz.cli.columns import described, holds, overview
    from lrviz.documents.description import KINDS
    from lrviz.language.registry import folded

    registry = KINDS[kind]
    if name is None:
        return overview(registry)
    if found := registry.find(registry.spelled(name)):
        return described(found)
    part = folded(name)
    if part and any(holds(part, one) for one in (*registry.names, *registry.offered(), *registry.names_apart)):
        return overview(registry, part)
    from lrviz.foundation.errors import UsageError

    raise UsageError(f"{name}: no such name among the {kind}; {registry.unknown(name)}")


def _dialects(name: str | None) -> RenderableType:
    """Return the table of the dialects, or all about one.

    Raises UsageError for one that is not known.
    """
    from lrviz.cli.columns import dialect, dialect_table
    from lrviz.readers import READERS

    if name is None:
        return dialect_table(READERS)
    reader = READERS.find(READERS.spelled(name))
    if reader is None:
        from lrviz.foundation.errors import UsageError

        raise UsageError(f"{name}: no such name among the dialects; {READERS.unknown(name)}")
    return dialect(reader)


def _rules(name: str | None) -> RenderableType:
    """Return the table of the rules, or all about one."""
    from lrviz.cli.columns import rule_table
    from lrviz.linting.known import KNOWN, named
    from lrviz.linting.reports import explanation

    return rule_table(KNOWN) if name is None else explanation(named(name, "list rules"))
