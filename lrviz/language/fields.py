"""The frozen base of every model that a document is made of, and the number types of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from lrviz.foundation.documentation import documentation
from lrviz.foundation.errors import Problem


def misfit(problems: Sequence[Problem]) -> PydanticCustomError:
    """Return the error with which a validator reports problems at places of its own choice, several at once."""
    told = "; ".join(": ".join((".".join(map(str, one.path)), one.text)) if one.path else one.text for one in problems)
    return PydanticCustomError("problems", "{told}", {"problems": list(problems), "told": told})


def problems_in(error: PydanticCustomError) -> list[Problem]:
    """Return the problems that an error of `misfit` reports."""
    return list((error.context or {})["problems"])


def computed(value: Any, kind: str = "number") -> Any:
    """Return the value of arithmetic in text; anything but text is returned as it is.

    Raises PydanticCustomError where the text is not arithmetic, or its result is not a finite number.
    """
    if not isinstance(value, str):
        return value
    from lrviz.language.expression import ExpressionError, arithmetic

    if not value.strip():
        raise PydanticCustomError("arithmetic", "{allowed}", {"allowed": f"a {kind} is needed, or arithmetic"})
    try:
        return arithmetic(value)
    except ExpressionError as error:
        # Of a bare word the names that formulas know are no help.
        told = f"a {kind} is needed, or arithmetic{'' if value.strip().isidentifier() else f'; {error}'}"
    except ValueError as error:
        told = f"{error}; a finite {kind} is needed"
    raise PydanticCustomError("arithmetic", "{allowed}", {"allowed": told})


def computed_whole(value: Any) -> Any:
    """Return the whole number that arithmetic in text gives; anything but text is returned as it is.

    Raises PydanticCustomError where the result is another kind of number, or no number.
    """
    number = computed(value, "whole number")
    if number is value or number.is_integer():
        return value if number is value else int(number)
    told = f"it is {number!r}; a whole number is needed, as round(...), floor(...) or ceil(...) gives"
    raise PydanticCustomError("arithmetic", "{allowed}", {"allowed": told})


_COMPUTED: Mapping[str, Callable[[Any], Any]] = {"float": computed, "int": computed_whole}
_NO_SCHEMAS = frozenset({"metadata", "default", "serialization", "function"})
"""Keys of a schema of pydantic's under which there are no schemas of what is read."""


def _with_arithmetic(schema: Any) -> Any:
    """Return a schema of pydantic's in which every number may be arithmetic in text; it is changed in place.

    Here and not in the type of each field, so that a model of another package, whose fields are plain floats, has
    it too.
    """
    if isinstance(schema, list | tuple):
        return type(schema)(map(_with_arithmetic, schema))
    if not isinstance(schema, dict):
        return schema
    function = schema.get("function")
    if isinstance(function, dict) and function.get("function") in _COMPUTED.values():
        return schema
    if schema.get("type") in _COMPUTED:
        return no_info_before_validator_function(_COMPUTED[schema["type"]], cast(CoreSchema, schema))
    schema.update({key: _with_arithmetic(value) for key, value in schema.items() if key not in _NO_SCHEMAS})
    return schema


class Model(BaseModel):
    """Frozen and strict: no unknown keys, no NaN or infinity. A number may be written as arithmetic in text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return pydantic's schema, in which whatever takes a number takes arithmetic too."""
        schema: CoreSchema = _with_arithmetic(handler(source))
        return schema

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe the model by its docstring, which pydantic looks for in `__doc__` alone."""
        schema = handler(core)
        if told := documentation(cls):
            handler.resolve_ref_schema(schema)["description"] = told
        return schema


def _integral(value: Any) -> Any:
    """Let `1e6` serve as an integer: YAML reads it as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: Any) -> Any:
    """Turn the lists YAML knows into the tuples that frozen models keep."""
    return tuple(value) if isinstance(value, list) else value


_LARGEST = 10**15
"""Whole numbers up to here are exact as float64, which is what ticks are computed in."""

Integral = BeforeValidator(_integral)
"""Annotate a whole number with it so that 1e3 is one: `Annotated[int, Field(ge=1, le=5000), Integral]`."""

Count = Annotated[int, Field(ge=1, le=_LARGEST), Integral]
"""A whole number of things, at least one."""

Whole = Annotated[int, Field(ge=0, le=_LARGEST), Integral]
"""A whole number, zero included."""

Listed = BeforeValidator(_listed)
"""Annotate a tuple field with it so that a YAML list is accepted: `Annotated[tuple[float, float], Listed]`."""


def one_in_a_list(value: Any) -> Any:
    """Accept a single text as a list with one item."""
    return [value] if isinstance(value, str) else value


def one_or_list(value: Any) -> str:
    """Tell a value for all groups from a list with one each, so that errors speak of one of them only."""
    return "each" if isinstance(value, list | tuple) else "one"


def _as_text(value: Any) -> Any:
    """Let a title be a number: `name: 2024` is meant as text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _printable(title: str) -> str:
    if not title.isprintable():
        raise misfit([Problem((), f"{title!r} given; one line of printable characters is needed")])
    return title


Title = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_printable), BeforeValidator(_as_text)]
"""A name for people."""

PerGroup = Annotated[
    Annotated[float, Tag("one")] | Annotated[tuple[float, ...], Listed, Tag("each")], Discriminator(one_or_list)
]
"""One number for every parameter group, or a list with one number each."""
