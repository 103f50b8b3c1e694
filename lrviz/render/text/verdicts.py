"""Several cross-check verdicts in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.results import FORMULAS_ALONE, Contestant, Curves, Resumed, Verdict, named

UNCOMPARED = "Computed by the reference; not compared with torch, unlike races."
"""The verdict on a sweep."""


def sentence(names: Sequence[str], verdicts: Sequence[Verdict]) -> str:
    """Sum up the verdicts of the schedules called `names`; a disagreement comes first and in full."""
    why = "; ".join(dict.fromkeys(one.reason or "" for one in verdicts if one.verdict == "skipped"))
    if all(one.verdict == "skipped" for one in verdicts):
        return f"not cross-checked: {why}"
    if len(verdicts) == 1:
        return f"cross-check: {verdicts[0].sentence}"
    total = len(verdicts)
    wrong = [(name, one) for name, one in zip(names, verdicts, strict=True) if one.verdict == "disagree"]
    agreed = [one for one in verdicts if one.verdict == "agree"]
    if wrong:
        name, first = wrong[0]
        return f"cross-check: {len(wrong)} of {total} DISAGREE. {name}: {first.sentence}"
    worst = max(one.max_rel or 0.0 for one in agreed)
    by = named({library: version for one in agreed for library, version in one.ran.items()})
    found = f"agree with {by} (max rel. difference {worst:.2g})"
    if any(one.of_config for one in agreed):
        found = f"{found}; {FORMULAS_ALONE}"
    if len(agreed) == total:
        return f"cross-check: {'both' if total == 2 else f'all {total}'} {found}"
    return f"cross-check: {len(agreed)} of {total} {found}, {total - len(agreed)} not cross-checked: {why}"


def race_sentence(entries: Sequence[Contestant]) -> str:
    """Sum up the verdicts of the entries of a race, with what was left out."""
    names, verdicts = [one.label for one in entries], [one.verdict for one in entries]
    told = [sentence(names, verdicts)]
    if any(one.free_max_abs is not None for one in verdicts):
        told.append("every step replayed")
    if len(verdicts) > 1:
        # Of a single one the sentence says it.
        told += [f"{name}: {one.uncounted}" for name, one in zip(names, verdicts, strict=True) if one.uncounted]
    return "; ".join(told)


def failure(one: Resumed, curves: Curves) -> str:
    """Say when torch raised: while a run was resumed, or after which update."""
    at = one.failed[0] if one.failed is not None else 0
    begun = curves.steps - len(one.lr)
    return "torch raises on resuming" if at == begun else f"torch raises after {curves.unit} {at - 1:,}"
