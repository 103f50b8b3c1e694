"""A recording under its causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrviz.linting.causes import CAUSES
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.places import file_and_line, shown_place
from lrviz.linting.causes.run import Run
from lrviz.linting.curve import CurveSubject
from lrviz.linting.finding import Finding
from lrviz.linting.lint import Linted
from lrviz.linting.rule import Mistake, Rule, Severity
from lrviz.results import Curves, Recorded, RecordedOptimizer


@dataclass(frozen=True, slots=True, eq=False)
class RunFinding(Finding):
    """What is wrong with a run. optimizer, update: where on which curve; label: what a picture calls it there."""

    optimizer: RecordedOptimizer | None = None
    update: int | None = None
    label: str = ""


def caused(recorded: Recorded, causes: Sequence[type[Cause]] = CAUSES) -> tuple[RunFinding, ...]:
    """Return what is wrong with a run, in the order of the causes; one finding on several ranks is reported once."""
    run = Run(recorded)
    found: dict[tuple[str, str, str], RunFinding] = {}
    for cause in causes:
        for seen in cause().look(run):
            one = _finding(cause, seen, recorded.source)
            found.setdefault((one.id, one.place, one.message), one)
    return tuple(found.values())


def recorded_linted(recorded: Recorded, curves: Sequence[Curves], rules: Sequence[type[Mistake]]) -> Linted:
    """Return what lint makes of a recording: its causes, and what rules find that need no more than its curves."""
    found: list[Finding] = [*caused(recorded, [rule for rule in rules if issubclass(rule, Cause)])]
    for one in curves:
        subject, source = CurveSubject(one), recorded.source
        for rule in rules:
            if issubclass(rule, Rule) and rule.curve_alone:
                named = f"{one.name}: " if len(curves) > 1 else ""
                found += [
                    Finding(rule, source, source, None, None, "", f"{named}{each.message}")
                    for each in rule().look(subject)
                ]
    return Linted(recorded.source, tuple(found), (), ())


def in_short(findings: Sequence[RunFinding]) -> str:
    """Return findings as a sentence for the corner of a picture, the worst first: it may be cut off there."""
    worst = sorted(findings, key=lambda one: list(Severity).index(one.severity))
    number = f"{len(findings)} findings. " if len(findings) > 1 else ""
    return number + "; ".join(map(str, worst))


def _finding(cause: type[Cause], seen: Seen, source: str) -> RunFinding:
    place = source if seen.at is None else shown_place(seen.at)
    file, line = (source, None) if seen.at is None else file_and_line(place)
    return RunFinding(
        cause, file, place, line, None, "", seen.message, (), seen.remedy, seen.optimizer, seen.update, seen.label
    )  # fmt: skip
