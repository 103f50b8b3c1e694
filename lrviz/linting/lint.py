"""A document under all its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.schedule import Reference
from lrviz.foundation.errors import DocumentError, Fault, Refusal
from lrviz.language.marked_yaml import Place, dotted
from lrviz.linting.context import Subject
from lrviz.linting.finding import Finding
from lrviz.linting.ignores import ignores, unused
from lrviz.linting.rule import Found, Rule
from lrviz.linting.rules import RULES


@dataclass(frozen=True, slots=True)
class Linted:
    """What lint made of one document, or of one recording, which has findings alone.

    findings: in the order of its lines; ignored: those that a comment ignores; faults: what is wrong with
    such comments, or with the document itself where it is not valid, and then there are no findings; fixed:
    what was found before `lrviz.linting.fixing` settled it; unfixed: why it did not apply the fix of a
    finding, by its id and field; read: the document, where it is valid.
    """

    source: str
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    faults: tuple[Fault, ...]
    fixed: tuple[Finding, ...] = ()
    unfixed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    read: ScheduleDocument | None = None

    @property
    def valid(self) -> bool:
        """Whether there is a document, or a recording, that was linted."""
        return self.read is not None or not self.faults

    @property
    def document(self) -> ScheduleDocument:
        """The document; only where it is valid."""
        assert self.read is not None
        return self.read


def not_valid(source: str, error: DocumentError) -> Linted:
    """Return what lint tells of a document that is not valid: its faults, and nothing else."""
    return Linted(source, (), (), error.faults)


def linted(
    document: ScheduleDocument, known: Reference | None = None, *, rules: Sequence[type[Rule]] = RULES
) -> Linted:
    """Lint a document; known: what the reference engine made of it, where that ran already.

    Raises DocumentError where torch refuses the schedule.
    """
    if known is None:
        try:
            known = reference.run(document)
        except Refusal as refusal:
            raise document.refused(refusal) from None
    subject = Subject(document, known)
    found = sorted(
        (_placed(rule, one, document) for rule in rules for one in rule().look(subject)),
        key=lambda one: (one.line or 0, one.column or 0, one.id),
    )
    comments, faults = ignores(document.marked)
    hiding = {(one.rule, one.line) for one in comments}
    hidden = [one for one in found if (one.id, one.line) in hiding]
    faults += unused(document.marked, comments, hidden, frozenset(rule.id for rule in rules))
    told = tuple(one for one in found if (one.id, one.line) not in hiding)
    return Linted(document.source, told, tuple(hidden), tuple(faults), read=document)


def _placed(rule: type[Rule], found: Found, document: ScheduleDocument) -> Finding:
    marked = document.marked
    where = marked.where(found.path)
    line, column = (where.line, where.column) if isinstance(where, Place) else (None, None)
    inside = dotted(found.path)
    source = where.source if isinstance(where, Place) and where.source else marked.source
    return Finding(rule, source, marked.place(found.path), line, column, inside, found.message, found.fix)
