"""The parts of docs that are written from the code: commands, rules, the keys of documents, schedulers, optimizers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from inspect import getdoc
from itertools import chain
from textwrap import dedent

from lrviz.cli.app import Commands, command
from lrviz.documents.description import Parameter, describe, sentence
from lrviz.documents.groups import LayerDecay
from lrviz.documents.load import loads
from lrviz.documents.metric import Metric
from lrviz.documents.schedule import ScheduleDocument
from lrviz.documents.schema import document_schema
from lrviz.documents.swa import Swa
from lrviz.documents.written_race import WrittenRace
from lrviz.language.fields import Model
from lrviz.linting.causes import CAUSES
from lrviz.linting.causes.cause import Cause
from lrviz.linting.finding import Finding
from lrviz.linting.lint import linted
from lrviz.linting.rule import DialectRule, Mistake, Rule
from lrviz.linting.rules import RULES
from lrviz.optimizers import OPTIMIZERS
from lrviz.runs.differing.explanations import EXPLANATIONS
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping
from tests.shown import folded


def commands() -> Iterator[str]:
    """Yield a section for each command: its help, and every argument and option."""
    assert isinstance(command, Commands)
    root = command.make_context("lrviz", [], resilient_parsing=True)
    for name, one in command.commands.items():
        context = one.make_context(name, [], parent=root, resilient_parsing=True)
        yield f"## lrviz {name}\n"
        yield f"```\n{' '.join(one.get_usage(context).split()).removeprefix('Usage: ')}\n```\n"
        yield f"{_prose(one.help or '')}\n"
        records = [each.get_help_record(context) for each in one.params]
        yield from _table(("argument or option", "what it does"), [_option(each) for each in records if each])


def _option(record: tuple[str, str]) -> tuple[str, str]:
    spelled, told = record
    return f"`{spelled.replace('|', PIPE)}`", _cell(told)


def _prose(text: str) -> str:
    """Return the help of a command as Markdown: bold words are commands, and begin a paragraph at a line's start."""
    told = text.replace(r"\[", "[").replace("[bold]", "`").replace("[/bold]", "`").replace("<", "\\<")
    parts = (" ".join(part.split()) for part in re.sub(r"\n(?=`)", "\n\n", told).split("\n\n"))
    return "\n\n".join(parts)


def rules() -> Iterator[str]:
    """Yield the tables of rules, and a section for each: why it matters, an example, and what it says of it."""
    of_configs = [one for one in RULES if issubclass(one, DialectRule)]
    of_documents = [one for one in RULES if one not in of_configs]
    kinds: list[tuple[str, str, list[type[Mistake]]]] = [
        ("Documents", "About a schedule document and its curve.", [*of_documents]),
        (
            "Configs of other libraries",
            "About the configs that lrviz [reads](dialects.md). They need no curve.",
            [*of_configs],
        ),
        ("Recorded runs", "About a run that `lrviz record` has seen: see [recording](recording.md).", [*CAUSES]),
    ]
    for head, told, found in kinds:
        yield f"## {head}\n"
        yield f"{told}\n"
        links = (f"[{one.id}](#{one.id.lower()}-{one.name})" for one in found)
        rows = [(link, one.severity.value, _cell(one.what())) for link, one in zip(links, found, strict=True)]
        yield from _table(("rule", "severity", "what it finds"), rows)
    yield "## Differences\n"
    yield "The explanations that `lrviz diff` reports for a difference; see [comparing](diff.md).\n"
    yield from _table(
        ("id", "name", "meaning"), [(one.id, one.name, _cell(sentence(type(one)))) for one in EXPLANATIONS]
    )
    for rule in chain.from_iterable(found for _, _, found in kinds):
        yield from _rule(rule)


def _rule(rule: type[Mistake]) -> Iterator[str]:
    finding = example(rule)
    language = "python" if issubclass(rule, Cause) or finding.source.endswith(".py") else "yaml"
    yield f"### {rule.id} {rule.name}\n"
    yield f"*{rule.severity.value.capitalize()}.* {_cell(rule.what())}\n"
    yield f"{_cell(rule.why())}\n"
    yield f"```{language}\n{rule.fires.rstrip()}\n```\n"
    fix = "".join(f"\nfix: {line}" for line in finding.fix_lines[:1])
    field = f"{finding.field}: " if finding.field else ""
    yield f"```text\n{folded(f'{finding.place}: {field}{finding.message}')}{fix}\n```\n"


def example(rule: type[Mistake]) -> Finding:
    """Return what a rule finds in its own example."""
    from tests.test_causes import on_ranks, played
    from tests.test_foreign_lint import found

    if issubclass(rule, Cause):
        from lrviz.linting.caused import caused

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (finding,) = caused((on_ranks if "rank" in rule.fires else played)(rule.fires))
        return finding
    if issubclass(rule, DialectRule):
        checked = found(rule, rule.fires)
    else:
        assert issubclass(rule, Rule)
        checked = linted(loads(rule.fires, source="run.yaml"))
    return next(one for one in checked.findings if one.id == rule.id)


