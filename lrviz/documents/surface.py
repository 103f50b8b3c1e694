"""`fn` of a race: a test function by name, with its parameters, or a formula in x and y."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticCustomError

from lrviz.documents.settings import settings_of
from lrviz.foundation.errors import Problem, Refusal
from lrviz.foundation.plane import Box
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.functions import FUNCTIONS, Function
from lrviz.functions.custom import Custom
from lrviz.language.expression import Expression, ExpressionError
from lrviz.language.fields import computed
from lrviz.language.registry import NotLoadable

_LOOKS_LIKE_A_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+)*(:.*)?", re.DOTALL)
_NO_NAME = re.compile(r"(x|y|e|pi|\d+)")
_DOMAIN: Box = ((-5.0, 5.0), (-5.0, 5.0))
"""The default domain of a formula."""


def read_surface(text: str, domain: tuple[float, ...] | None) -> Function:
    """Return the function that a text names or is; domain: two bounds for both axes, or four.

    Raises Refusal with everything that is wrong.
    """
    named = _LOOKS_LIKE_A_NAME.fullmatch(text.strip())
    if named is None or all(_NO_NAME.fullmatch(part) for part in re.split("[-_]", text.strip())):
        return _formula(text, domain)
    function = _named(text)
    if domain is not None:
        told = f"given for {function.name}, which has its own; a domain goes with a formula in x and y"
        raise Refusal(Problem(("domain",), told))
    return function


def _named(text: str) -> Function:
    try:
        name, settings = settings_of(text)
    except Refusal as refusal:
        raise Refusal(
            *(Problem(("fn",), ": ".join([*map(str, one.path), one.text])) for one in refusal.problems)
        ) from None
    try:
        cls = FUNCTIONS.find(FUNCTIONS.spelled(name))
    except NotLoadable as error:
        raise Refusal(Problem(("fn",), str(error))) from None
    if cls is None:
        told = f"no function is called {name!r}; {FUNCTIONS.unknown(name)}; or write a formula in x and y"
        raise Refusal(Problem(("fn",), told))
    allowed = [field.name for field in fields(cls)]
    problems = [
        Problem(("fn",), f"{name} has no parameter {key!r}; {_has(allowed)}{did_you_mean(key, allowed)}")
        for key in settings
        if key not in allowed
    ]
    if problems:
        raise Refusal(*problems)
    return _validated(cls, settings)


def _has(allowed: list[str]) -> str:
    return f"it has {', '.join(allowed)}" if allowed else "it has none"


def _validated(cls: type[Function], settings: Mapping[str, Any]) -> Function:
    strict = with_config(ConfigDict(allow_inf_nan=False))(cls)
    hints = get_type_hints(cls)
    given = dict(settings)
    for key in [key for key in given if hints[key] in {int, float}]:
        try:
            given[key] = computed(given[key])
        except PydanticCustomError as error:
            raise Refusal(Problem(("fn",), f"{key}: {shown(given[key])} given; {error.message()}")) from None
    try:
        function: Function = TypeAdapter(strict).validate_python(given)
    except ValidationError as error:
        told = [f"{one['loc'][0]}: {shown(one['input'])} given; {one['msg'].lower()}" for one in error.errors()]
        raise Refusal(*(Problem(("fn",), each) for each in told)) from None
    return function


def _formula(text: str, domain: tuple[float, ...] | None) -> Function:
    try:
        expression = Expression.parse(text, {"x", "y"})
    except ExpressionError as error:
        raise Refusal(Problem(("fn",), f"neither a function's name nor a formula: {error}")) from None
    if not expression.names & {"x", "y"}:
        raise Refusal(Problem(("fn",), f"{text} contains neither x nor y; a surface is a formula in x and y"))
    if domain is not None and len(domain) not in {2, 4}:
        told = f"{shown(domain)} given; two bounds for both axes are needed, or four: two for x, two for y"
        raise Refusal(Problem(("domain",), told))
    box = _DOMAIN if domain is None else ((domain[0], domain[1]), (domain[-2], domain[-1]))
    if any(low >= high for low, high in box):
        raise Refusal(Problem(("domain",), f"{shown(domain)} given; each axis needs a lower and a higher bound"))
    (left, right), (low, high) = box
    start = (left + (right - left) / 5, high - (high - low) / 5)
    return Custom(expression, box, start)
