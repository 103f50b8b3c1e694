"""Arguments of the Python API, checked as the options of the command line are: what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, signature
from os import PathLike
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, get_args

from lrviz.foundation.errors import UsageError
from lrviz.foundation.printable import printable
from lrviz.foundation.wording import did_you_mean, shown

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Check = Callable[[Any], str]
"""Says what is allowed if a value is not allowed, "" if it is."""


def one_of(choices: Any) -> Check:
    """Allow the members of a Literal."""
    names = get_args(choices)

    def check(value: Any) -> str:
        if isinstance(value, str) and value in names:
            return ""
        return f"allowed are {', '.join(names)}{did_you_mean(value, names) if isinstance(value, str) else ''}"

    return check


def a(needed: str, *kinds: type) -> Check:
    """Allow instances of some types; true and false are not numbers."""

    def check(value: Any) -> str:
        fits = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
        return "" if fits else needed if " is needed" in needed else f"{needed} is needed"

    return check


def many(needed: str, *kinds: type) -> Check:
    """Allow lists and tuples of such instances; a text does not count as a list of letters."""
    member = a(needed, *kinds)

    def check(value: Any) -> str:
        fits = isinstance(value, list | tuple) and not any(map(member, value))
        return "" if fits else f"{needed} is needed"

    return check


def either(*checks: Check) -> Check:
    """Allow what any of several checks allows; the first says what is needed."""
    return lambda value: checks[0](value) if all(check(value) for check in checks) else ""


def a_document(*kinds: type) -> Check:
    """Allow a mapping, a path, or instances of some types; say of a live scheduler why it is not enough."""
    allowed = a("a document is needed: a mapping with its keys, or the path of one", Mapping, str, PathLike, *kinds)

    def check(value: Any) -> str:
        told = allowed(value)
        live = any("lr_scheduler" in base.__module__ for base in type(value).__mro__)
        of_live = (
            "A live scheduler does not know how the training loop steps it; lrviz.trace asks for that, and steps it"
        )
        return f"{told}. {of_live}" if live else told

    return check


NOTHING = a("None", type(None))
A_PATH = a("a path", str, Path)


def checked(**checks: Check) -> Callable[[Callable[Given, Returned]], Callable[Given, Returned]]:
    """Check the arguments of a function of the API, by their names, before it does anything.

    The function raises UsageError with everything that is wrong; it checks its own **options itself.
    """

    def decorate(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
        own = signature(function)
        any_option = any(one.kind is Parameter.VAR_KEYWORD for one in own.parameters.values())
        name = function.__name__

        def wrong(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Iterator[str]:
            unknown = [] if any_option else [key for key in options if key not in own.parameters]
            for key in unknown:
                yield f"{key}: no such option; allowed are {', '.join(checks)}{did_you_mean(key, checks)}"
            try:
                bound = own.bind(*arguments, **{key: options[key] for key in options if key not in unknown})
            except TypeError as error:
                yield str(error)
                return
            for key, value in bound.arguments.items():
                if key in checks and (allowed := checks[key](value)):
                    yield f"{key}: {_worded(value)} given; {allowed}"

        @wraps(function)
        def call(*arguments: Given.args, **options: Given.kwargs) -> Returned:
            __tracebackhide__ = True  # hidden in the traceback of a test that `assert_schedule` fails
            if found := list(wrong(arguments, options)):
                raise UsageError(*(f"{name}: {line}" for line in found))
            return function(*arguments, **options)

        return call

    return decorate


_PLAIN = (str, int, float, list, tuple, Mapping, Path, type(None))


def _worded(value: Any) -> str:
    """Return a value as its writer would recognise it; of foreign objects, only their type."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_worded, value))}]" if len(value) < 9 else f"a list of {len(value)}"
    if isinstance(value, type):
        return f"the class {printable(value.__name__)}"
    return printable(shown(value)) if isinstance(value, _PLAIN) else f"an object of {printable(type(value).__name__)}"
