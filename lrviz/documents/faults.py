"""pydantic's errors -> faults in our words: what was given; what is allowed; what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lrviz.documents import hints
from lrviz.foundation.errors import Fault, Path, Problem
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.marked_yaml import Marked


class Keys(NamedTuple):
    """The keys that a mapping may have; kin: related models, whose keys may have been meant.

    inner: keys that its parts may have, with their paths in the document.
    """

    allowed: Sequence[str] = ()
    kin: Sequence[type[BaseModel]] = ()
    inner: Mapping[str, str] = {}


KeysAt = Callable[[Path], Keys]
"""Gives the keys that are allowed in the mapping at a path."""
_IN_A_FILE = re.compile(r":([0-9]{1,9}):([0-9]{1,9})$")


def faults_of(problems: Iterable[Problem], marked: Marked, keys_at: KeysAt) -> list[Fault]:
    """Return problems as faults, each once, in the order of the document's lines."""
    found = list(problems)
    # A misspelt key is one fault; the key that was meant, and is missing, is not a second one.
    meant: set[Path] = {
        (*path[:-1], hints.meant(str(path[-1]), keys_at(path[:-1]).allowed) or "")
        for path, _, of_key in found
        if of_key
    }
    meant = {path for path in meant if not _is_in(marked.data, path)}
    faults = dict.fromkeys(marked.fault(path, text, key=of_key) for path, text, of_key in found if path not in meant)
    return sorted(faults, key=position)


def problems_of(error: ValidationError, data: Any, keys_at: KeysAt) -> list[Problem]:
    """Return the findings about one part of a document, in our words."""
    found = []
    for detail in error.errors(include_url=False):
        path = _path_in(data, detail["loc"], last_is_missing=detail["type"] == "missing")
        if detail["type"] == "problems":
            found += [below._replace(path=(*path, *below.path)) for below in detail["ctx"]["problems"]]
        elif detail["type"] == "extra_forbidden":
            found.append(Problem(path, unknown(str(path[-1]), keys_at(path[:-1])), of_key=True))
        elif not _counts_only_the_valid(detail):
            found.append(Problem(path, _worded(detail, _at(data, path))))
    return found


def _counts_only_the_valid(detail: ErrorDetails) -> bool:
    """Tell a list that is too short to pydantic only because its faulty members were not counted."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, Mapping) and part in data


def _at(data: Any, path: Path) -> Any:
    """Return the value at a path; None where there is none."""
    for part in path:
        if not _has(data, part):
            return None
        data = data[part]
    return data


def _is_in(data: Any, path: Path) -> bool:
    return not path or _has(_at(data, path[:-1]), path[-1])


def position(fault: Fault) -> tuple[int, int]:
    """Return line and column of a fault, to sort by."""
    match = _IN_A_FILE.search(fault.place)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _path_in(data: Any, loc: tuple[str | int, ...], *, last_is_missing: bool) -> Path:
    """Leave out the parts of pydantic's location that are not in the document: tags of unions."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if _has(data, part):
            data = data[part]
        elif index < len(loc) - 1 or not last_is_missing:
            continue
        path.append(part)
    return tuple(path)


def unknown(key: str, keys: Keys) -> str:
    """Say that a key is not allowed here, where it belongs, and which keys are allowed."""
    owners = [model.__name__ for model in keys.kin if key in model.model_fields]
    what = f"{key} is a parameter of {', '.join(owners)}" if owners else f"unknown key {key!r}"
    return f"{what}; allowed here: {', '.join(keys.allowed)}{hints.hint(key, keys.allowed, keys.inner)}"


_ALLOWED: Mapping[str, str] = {
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "bool_type": "true or false is needed",
    "string_type": "text is needed",
    "string_too_short": "at least one character is needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "finite_number": "a finite number is needed",
    "greater_than": "a number above {gt:g} is needed",
    "greater_than_equal": "at least {ge:g} is needed",
    "less_than": "a number below {lt:g} is needed",
    "less_than_equal": "at most {le:g} is allowed",
    "tuple_type": "a list is needed",
    "list_type": "a list is needed",
    "dict_type": "a mapping is needed",
    "model_type": "a mapping of keys to values is needed",
    "too_short": "at least one member is needed",
    "too_long": "a list of {max_length} is needed",
    "length": "{allowed}",
    "formula": "{allowed}",
    "arithmetic": "{allowed}",
}


def _worded(detail: ErrorDetails, written: Any) -> str:
    """Say what is wrong with a value; written: the value as it is written, which may be arithmetic."""
    kind, given, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    if kind == "missing":
        return "missing; it is needed here"
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        meant = did_you_mean(given, choices) if isinstance(given, str) else ""
        return f"{shown(given)} given; allowed are {', '.join(choices)}{meant}"
    if kind == "value_error":
        return str(context["error"])
    told = f"{written!r} is {given!r}" if isinstance(written, str) and given != written else f"{shown(given)} given"
    return f"{told}; {_ALLOWED[kind].format_map(context) if kind in _ALLOWED else 'it cannot be used here'}"
