"""`--set path=value`: values of a document replaced from the command line, one or several of each."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lrviz.documents.hints import scheduler_keys
from lrviz.documents.settings import split
from lrviz.foundation.errors import DocumentError, Fault, Path, UsageError
from lrviz.language.marked_yaml import Marked, dotted, read

_PART = re.compile(r"\.?(?:(?P<key>[^.\[\]=]+)|\[(?P<index>[0-9]{1,9})\])")
_INDEX = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Override:
    """One value set at one path; `words` is what the user typed for it."""

    path: Path
    value: Any
    words: str


def parse(setting: str) -> list[Override]:
    """Read `scheduler.T_max=25,50,100`: one override for each value.

    A value is written as in a document; commas inside brackets, braces or quotes belong to it.
    Raises UsageError if it is not a setting.
    """
    target, equals, values = setting.partition("=")
    if not equals or not target.strip() or not values.strip():
        raise UsageError(f"--set {setting}: path=value is needed, for example scheduler.T_max=50")
    path, texts = _path(target.strip(), setting), [text.strip() for text in split(values, ",")]
    if not all(texts):
        raise UsageError(f"--set {setting}: a value is missing next to a comma; write null for no value")
    return [Override(path, _value(text, setting), f"{dotted(path)}={text}") for text in texts]


def combinations(settings: Sequence[str]) -> list[tuple[Override, ...]]:
    """Return every combination of the values of several settings: one curve each.

    Raises UsageError where two settings are of one path.
    """
    # A value that is given twice makes one curve.
    parsed = [list({one.words: one for one in parse(setting)}.values()) for setting in settings]
    paths = [values[0].path for values in parsed]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"--set {dotted(path)}: given twice; several values are written a,b,c")
    return list(itertools.product(*parsed))


def labels(combined: Sequence[tuple[Override, ...]]) -> list[str]:
    """Return what distinguishes each combination: "T_max=25, lr=0.1"; whole paths only if their ends are equal."""
    varied = [values for values in zip(*combined, strict=True) if len({one.words for one in values}) > 1]
    ends = [values[0].path[-1] for values in varied]
    each = [
        [one.words if ends.count(end) > 1 else f"{end}={one.words.partition('=')[2]}" for one in values]
        for end, values in zip(ends, varied, strict=True)
    ]
    return [", ".join(parts) for parts in zip(*each, strict=True)] or [""] * len(combined)


def apply(overrides: Sequence[Override], marked: Marked) -> None:
    """Replace values in a document that was read.

    Raises DocumentError where a path leads nowhere.
    """
    if not overrides:
        return
    marked.data = copy.deepcopy(marked.data)
    for override in overrides:
        _put(override, marked)


def _put(override: Override, marked: Marked) -> None:
    place = f"--set {override.words}"
    part: Any = marked.data
    for depth, key in enumerate(override.path):
        last = depth == len(override.path) - 1
        if isinstance(part, list) and isinstance(key, int) and key < len(part):
            pass
        elif not (isinstance(part, dict) and isinstance(key, str) and (last or isinstance(part.get(key), dict | list))):
            inside = dotted(override.path[:depth]) or "the document"
            told = f"{inside} has no part {key!r}{_parts(part)}"
            if near := scheduler_keys(part, override.path[:depth]).get(str(key)):
                told += f" (did you mean {near}?)"
            raise DocumentError(Fault(place, dotted(override.path), told))
        if last:
            part[key] = override.value
        else:
            part = part[key]
    marked.overridden[override.path] = place


def _parts(part: Any) -> str:
    if isinstance(part, list):
        return f"; it is a list of {len(part)}, numbered from 0"
    inner = (
        [str(key) for key, value in part.items() if isinstance(value, dict | list)] if isinstance(part, dict) else []
    )
    return f"; parts with parts of their own are {', '.join(inner)}" if inner else ""


def _path(text: str, setting: str) -> Path:
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise UsageError(f"--set {setting}: {text!r} is no path; write for example scheduler.schedulers[1].T_max")
        key = match["key"]
        parts.append(int(match["index"]) if key is None else int(key) if _INDEX.fullmatch(key) else key)
        at = match.end()
    return tuple(parts)


def _value(text: str, setting: str) -> Any:
    try:
        marked = read(text, "--set")
    except DocumentError as error:
        raise UsageError(f"--set {setting}: {error.faults[0].text}") from None
    if marked.faults:
        raise UsageError(f"--set {setting}: {marked.faults[0].text}")
    return marked.data
