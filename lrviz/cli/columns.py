"""The tables of `lrviz list`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lrviz.documents.description import Describable, describe, sentence
from lrviz.documents.load import load
from lrviz.foundation.printable import printable
from lrviz.language.registry import folded

if TYPE_CHECKING:
    from lrviz.language.registry import Registry
    from lrviz.linting.rule import Rule


def overview(registry: Registry[Describable], part: str = "") -> RenderableType:
    """Return a table of names, each with the sentence that says what it is, or the package that adds it.

    part: only of names that hold this, - and _ aside.
    """
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, cls in zip(registry.names, registry, strict=True):
        if part in folded(name):
            table.add_row(name, Text(sentence(cls)))
    for name, entry in registry.offered().items():
        if part not in folded(name):
            continue
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an installed package"
        table.add_row(printable(name), Text(printable(f"Added by {package}.")))
    return table


def recipe_table() -> RenderableType:
    """Return a row for each recipe: what to type, its title, its optimizer and its chain."""
    from lrviz.runs.sources.recipes import PREFIX, recipes

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("recipe", "title", "optimizer", "schedule"):
        table.add_column(head, no_wrap=head == "recipe", style="bold" if head == "recipe" else "")
    for name, path in recipes().items():
        document = load(path)
        table.add_row(f"{PREFIX}{name}", document.title, document.optimizer.optimizer.name, document.chain)
    return table


def rule_table(rules: Sequence[type[Rule]]) -> RenderableType:
    """Return a row for each rule: its id, name and severity, and what it looks for."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("id", "severity", "name"):
        table.add_column(head, no_wrap=True, style="bold" if head == "id" else "")
    table.add_column("what it finds", overflow="fold")
    for rule in rules:
        table.add_row(rule.id, str(rule.severity), rule.name, Text(rule.what()))
    return table


def described(cls: Describable) -> RenderableType:
    """Return the whole description: sentence, formula, source, facts, and a table of parameters."""
    found = describe(cls)
    parts: list[RenderableType] = [Text(found.name, style="bold"), Text(""), Text(found.text)]
    if found.facts:
        facts = Table(box=None, show_header=False, pad_edge=False)
        facts.add_column(no_wrap=True, style="bold")
        facts.add_column(overflow="fold")
        for name, fact in found.facts:
            facts.add_row(name, Text(fact))
        parts += [Text(""), facts]
    if found.parameters:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for head in ("parameter", "default", "type", "what it is"):
            table.add_column(
                head, no_wrap=head == "parameter", style="bold" if head == "parameter" else "", overflow="fold"
            )
        for one in found.parameters:
            table.add_row(one.name, one.default, Text(one.kind), Text(one.what))
        parts.append(table)
    return Group(*parts)
