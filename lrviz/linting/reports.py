"""Findings as text for people, and as JSON, SARIF and GitHub's annotations for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lrviz.documents.faults import position
from lrviz.foundation.errors import Fault
from lrviz.foundation.numerals import plural
from lrviz.foundation.printable import printable
from lrviz.foundation.version import __version__
from lrviz.language.choices import ReportFormat
from lrviz.linting.finding import Finding
from lrviz.linting.known import KNOWN
from lrviz.linting.lint import Linted
from lrviz.linting.rule import Mistake, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


NOT_VALID, WRONG_COMMENT = "invalid-document", "ignore-comment"
FAULTS = {
    NOT_VALID: "The document is not valid: it cannot be read or run, and no rule was run on it.",
    WRONG_COMMENT: "A comment that ignores a rule names none, or one that finds nothing on its line.",
}
"""What replaces the id of a rule if a document itself is at fault, and what that means."""


def unread_words(each: Linted) -> str:
    """Say which facts would allow the rules that need a curve, and which values of the config would."""
    assert each.config is not None
    asked = ", ".join(f"--given {key}=... ({told})" for key, told in each.needed.items())
    others = [f"to run the others, give {asked}"] if asked else []
    others += [f"it leaves {', '.join(each.left_open)} to other files"] if each.left_open else []
    told = f"read as {each.config.reader.title}; only the rules that need no curve were run"
    return f"{each.source}: {'; '.join([told, *others])}"


def _kind(each: Linted) -> str:
    return WRONG_COMMENT if each.valid else NOT_VALID


def text_report(checked: Sequence[Linted]) -> str:
    """Return the findings for people: what, why and the lines that settle it, and a summary at the end."""
    return "\n".join([*(printable(line) for each in checked for line in _lines(each)), *summary(checked)]) + "\n"


def finding_lines(one: Finding) -> Iterator[str]:
    """Yield a finding for people: where and what, why, and what settles it."""
    yield f"{one.place}: {one.severity} {one.id}: {_told(one.field, one.message)}"
    yield f"    why: {one.rule.why()}"
    yield from (f"    {'fix:' if not index else '    '} {line}" for index, line in enumerate(one.fix_lines))


def _lines(each: Linted) -> Iterator[str]:
    for fault in each.faults:
        yield f"{fault.place}: error {_kind(each)}: {_told(fault.field, fault.text)}"
    for one in each.fixed:
        yield f"{one.place}: fixed {one.id}: {'; '.join(one.fix_lines)}"
    for one in each.findings:
        yield from finding_lines(one)
        if told := each.unfixed.get((one.id, one.field)):
            yield f"    not fixed: {told}"


def _told(field: str, text: str) -> str:
    return f"{field}: {text}" if field else text


def summary(checked: Sequence[Linted]) -> Iterator[str]:
    """Yield how much was found in how much, and how many documents are not valid."""
    valid = [each for each in checked if each.valid]
    if valid:
        yield _sum(valid)
    if len(valid) < len(checked):
        yield f"{plural(len(checked) - len(valid), 'document')} not valid"


def _sum(checked: Sequence[Linted]) -> str:
    found = [one for each in checked for one in each.findings]
    ignored = sum(len(each.ignored) for each in checked)
    fixed = sum(len(each.fixed) for each in checked)
    read = sum(each.read is not None or each.config is not None for each in checked)
    numbers = {"document": read, "recording": len(checked) - read}
    documents = ", ".join(plural(number, noun) for noun, number in numbers.items() if number)
    documents += f": {fixed} fixed" if fixed else ""
    rest = f"; {ignored} ignored" if ignored else ""
    if not found:
        return f"{documents}, nothing left{rest}" if fixed else f"{documents}: nothing found{rest}"
    count = {severity: sum(one.severity is severity for one in found) for severity in Severity}
    told = ", ".join(plural(count[each], each) for each in Severity if count[each] or each is not Severity.note)
    return f"{documents}{',' if fixed else ':'} {told}{rest}. `lrviz lint --explain {found[0].id}` says more."


def json_report(checked: Sequence[Linted]) -> str:
    """Return the findings as JSON (RFC 8259); of a document with faults those too."""
    record = {
        "lrviz": __version__,
        "documents": [
            {
                "source": each.source,
                "findings": [_record(one) for one in each.findings],
                "ignored": [_record(one) for one in each.ignored],
                "fixed": [_record(one) for one in each.fixed],
                "faults": [_fault_record(fault, _kind(each)) for fault in each.faults],
            }
            for each in checked
        ],
    }
    return json.dumps(record, allow_nan=False, ensure_ascii=False, indent=2) + "\n"


def _record(one: Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.rule.name,
        "severity": str(one.severity),
        "line": one.line,
        "column": one.column,
        "field": one.field,
        "message": one.message,
        "why": one.rule.why(),
        "fix": list(one.fix_lines),
    }


def _fault_record(fault: Fault, kind: str) -> dict[str, Any]:
    line, column = _where(fault)
    return {"name": kind, "line": line, "column": column, "field": fault.field, "message": fault.text}


def _where(fault: Fault) -> tuple[int | None, int | None]:
    line, column = position(fault)
    return (line, column) if line else (None, None)


def github_report(checked: Sequence[Linted]) -> str:
    """Return the findings as workflow commands, which GitHub shows beside the lines of a pull request."""
    return "".join(line for each in checked for line in _commands(each))


def _commands(each: Linted) -> Iterator[str]:
    for fault in each.faults:
        yield _command("error", each.source, _where(fault), _kind(each), [_told(fault.field, fault.text)])
    for one in each.findings:
        level = "notice" if one.severity is Severity.note else one.severity
        yield _command(level, one.source, (one.line, one.column), f"{one.id} {one.rule.name}", _message(one))


def _command(level: str, file: str, where: tuple[int | None, int | None], title: str, told: Iterable[str]) -> str:
    given = {"file": file, "line": where[0], "col": where[1], "title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in given.items() if value is not None)
    return f"::{level} {properties}::{'%0A'.join(map(_data, told))}\n"


def _data(text: str) -> str:
    """Return text as the data of a workflow command, on one line whatever it holds."""
    return printable(text).replace("%", "%25")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


def sarif_report(checked: Sequence[Linted]) -> str:
    """Return the findings as SARIF 2.1.0, which code hosts and editors read; ignored ones as suppressed."""
    kinds = list(dict.fromkeys(_kind(each) for each in checked if each.faults))
    results = [
        _fault_result(fault, each, len(KNOWN) + kinds.index(_kind(each))) for each in checked for fault in each.faults
    ]
    results += [
        _result(one, suppressed=suppressed)
        for each in checked
        for suppressed, some in ((False, each.findings), (True, each.ignored))
        for one in some
    ]
    driver = {
        "name": "lrviz",
        "version": __version__,
        "rules": [
            *map(_descriptor, KNOWN),
            *({"id": kind, "shortDescription": {"text": FAULTS[kind]}} for kind in kinds),
        ],
    }
    record = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(record, allow_nan=False, ensure_ascii=False, indent=2) + "\n"


def _descriptor(rule: type[Mistake]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.__name__,
        "shortDescription": {"text": rule.what()},
        "fullDescription": {"text": rule.why()},
        "help": {"text": explanation(rule)},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(one: Finding, *, suppressed: bool) -> dict[str, Any]:
    return {
        "ruleId": one.id,
        "ruleIndex": KNOWN.index(one.rule),
        "level": str(one.severity),
        "message": {"text": "\n".join(_message(one))},
        "locations": [_location(one.source, one.line, one.column)],
        **({"suppressions": [{"kind": "inSource"}]} if suppressed else {}),
    }


def _fault_result(fault: Fault, each: Linted, index: int) -> dict[str, Any]:
    return {
        "ruleId": _kind(each),
        "ruleIndex": index,
        "level": "error",
        "message": {"text": _told(fault.field, fault.text)},
        "locations": [_location(each.source, *_where(fault))],
    }


def _location(source: str, line: int | None, column: int | None) -> dict[str, Any]:
    at = {"startLine": line, "startColumn": column}
    region = {} if line is None else {"region": {key: number for key, number in at.items() if number is not None}}
    path = PurePath(source)
    # Bytes, so that a name that is not UTF-8 has an address too.
    uri = path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}


def _message(one: Finding) -> list[str]:
    return [_told(one.field, one.message), *(f"fix: {line}" for line in one.fix_lines)]


def explanation(rule: type[Mistake]) -> str:
    """Return a rule in full: what, why, a document that has the mistake and one that does not."""

    def shown(document: str) -> str:
        return "\n".join(f"    {line}" for line in document.rstrip().splitlines())

    return "\n".join(
        [
            f"{rule.id} {rule.name} ({rule.severity})",
            "",
            rule.what(),
            rule.why(),
            "",
            "Reported for:",
            shown(rule.fires),
            "",
            "Not reported for:",
            shown(rule.near),
            "",
            rule.allowed(),
        ]
    )


REPORTS: dict[ReportFormat, Callable[[Sequence[Linted]], str]] = {
    "text": text_report,
    "json": json_report,
    "sarif": sarif_report,
    "github": github_report,
}
