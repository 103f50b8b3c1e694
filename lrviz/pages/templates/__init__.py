"""The templates of the pages, and how they are filled."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lrviz.foundation.printable import printable_lines

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CODE = re.compile(r"`([^`]+)`")


@cache
def environment() -> Environment:
    """Return what fills templates: everything foreign is escaped, and printable."""
    made = Environment(
        loader=PackageLoader(__name__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.filters |= {"prose": prose, "breakable": breakable}
    return made


def _shown(value: Any) -> Any:
    """Return what a template writes with nothing in it that is not printable; tabs belong to documents."""
    if not isinstance(value, str):
        return value
    told = "\t".join(map(printable_lines, value.split("\t")))
    return Markup(told) if isinstance(value, Markup) else told


def breakable(name: str) -> Markup:
    """Return a name that may go on in the next line before each of its capitals: CosineAnnealingWarmRestarts."""
    return Markup(_CAPITAL.sub("<wbr>", str(escape(name))))


def prose(text: str) -> Markup:
    """Return a text as HTML in which `words` are code; everything else is escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
