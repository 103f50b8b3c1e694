"""What lint reports: a finding at its place."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from lrviz.language.marked_yaml import dotted
from lrviz.linting.rule import Edit, Mistake, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in one document, or in one recorded run.

    place: `file:line:column`, or the words of the command line that set the value; of a run, the `file:line` of its
    program. line, column: from 1, None where the place is no line of a file. field: the path of the value. fix: the
    edits that settle it; remedy: in words, what to change in a program.
    """

    rule: type[Mistake]
    source: str
    place: str
    line: int | None
    column: int | None
    field: str
    message: str
    fix: tuple[Edit, ...] = ()
    remedy: str = ""

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return self.rule.severity

    @override
    def __str__(self) -> str:
        """The finding in one line: place, id, field, sentence."""
        return f"{self.place}: {self.id} {': '.join(part for part in (self.field, self.message) if part)}"

    @property
    def fix_lines(self) -> tuple[str, ...]:
        """The edits as lines to paste, each with the part of the document it belongs to where that is another."""
        if self.remedy:
            return (self.remedy,)
        lines = []
        for edit in self.fix:
            inside = dotted(edit.path[:-1])
            here = inside == self.field.rpartition(".")[0]
            text = edit.python if self.source.endswith(".py") else edit.text
            lines.append(text if here or not inside else f"{text}   (in {inside})")
        return tuple(lines)
