"""pydantic's findings -> faults in our words: what was given; what is allowed; what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lrviz.errors import Fault, Path
from lrviz.schedulers.place import Problem
from lrviz.spec.marked_yaml import Marked

KeysAt = Callable[[Path], Iterable[str]]
"""Gives the keys that are allowed in the mapping at a path."""


def faults_of(error: ValidationError, marked: Marked, keys_at: KeysAt) -> list[Fault]:
    """Return every fault that validation found, in the order of the document's lines."""
    found = problems_of(error, marked.data, keys_at)
    faults = dict.fromkeys(marked.fault(path, text, key=of_key) for path, text, of_key in found)
    return sorted(faults, key=lambda fault: _position(fault.place))


def problems_of(error: ValidationError, data: Any, keys_at: KeysAt) -> list[Problem]:
    """Return the findings about one part of a document, in our words."""
    found = []
    for detail in error.errors(include_url=False):
        path = _path_in(data, detail["loc"], last_is_missing=detail["type"] == "missing")
        if detail["type"] == "problems":
            found += [below._replace(path=(*path, *below.path)) for below in detail["ctx"]["problems"]]
        elif detail["type"] == "extra_forbidden":
            found.append(Problem(path, unknown(str(path[-1]), keys_at(path[:-1])), of_key=True))
        else:
            found.append(Problem(path, _worded(detail)))
    return found


def _position(place: str) -> tuple[int, int]:
    *_, line, column = ["", "", *place.rsplit(":", 2)]
    return (int(line), int(column)) if line.isdigit() and column.isdigit() else (0, 0)


def _path_in(data: Any, loc: tuple[str | int, ...], *, last_is_missing: bool) -> Path:
    """Leave out the parts of pydantic's location that are not in the document: tags of unions."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif index < len(loc) - 1 or not last_is_missing:
            continue
        path.append(part)
    return tuple(path)


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that was probably meant."""
    by_key = {name.lower().replace("-", "_"): name for name in allowed}
    found = difflib.get_close_matches(given.lower().replace("-", "_"), by_key, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return " (did you mean ...?)" where an allowed name is near, else nothing."""
    meant = nearest(given, allowed)
    return f" (did you mean {meant}?)" if meant else ""


def unknown(key: str, allowed: Iterable[str]) -> str:
    """Say that a key is not allowed here, and which ones are."""
    names = list(allowed)
    return f"unknown key {key!r}; allowed here: {', '.join(names)}{did_you_mean(key, names)}"


def shown(value: Any) -> str:
    """Return a value as the user would know it again."""
    if isinstance(value, Mapping):
        return "a mapping"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"[{', '.join(map(shown, value))}]" if isinstance(value, list | tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_ALLOWED: Mapping[str, str] = {
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "bool_type": "true or false is needed",
    "string_type": "text is needed",
    "string_too_short": "text is needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "finite_number": "a finite number is needed",
    "greater_than": "a number above {gt} is needed",
    "greater_than_equal": "at least {ge} is needed",
    "less_than": "a number below {lt} is needed",
    "less_than_equal": "at most {le} is allowed",
    "tuple_type": "a list is needed",
    "list_type": "a list is needed",
    "dict_type": "a mapping is needed",
    "model_type": "a mapping of keys to values is needed",
    "model_attributes_type": "a mapping with a name is needed",
    "too_short": "a list of at least {min_length} is needed",
    "too_long": "a list of at most {max_length} is allowed",
    "length": "{allowed}",
    "formula": "{allowed}",
}


def _worded(detail: ErrorDetails) -> str:
    kind, given, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    if kind == "missing":
        return "missing; it is needed here"
    if kind == "union_tag_not_found":
        return "name missing; which one is it?" if isinstance(given, Mapping) else f"{shown(given)} given; a mapping with a name is needed"
    if kind == "union_tag_invalid":
        names = [name.strip("'") for name in context["expected_tags"].split(", ")]
        return f"{shown(context['tag'])} given; known are {', '.join(names)}{did_you_mean(str(context['tag']), names)}"
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        meant = did_you_mean(given, choices) if isinstance(given, str) else ""
        return f"{shown(given)} given; allowed are {', '.join(choices)}{meant}"
    if kind == "value_error":
        return str(context["error"])
    return f"{shown(given)} given; {_ALLOWED[kind].format_map(context) if kind in _ALLOWED else detail['msg'].lower()}"
