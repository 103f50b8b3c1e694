"""The tables of `lrviz list`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from inspect import getdoc
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from lrviz.documents.description import Describable, describe, sentence
from lrviz.documents.load import load
from lrviz.foundation.printable import printable
from lrviz.language.registry import folded
from lrviz.render.text.fitted_table import Column, FittedTable

if TYPE_CHECKING:
    from lrviz.language.registry import Registry
    from lrviz.linting.rule import Mistake
    from lrviz.readers import Reader


def overview(registry: Registry[Describable], part: str = "") -> RenderableType:
    """Return a table of names, each with the sentence that says what it is, or the package that adds it.

    part: only of those that `holds` finds.
    """
    told = {
        name: sentence(cls)
        for name, cls in zip(registry.names, registry, strict=True)
        if holds(part, name, sentence(cls))
    }
    for name, entry in registry.offered().items():
        if part not in folded(name):
            continue
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an installed package"
        told[printable(name)] = printable(f"Added by {package}.")
    apart = {name: sentence(cls) for name, cls in registry.apart.items() if holds(part, name, sentence(cls))}
    own = FittedTable([_bold("", told), Column("", list(told.values()), 1, "text")])
    if not apart:
        return own
    races = registry.kind == "optimizer"
    head = Text("Of other libraries, for schedules only; they cannot race:" if races else "Of other libraries:")
    others = FittedTable([_bold("", apart), Column("", list(apart.values()), 1, "text")])
    return Group(own, head, others) if told else Group(head, others)


def holds(part: str, name: str, told: str = "") -> bool:
    """Return whether a name holds a text, - and _ aside, or its sentence gives that as its short name: "(WSD)"."""
    return part in folded(name) or f"({part})" in told.lower()


def _bold(head: str, names: Iterable[str]) -> Column:
    """Return the column that names the rows."""
    return Column(head, [Text(name, style="bold") for name in names], kind="word")


def recipe_table() -> RenderableType:
    """Return a row for each recipe: what to type, its title, its optimizer and its chain."""
    from lrviz.runs.sources.recipes import PREFIX, recipes

    known = {f"{PREFIX}{name}": load(path) for name, path in recipes().items()}
    return FittedTable(
        [
            _bold("recipe", known),
            Column("title", [document.title for document in known.values()], 1, "text"),
            Column("optimizer", [document.optimizer.optimizer.name for document in known.values()], 3, "word"),
            Column("schedule", [document.chain for document in known.values()], 2, "text"),
        ]
    )


def dialect_table(readers: Iterable[type[Reader]]) -> RenderableType:
    """Return a row for each dialect: its name, its library, and the facts that --given takes."""
    from lrviz.readers.later import Later

    known = list(readers)
    needs = ["not read yet" if issubclass(one, Later) else ", ".join(one.facts) or "-" for one in known]
    return FittedTable(
        [
            _bold("dialect", [reader.name for reader in known]),
            Column("configs of", [reader.title for reader in known], 1, "text"),
            Column("facts for --given", needs, 2, "text"),
        ]
    )


def dialect(reader: type[Reader]) -> RenderableType:
    """Return all about a dialect: how it is recognised, which facts it needs besides the file, and an example."""
    from lrviz.readers.facts import told

    facts = [reader.library, *reader.facts] if reader.library else list(reader.facts)
    parts: list[RenderableType] = [Text(reader.name, style="bold"), Text(""), *_lines(getdoc(reader) or "")]
    if facts:
        columns = [
            _bold("--given", facts),
            Column("what it is", [told(one, reader.newest) for one in facts], 1, "text"),
        ]
        parts += [Text(""), FittedTable(columns)]
    if reader.example:
        parts += [Text(""), Text("Such a config:"), Text(""), Text(reader.example.rstrip())]
    return Group(*parts)


def _lines(text: str) -> Iterator[RenderableType]:
    """Yield a docstring for any width: its paragraphs, and what is indented as lines that stay so where they wrap."""
    told: list[str] = []
    for line in text.splitlines():
        inside = len(line) - len(line.lstrip())
        if line and not inside:
            told.append(line)
            continue
        if told:
            yield Text(" ".join(told))
            told = []
        yield Padding(Text(line[inside:]), (0, 0, 0, inside), expand=False) if line else Text("")
    if told:
        yield Text(" ".join(told))


def rule_table(rules: Sequence[type[Mistake]]) -> RenderableType:
    """Return a row for each rule: its id, name and severity, and what it looks for."""
    return FittedTable(
        [
            _bold("id", [rule.id for rule in rules]),
            Column("severity", [str(rule.severity) for rule in rules], 1, "word"),
            Column("name", [rule.name for rule in rules], kind="word"),
            Column("what it finds", [rule.what() for rule in rules], 2, "text"),
        ]
    )


def described(cls: Describable) -> RenderableType:
    """Return the whole description: sentence, formula, source, facts, and a table of parameters."""
    found = describe(cls)
    parts: list[RenderableType] = [Text(found.name, style="bold"), Text(""), *_lines(found.text)]
    if found.facts:
        names, told = zip(*found.facts, strict=True)
        parts += [Text(""), FittedTable([_bold("", names), Column("", told, 1, "text")])]
    if found.parameters:
        columns = [
            _bold("parameter", [one.name for one in found.parameters]),
            Column("default", [one.default for one in found.parameters], 1, "text"),
            Column("type", [one.kind for one in found.parameters], 2, "text"),
            Column("what it is", [one.what for one in found.parameters], 3, "text"),
        ]
        parts += [Text(""), FittedTable(columns)]
    return Group(*parts)
