"""Comments that ignore a finding on their line: `T_max: 50  # lrviz: ignore[LR001] a wave is what this shows`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lrviz.documents.layout import comments
from lrviz.foundation.errors import Fault
from lrviz.language.marked_yaml import Marked
from lrviz.linting.finding import Finding
from lrviz.linting.rules import RULES

_IGNORE = re.compile(r"#[^\n]*?lrviz:\s*ignore(?P<ids>\[[^\]\n]*\])?")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule that a comment ignores on its line; line and column of its id, from 1."""

    rule: str
    line: int
    column: int

    def hides(self, finding: Finding) -> bool:
        """Tell whether it ignores a finding."""
        return finding.line == self.line and finding.id == self.rule


def ignores(marked: Marked) -> tuple[list[Ignore], list[Fault]]:
    """Return what the comments of a document ignore, and what is wrong with those comments."""
    found: list[Ignore] = []
    faults: list[Fault] = []
    if "lrviz:" not in marked.text:
        return found, faults
    for start, stop in _comments(marked):
        match = _IGNORE.match(marked.text, start, stop)
        if match is None:
            continue
        line = marked.text.count("\n", 0, match.start()) + 1
        head = marked.text.rfind("\n", 0, match.start())
        if not match["ids"] or not match["ids"].strip("[] "):
            place = f"{marked.source}:{line}:{match.start() - head}"
            told = "lrviz: ignore without rules; name them, as in # lrviz: ignore[LR001]"
            faults.append(Fault(place, "", told))
            continue
        for each in re.finditer(r"[^\s,\[\]]+", match["ids"]):
            column = match.start("ids") + each.start() - head
            if any(rule.id == each[0] for rule in RULES):
                found.append(Ignore(each[0], line, column))
            else:
                from lrviz.linting.known import no_such_rule

                faults.append(Fault(f"{marked.source}:{line}:{column}", "", no_such_rule(each[0])))
    return found, faults


def _comments(marked: Marked) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a document begin and end, in characters."""
    if marked.source.endswith(".py"):
        from lrviz.language import marked_python

        yield from marked_python.comments(marked.text)
    elif not marked.source.endswith(".json"):
        yield from (comment.span() for comment in comments(marked.text))


def unused(
    marked: Marked, comments: Iterable[Ignore], findings: Iterable[Finding], judged: frozenset[str]
) -> list[Fault]:
    """Return the comments that ignore nothing, of rules that were judged."""
    told = list(findings)
    return [
        Fault(
            f"{marked.source}:{one.line}:{one.column}",
            "",
            f"the comment ignores {one.rule}, which finds nothing on this line; drop it",
        )
        for one in comments
        if one.rule in judged and not any(one.hides(finding) for finding in told)
    ]
