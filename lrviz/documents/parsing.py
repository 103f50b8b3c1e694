"""The text of a file -> plain data with places, as the file's suffix says: Python, TOML, JSON, else YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lrviz.documents import marked_mapping
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.language.marked_yaml import Marked, read

if TYPE_CHECKING:
    from lrviz.language.marked_python import Bases


def parsed(text: str, source: str, path: str, bases: Bases | None = None) -> Marked:
    """Parse the text of a file; Python is never run.

    bases: reads the configs that one in Python is based on. Raises DocumentError where it cannot be parsed.
    """
    if path.endswith(".py"):
        from lrviz.language import marked_python

        return marked_python.read(text, source, bases)
    if path.endswith(".toml"):
        return marked_mapping.read(_toml(text, source), source)
    if path.endswith(".json"):
        # JSON is YAML except for tabs in the indentation; one space for each keeps the columns.
        text = re.sub(r"(?m)^[ \t]+", lambda found: " " * len(found[0]), text)
    return read(text, source)


def _toml(text: str, source: str) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DocumentError(Fault(source, "", f"not TOML: {told}")) from None
