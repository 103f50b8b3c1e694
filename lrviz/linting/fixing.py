"""Fixes tried: those that bring another finding are not printed, and `--fix` applies the rest until none is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from lrviz.documents.load import loads
from lrviz.documents.parsing import parsed
from lrviz.documents.written import block
from lrviz.foundation.errors import DocumentError, Path
from lrviz.language.marked_yaml import Marked, dotted
from lrviz.linting.finding import Finding
from lrviz.linting.lint import Linted, linted, linted_config
from lrviz.linting.rewriting import edited, rewritten
from lrviz.linting.rule import DROP, DialectRule, Edit, Rule, Severity
from lrviz.linting.rules import RULES

_MOST_READ = 5000
"""Values of a document that are read again to try its fixes one by one; at each of them lint costs what it cost."""


def proven(checked: Linted, *, rules: Sequence[type[Rule]] = RULES, folder: FilePath = FilePath()) -> Linted:
    """Return what lint made of a document without the fixes that do not settle their finding, or bring another one.

    A rule knows its own mistake; a document may have two, of which one hides the other. Where there are more fixes
    than can be tried in the time that lint takes, the rest are left out too.
    """
    tries = max(1, _MOST_READ // max(1, len(checked.written.values)))
    findings = []
    for one in checked.findings:
        kept = False
        if one.fix and tries:
            tries -= 1
            kept = isinstance(_applied(checked, [one], rules, folder, anywhere=True), Linted)
        findings.append(one if kept or not one.fix else replace(one, fix=()))
    return replace(checked, findings=tuple(findings))


def fixed(checked: Linted, *, rules: Sequence[type[Rule]] = RULES, folder: FilePath = FilePath()) -> Linted:
    """Return a document with the fixes of its findings applied, linted again.

    Each application is judged by linting what comes of it: it is taken back where the finding stays, where another
    one comes, or where the document is wrong then. So every round leaves fewer findings, or one fix fewer to try.
    """
    fixed: list[Finding] = []
    refused: dict[tuple[str, str], str] = {}
    most = len(checked.findings)
    while todo := _apart([one for one in checked.findings if one.fix and (one.id, one.field) not in refused])[:most]:
        after = _applied(checked, todo, rules, folder)
        if isinstance(after, Linted):
            fixed += todo
            checked, most = after, 2 * most
            refused.clear()  # what was in the way may be gone
        elif len(todo) == 1:
            refused[todo[0].id, todo[0].field] = after
        else:
            # Together they fail: fewer of them at a time, down to the one that is at fault.
            most = len(todo) // 2
    # What is left is reported like any finding, with its fix if only the text of the document prevents it.
    left = proven(checked, rules=rules, folder=folder)
    reasons = {(one.id, one.field): why for one in left.findings if (why := refused.get((one.id, one.field)))}
    return replace(left, fixed=tuple(fixed), unfixed=reasons)


def _apart(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings whose fixes do not change the same part, the first of those that do."""
    edited: set[Path] = set()
    around: set[Path] = set()
    apart = []
    for one in findings:
        paths = [edit.path for edit in one.fix]
        above = [path[:length] for path in paths for length in range(len(path))]
        if edited.isdisjoint([*paths, *above]) and around.isdisjoint(paths):
            edited.update(paths)
            around.update(above)
            apart.append(one)
    return apart


def _applied(
    before: Linted,
    findings: Sequence[Finding],
    rules: Sequence[type[Rule]],
    folder: FilePath,
    *,
    anywhere: bool = False,
) -> Linted | str:
    """Return the document with the fixes of some findings, or why that is no help.

    anywhere: also where its text cannot take them; a text of its own then shows what they do.
    """
    marked = before.written
    edits = [edit for one in findings for edit in one.fix]
    text = None if marked.overridden or not marked.text else _text(marked, edits)
    if text is None and not anywhere:
        if marked.source.endswith(".py"):
            return "lrviz does not edit Python"
        if marked.source.endswith(".json"):
            return "lrviz does not add keys to JSON"
        return "what the fix changes is in an alias, or behind an anchor that others use"
    try:
        if before.config is not None:
            made = (
                Marked(marked.source, edited(marked.data, edits))
                if text is None
                else parsed(text, marked.source, marked.source)
            )
            after = linted_config(replace(before.config, marked=made), rules=rules)
        else:
            text = "\n".join(block(edited(marked.data, edits))) if text is None else text
            after = linted(loads(text, source=marked.source, folder=folder), rules=rules)
    except DocumentError as error:
        fault = error.faults[0]
        return f"the document would then be invalid: {fault.field}: {fault.text}"
    return unsettled(before, after, findings) or after


def _text(marked: Marked, edits: Sequence[Edit]) -> str | None:
    """Return the text of a document with edits applied, None where it cannot take them."""
    added = any(edit.value is not DROP and marked.written(edit.path) is None for edit in edits)
    if marked.source.endswith(".py") or (added and marked.source.endswith(".json")):
        return None
    return rewritten(marked.text, edits)


def unsettled(before: Linted, after: Linted, findings: Sequence[Finding]) -> str:
    """Return what is wrong with fixes by what lint says after them; nothing where they settle it.

    A finding is another one where its rule found nothing at its path before. What stood inside a part that a fix
    wrote anew may have moved in there.
    """
    moved = [
        dotted(edit.path)
        for one in findings
        for edit in one.fix
        if edit.value is not DROP and isinstance(edit.value, dict | list)
    ]

    def known(one: Finding) -> tuple[str, str]:
        inside = (path for path in moved if one.field == path or one.field.startswith((f"{path}.", f"{path}[")))
        return one.id, next(inside, one.field)

    told, remaining = (Counter(map(known, each.findings)) for each in (before, after))
    # How a library's warm-ups begin is not a mistake that a fix could cause.
    notes = (one for one in after.findings if one.severity is Severity.note)
    facts = {known(one) for one in notes if issubclass(one.rule, DialectRule)}
    for name in (remaining - told).keys() - facts:
        return f"the fix would cause {' at '.join(part for part in name if part)}"
    for one in findings:
        if remaining[known(one)] >= told[known(one)]:
            return "the fix would not resolve it"
    faults = {fault.text for fault in before.faults}
    return next((fault.text for fault in after.faults if fault.text not in faults), "")
