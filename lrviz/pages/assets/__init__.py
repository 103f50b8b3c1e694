"""Styles and scripts of the pages, and the library that draws lines in a browser (uplot/, with its licence)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """Return the text of a file of this folder."""
    return files(__name__).joinpath(*name.split("/")).read_text(encoding="utf-8")