PIPE = r"\|"
"""What a table takes for a vertical bar, in code, too."""
_ADDRESS = re.compile(r"(https://[^\s;,]*[^\s;,.)])")
_UNITS = {
    "epochs": "epochs", "steps": "updates", "steps_per_epoch": "updates", "dataset_size": "samples",
    "batch_size": "samples", "batches_per_epoch": "batches", "grad_accumulation": "batches", "patience": "ticks",
    "cooldown": "ticks", "frequency": "intervals", "repeat": "ticks",
}  # fmt: skip
"""What keys count that are no lengths."""
_MAPPINGS = {"optimizer": "mapping", "scheduler": "mapping, or list of mappings", "metric": "mapping", "swa": "mapping"}


def documents() -> Iterator[str]:
    """Yield the keys of schedule documents, of their parts, and of race documents."""
    yield "## Keys of a schedule document\n"
    yield from _keys(ScheduleDocument)
    yield "## Keys of an optimizer\n"
    yield "`name`, the hyperparameters of its class (see [optimizers](optimizers.md)), and either of:\n"
    optimizer = document_schema()["$defs"]["SGD"]["properties"]
    yield from _table(
        ("key", "type", "what it is"),
        [(f"`{key}`", kind, _cell(optimizer[key]["description"]))
         for key, kind in (("groups", "list of mappings"), ("layer_decay", "mapping"))],
    )  # fmt: skip
    yield "A group has any hyperparameter of its optimizer, and:\n"
    group = optimizer["groups"]["items"]["properties"]
    yield from _table(
        ("key", "type", "what it is"),
        [(f"`{key}`", kind, _cell(group[key]["description"])) for key, kind in (("name", "text"), ("added", "length"))],
    )  # fmt: skip
    yield "`layer_decay` has:\n"
    yield from _keys(LayerDecay)
    yield "## Keys of every scheduler\n"
    yield "Beside `name` and the parameters of its class (see [schedulers](schedulers.md)):\n"
    yield from _keys(Stepping)
    yield "## Keys of metric\n"
    yield from _keys(Metric)
    yield "## Keys of swa\n"
    yield from _keys(Swa, without=set(Stepping.model_fields) - {"start"})
    yield "## Keys of a race document\n"
    kinds = {"average": "text | mapping", "entries": "list of text | mapping"}
    yield from _keys(WrittenRace, kinds=kinds, units={"steps": "evaluations"})


def schedulers() -> Iterator[str]:
    """Yield every scheduler with its formula and its parameters."""
    yield from _classes([*SCHEDULERS, *SCHEDULERS.apart.values()], without=set(Stepping.model_fields))


def optimizers() -> Iterator[str]:
    """Yield every optimizer with its update and its hyperparameters."""
    yield from _classes(OPTIMIZERS)
    yield "## Optimizers that host schedules\n"
    yield "They cannot race: lrviz does not know their updates.\n"
    apart = OPTIMIZERS.apart
    rows = [
        (f"`{name}`", ", ".join(f"`{key.name}`" for key in describe(cls).parameters)) for name, cls in apart.items()
    ]
    yield from _table(("optimizer", "hyperparameters"), rows)


def _classes(classes: Iterable[type[Model]], *, without: Iterable[str] = ()) -> Iterator[str]:
    for cls in classes:
        told = describe(cls)
        head, *rest = (getdoc(cls) or "").split("\n\n")
        yield f"## {told.name}\n"
        yield f"{_cell(head)}\n"
        for part in rest:
            yield _paragraph(part)
        for name, fact in told.facts:
            yield f"{name.capitalize()}: {_cell(fact)}.\n"
        yield from _keys(cls, without=without)


def _paragraph(text: str) -> str:
    """Return a paragraph of a docstring; what is indented in it is a formula, as it is typed."""
    first, indented, formula = text.partition("\n    ")
    return f"{_cell(first)}\n\n```text\n{dedent('    ' + formula)}\n```\n" if indented else f"{_cell(text)}\n"


def _keys(
    model: type[Model],
    *,
    kinds: Mapping[str, str] = _MAPPINGS,
    units: Mapping[str, str] = _UNITS,
    without: Iterable[str] = (),
) -> Iterator[str]:
    own = [one for one in describe(model).parameters if one.name not in without]
    title = model.model_fields.get("name")
    if title is not None and title.description:
        own.insert(0, Parameter("name", "none", "text", title.description))
    yield from _table(("key", "default", "type", "unit", "what it is"), [_key(one, kinds, units) for one in own])


def _key(one: Parameter, kinds: Mapping[str, str], units: Mapping[str, str]) -> tuple[str, ...]:
    kind = kinds.get(one.name, one.kind)
    default = f"`{one.default}`" if one.default not in {"required", "none"} else one.default
    unit = "ticks" if "length" in kind else units.get(one.name, "") if "number" in kind else ""
    return f"`{one.name}`", default, _cell(kind), unit, _cell(one.what)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [head, ("---",) * len(head), *rows]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines if rows or line is head) + "\n"


def _cell(text: str) -> str:
    """Return a text for a table or a line: nothing in it but words in backticks is Markdown."""
    parts = " ".join(text.split()).split("`")
    return "`".join(part.replace("|", PIPE) if at % 2 else _plain(part) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    """Return a text without backticks as Markdown, its addresses as links."""
    return "".join(
        f"<{part}>" if at % 2 else re.sub(r"([*_<|])", r"\\\1", part) for at, part in enumerate(_ADDRESS.split(text))
    )
