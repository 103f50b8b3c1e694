"""Findings as text for people, and as JSON, SARIF and GitHub's annotations for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lrviz.foundation.numerals import plural
from lrviz.foundation.version import __version__
from lrviz.linting.finding import Finding
from lrviz.linting.lint import Linted
from lrviz.linting.rule import Rule, Severity
from lrviz.linting.rules import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def text_report(checked: Sequence[Linted]) -> str:
    """Return the findings for people: what, why and the lines that settle it, and a sum at the end."""
    fixed = [f"{one.place}: fixed {one.id}: {'; '.join(one.fix_lines)}" for each in checked for one in each.fixed]
    blocks = [_block(one, each.unfixed.get((one.id, one.field))) for each in checked for one in each.findings]
    return "\n".join([*fixed, *blocks, summary(checked)]) + "\n"


def _block(one: Finding, unfixed: str | None) -> str:
    head = f"{one.place}: {one.severity} {one.id}: {': '.join(part for part in (one.field, one.message) if part)}"
    lines = [head, f"    why: {one.rule.why()}"]
    lines += [f"    {'fix:' if not index else '    '} {line}" for index, line in enumerate(one.fix_lines)]
    lines += [f"    not fixed: {unfixed}"] if unfixed else []
    return "\n".join(lines)


def summary(checked: Sequence[Linted]) -> str:
    """Return one line: how much was found in how much."""
    found = [one for each in checked for one in each.findings]
    ignored = sum(len(each.ignored) for each in checked)
    fixed = sum(len(each.fixed) for each in checked)
    documents = plural(len(checked), "document") + (f": {fixed} fixed" if fixed else "")
    rest = f"; {ignored} ignored" if ignored else ""
    if not found:
        return f"{documents}, nothing left{rest}" if fixed else f"{documents}: nothing found{rest}"
    errors = sum(one.severity is Severity.error for one in found)
    told = f"{plural(errors, 'error')}, {plural(len(found) - errors, 'warning')}"
    return f"{documents}{',' if fixed else ':'} {told}{rest}. `lrviz lint --explain {found[0].id}` says more."


def json_report(checked: Sequence[Linted]) -> str:
    """Return the findings as JSON (RFC 8259)."""
    record = {
        "lrviz": __version__,
        "documents": [
            {
                "source": each.document.source,
                "findings": [_record(one) for one in each.findings],
                "ignored": [_record(one) for one in each.ignored],
                "fixed": [_record(one) for one in each.fixed],
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


def github_report(checked: Sequence[Linted]) -> str:
    """Return the findings as workflow commands, which GitHub shows beside the lines of a pull request."""
    lines = []
    for each in checked:
        for one in each.findings:
            where = {"file": one.source, "line": one.line, "col": one.column, "title": f"{one.id} {one.rule.name}"}
            properties = ",".join(f"{key}={_property(value)}" for key, value in where.items() if value is not None)
            told = "\n".join([f"{one.field}: {one.message}", *(f"fix: {line}" for line in one.fix_lines)])
            lines.append(f"::{one.severity} {properties}::{_data(told)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


def sarif_report(checked: Sequence[Linted]) -> str:
    """Return the findings as SARIF 2.1.0, which code hosts and editors read; ignored ones as suppressed."""
    results = [
        _result(one, suppressed=suppressed)
        for each in checked
        for suppressed, some in ((False, each.findings), (True, each.ignored))
        for one in some
    ]
    driver = {
        "name": "lrviz",
        "version": __version__,
        "rules": [_descriptor(rule) for rule in RULES],
    }
    record = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(record, allow_nan=False, ensure_ascii=False, indent=2) + "\n"


def _descriptor(rule: type[Rule]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.__name__,
        "shortDescription": {"text": rule.what()},
        "fullDescription": {"text": rule.why()},
        "help": {"text": explanation(rule)},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(one: Finding, *, suppressed: bool) -> dict[str, Any]:
    region = {} if one.line is None else {"region": {"startLine": one.line, "startColumn": one.column}}
    path = PurePath(one.source)
    uri = quote(path.as_posix()) if not path.is_absolute() else path.as_uri()
    message = "\n".join([f"{one.field}: {one.message}", *(f"fix: {line}" for line in one.fix_lines)])
    return {
        "ruleId": one.id,
        "ruleIndex": RULES.index(one.rule),
        "level": str(one.severity),
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}],
        **({"suppressions": [{"kind": "inSource"}]} if suppressed else {}),
    }


def explanation(rule: type[Rule]) -> str:
    """Return all that is known of a rule: what, why, a document that has the mistake and one that has not."""

    def shown(document: str) -> str:
        return "\n".join(f"    {line}" for line in document.rstrip().splitlines())

    return "\n".join(
        [
            f"{rule.id} {rule.name} ({rule.severity})",
            "",
            rule.what(),
            rule.why(),
            "",
            "It finds:",
            shown(rule.fires),
            "",
            "and nothing in:",
            shown(rule.near),
            "",
            f"To allow it on a line: # lrviz: ignore[{rule.id}] and the reason",
        ]
    )


REPORTS: dict[str, Callable[[Sequence[Linted]], str]] = {
    "text": text_report,
    "json": json_report,
    "sarif": sarif_report,
    "github": github_report,
}
