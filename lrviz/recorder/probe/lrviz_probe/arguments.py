"""The arguments of a scheduler's constructor, as a recording holds them."""

import inspect

_ABSENT = object()


def arguments(scheduler, positional, named):
    """Return the arguments of a scheduler's constructor by name, defaults included and its optimizer left out.

    None where its signature is not known. positional, named: what it was called with.
    """
    try:
        bound = inspect.signature(type(scheduler).__init__).bind(scheduler, *positional, **named)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    optimizer = getattr(scheduler, "optimizer", _ABSENT)
    found = {}
    for name, value in list(bound.arguments.items())[1:]:
        if isinstance(value, dict) and name in ("kwargs", "kw"):
            found.update(value)
        elif value is not optimizer:
            found[name] = value
    return found


def plain(value):
    """Return an argument as a recording holds it: numbers, bools, short strings, else the name of its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if len(value) <= 40 else "str"
    few = isinstance(value, (list, tuple)) and 0 < len(value) <= 100
    if few and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
        return list(value)
    return type(value).__name__
