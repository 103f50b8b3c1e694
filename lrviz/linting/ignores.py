"""Comments that ignore a finding on their line: `T_max: 50  # lrviz: ignore[LR001] a wave is what this shows`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from lrviz.foundation.errors import Fault
from lrviz.language.marked_yaml import Marked
from lrviz.linting.finding import Finding
from lrviz.linting.rules import RULES, no_such_rule

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*?lrviz:\s*ignore(?P<ids>\[[^\]\n]*\])?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule that a comment ignores on its line; line and column from 1, where its id stands."""

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
    values = _values(marked.text)
    for match in _COMMENT.finditer(marked.text):
        if any(start <= match.start() < stop for start, stop in values):
            continue  # a # inside a text is no comment
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
                faults.append(Fault(f"{marked.source}:{line}:{column}", "", no_such_rule(each[0])))
    return found, faults


def _values(text: str) -> list[tuple[int, int]]:
    """Return where the scalars of a text stand, from and to."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [
        (token.start_mark.index, token.end_mark.index)
        for token in yaml.scan(text, Loader=loader)
        if isinstance(token, yaml.ScalarToken)
    ]


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
