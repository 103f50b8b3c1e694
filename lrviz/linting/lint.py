"""A document under all its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.schedule import Reference
from lrviz.foundation.errors import DocumentError, Fault, Refusal
from lrviz.language.length import has_unit
from lrviz.language.marked_yaml import Marked, Place, dotted
from lrviz.linting.context import Subject
from lrviz.linting.finding import Finding
from lrviz.linting.foreign import Foreign
from lrviz.linting.ignores import ignores, unused
from lrviz.linting.rule import DialectRule, Edit, Found, Rule, Severity
from lrviz.linting.rules import RULES


@dataclass(frozen=True, slots=True)
class Linted:
    """What lint made of one document, or of one recording, which has findings alone.

    findings: in the order of its lines; ignored: those that a comment ignores; faults: what is wrong with
    such comments, or with the document itself where it is not valid, and then there are no findings; fixed:
    what was found before `lrviz.linting.fixing` settled it; unfixed: why it did not apply the fix of a
    finding, by its id and field; read: the document, where it is valid. config: the config of another library that
    was linted; needed: the facts that it needs for a curve, and that were not given, and what each is; left_open: the
    keys of it whose values others fill in.
    """

    source: str
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    faults: tuple[Fault, ...]
    fixed: tuple[Finding, ...] = ()
    unfixed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    read: ScheduleDocument | None = None
    config: Foreign | None = None
    needed: Mapping[str, str] = field(default_factory=dict)
    left_open: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether there is a document, a config of another library, or a recording, that was linted."""
        return self.read is not None or self.config is not None or not self.faults

    @property
    def written(self) -> Marked:
        """What the user wrote; only for a document or a config."""
        return self.config.marked if self.config is not None else self.document.marked

    @property
    def document(self) -> ScheduleDocument:
        """The document; only where it is valid."""
        assert self.read is not None
        return self.read


def not_valid(source: str, error: DocumentError) -> Linted:
    """Return what lint reports of a document that is not valid: its faults, and nothing else."""
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
    config = subject.foreign
    if config is not None:
        found = _in_config(subject, config, rules)
    else:
        found = [_placed(rule, one, document.marked) for rule in rules for one in rule().look(subject)]
    written = document.marked if config is None else config.marked
    return replace(_told(found, written, rules), read=document, config=config)


def _in_config(subject: Subject, config: Foreign, rules: Sequence[type[Rule]]) -> list[Finding]:
    """Return the findings in a config of another library, in its own words.

    Where a rule of its dialect finds a mistake, that one says it best. A rule that speaks of a field of the native
    document, of which the config has none, has nothing to say to who wrote that.
    """
    own = _by_dialect(config, rules)
    known = {one.place for one in own if one.severity is not Severity.note}
    others = [
        _placed(rule, told, subject.document.marked)
        for rule in rules
        if not issubclass(rule, DialectRule)
        for one in rule().look(subject)
        if (told := _retold(one, subject.document.marked, config.marked)) is not None
    ]
    return own + [one for one in others if one.place not in known]


def _by_dialect(config: Foreign, rules: Sequence[type[Rule]]) -> list[Finding]:
    return [
        _placed(rule, one, config.marked)
        for rule in rules
        if issubclass(rule, DialectRule)
        for one in rule().found(config)
    ]


def _retold(found: Found, native: Marked, config: Marked) -> Found | None:
    """Return what a rule found by the key of the config that says it; None where that says something else."""
    path = native.told(found.path)
    key = found.path[-1] if found.path else ""
    word = re.compile(rf"\b{re.escape(str(key))}\b")
    if isinstance(key, int) or not word.search(found.message) or (path and path[-1] == key):
        return found
    if native.written(found.path) != config.written(path):
        return None
    return replace(found, message=word.sub(dotted(path), found.message))


def linted_config(config: Foreign, *, rules: Sequence[type[Rule]] = RULES) -> Linted:
    """Lint a config of another library; where its curve cannot be known, by the rules that need none.

    Raises DocumentError where something is wrong with it that no rule explains.
    """
    from lrviz.readers.translation import MissingFacts, translated

    try:
        native = translated(config.reader, config.marked, config.facts, config.folder)
        return linted(ScheduleDocument.of(native, config.folder), rules=rules)
    except MissingFacts as missing:
        left_open = tuple(fault.field for fault in missing.left_open)
        made = Linted(config.marked.source, (), (), (), config=config, needed=missing.needed, left_open=left_open)
    except DocumentError as wrong:
        explained = {one.place for one in _by_dialect(config, rules) if one.severity is Severity.error}
        if any(fault.place not in explained for fault in wrong.faults):
            raise
        made = Linted(config.marked.source, (), (), (), config=config)
    told = _told(_by_dialect(config, rules), config.marked, rules)
    return replace(made, findings=told.findings, ignored=told.ignored, faults=told.faults)


def _told(found: Sequence[Finding], marked: Marked, rules: Sequence[type[Rule]]) -> Linted:
    """Return the findings in what somebody wrote without those that comments ignore, and what is wrong with those."""
    ordered = sorted(found, key=lambda one: (one.line or 0, one.column or 0, one.id))
    comments, faults = ignores(marked)
    hiding = {(one.rule, one.line) for one in comments}
    hidden = [one for one in ordered if (one.id, one.line) in hiding]
    faults += unused(marked, comments, hidden, frozenset(rule.id for rule in rules))
    told = tuple(one for one in ordered if (one.id, one.line) not in hiding)
    return Linted(marked.source, told, tuple(hidden), tuple(faults))


def _placed(rule: type[Rule], found: Found, marked: Marked) -> Finding:
    where = marked.where(found.path)
    line, column = (where.line, where.column) if isinstance(where, Place) else (None, None)
    inside, fix = dotted(marked.told(found.path)), _own_edits(found.fix, marked)
    source = where.source if isinstance(where, Place) and where.source else marked.source
    return Finding(rule, source, marked.place(found.path), line, column, inside, found.message, fix)


def _own_edits(fix: Sequence[Edit], marked: Marked) -> tuple[Edit, ...]:
    """Return edits of a native document as edits of what somebody wrote, none where that says any of it otherwise."""
    if marked.origin is None:
        return tuple(fix)
    own = [(edit, marked.origins.get(edit.path)) for edit in fix]
    # A length with its unit is lrviz's own.
    if any(has_unit(edit.value) for edit in fix):
        return ()
    if all(path is not None and marked.written(edit.path) == marked.origin.written(path) for edit, path in own):
        return tuple(replace(edit, path=path) for edit, path in own if path is not None)
    return ()
