"""What a pull request changes of its schedules, as Markdown on stdout: python report.py REVISION DOCUMENT..."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence

import numpy as np

import lrviz
from lrviz.foundation.numerals import short, told_apart
from lrviz.foundation.printable import printable
from lrviz.pages.markdown import code
from lrviz.results import Track

GROUPS = 8
"""Those of a document that are listed, the farthest apart first."""


def report(revision: str, documents: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a report on the documents that are not as they were in a revision of git."""
    yield "<!-- lrviz -->"
    yield "## Learning rates, before (A) and after (B)"
    found = False
    for path in documents:
        if _git("diff", "--quiet", revision, "--", f":(literal){path}"):
            continue
        found = True
        yield ""
        there = _git("cat-file", "-e", f"{revision}:./{path}")
        yield from _changed(revision, path) if there else _new(path)
    if not found:
        yield ""
        yield "No schedule has changed."


def _changed(revision: str, path: str) -> Iterator[str]:
    try:
        found = lrviz.diff(f"{revision}:./{path}", path)
    except lrviz.LrvizError as error:
        yield f"### {_code(path)}: not compared"
        yield ""
        yield from (f"- {_code(line)}" for line in error.lines)
        return
    one = found.difference
    noun = "epoch" if one.unit == "epoch" else "update"
    begins = "the same" if one.first is None else f"different from {noun} {one.first.first_step:,} on"
    yield f"### {_code(path)}: {begins}"
    yield ""
    yield from (f"- {_code(cause.message)}" for cause in one.causes)
    if not found.same and not one.causes:
        yield "- not explained"
    yield ""
    groups = sorted(one.groups, key=lambda group: -group.max_rel)[:GROUPS]
    yield from _table(noun, [(group.name, group.a, group.b) for group in groups])
    if len(one.groups) > GROUPS:
        yield ""
        yield f"and {len(one.groups) - GROUPS:,} groups that are nearer to each other"


def _new(path: str) -> Iterator[str]:
    yield f"### {_code(path)}: new"
    yield ""
    try:
        curves = lrviz.simulate(path, engine="reference").curves
    except lrviz.LrvizError as error:
        yield from (f"- {_code(line)}" for line in error.lines)
        return
    at = np.arange(curves.steps)
    tracks = [Track(name, at, curves.lr[:, index]) for index, name in enumerate(curves.groups[:GROUPS])]
    yield from _table("epoch" if curves.unit == "epoch" else "update", [(one.name, None, one) for one in tracks])


def _table(noun: str, groups: Sequence[tuple[str, Track | None, Track]]) -> Iterator[str]:
    yield f"| group | | first | last | peak | area (sum over {noun}s) | {noun}s |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, before, after in groups:
        new = _numbers(after)
        old = [float("nan")] * len(new) if before is None else _numbers(before)
        told = [
            (short(one), short(other)) if np.isclose(one, other, rtol=1e-9, atol=0) else told_apart(one, other)
            for one, other in zip(old, new, strict=True)
        ]
        sides = (("before", 0, before), ("after", 1, after))
        for side, index, track in sides:
            if track is not None:
                values = [pair[index] if before is not None else short(new[at]) for at, pair in enumerate(told)]
                yield f"| {_code(name)} | {side} | {' | '.join(values)} | {len(track.at):,} |"


def _numbers(track: Track) -> list[float]:
    """Return the first and the last value, the largest and the sum; of a group that comes later, from there on."""
    known = track.lr[np.isfinite(track.lr)]
    return [float(one) for one in (known[0], known[-1], known.max(), known.sum())] if len(known) else [float("nan")] * 4


def _code(text: str) -> str:
    """Return foreign text as code, so that it is no Markdown, names nobody, and stays in its cell of a table."""
    return code(printable(text)).replace("|", "\\|")


def _git(*arguments: str) -> bool:
    return subprocess.run(["git", *arguments], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    print("\n".join(report(sys.argv[1], sys.argv[2:])))
