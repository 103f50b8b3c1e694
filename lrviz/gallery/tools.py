"""The tools that make pictures and pages: lrviz's code and the libraries, as hashes and versions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from lrviz.foundation.errors import UnfinishedError
from lrviz.gallery.hashes import short_hash

_DRAWING = (
    "render/axes.py", "render/compared_part.py", "render/figures", "render/interactive", "render/many_groups.py",
    "render/projection.py", "render/text", "render/variations.py", "foundation/numerals.py", "gallery/drawing.py",
    "pages/embedded.py", "pages/thumbnails.py",
)  # fmt: skip
_COMPUTING = (
    "documents", "engines", "functions", "gallery/digest.py", "gallery/measures.py", "gallery/requests.py",
    "gallery/views.py", "language", "linting", "optimizers", "results", "runs", "schedulers",
)  # fmt: skip
"""Parts of the package that decide what is computed."""
_DESCRIBING = ("documents", "functions", "gallery", "language", "optimizers", "pages", "schedulers")
"""Parts that decide what a page shows."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What pictures are made with.

    computing: a hash of the sources as they are, because computing all data again takes only seconds; drawing: one of
    what the sources say, without comments and docstrings, because drawing all pictures again takes a minute.
    """

    computing: str
    drawing: str

    @staticmethod
    @cache
    def here() -> Tools:
        """Return the tools of this installation.

        Raises UnfinishedError where one is missing.
        """
        return Tools(
            f"{_code(_COMPUTING)} numpy {_version('numpy')} torch {_version('torch').partition('+')[0]}",
            f"{_code(_DRAWING, _meant)} matplotlib {_version('matplotlib')} pillow {_version('pillow')}",
        )


def _version(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        raise UnfinishedError(f"{tool} is not installed; a gallery needs it") from None


@cache
def page_tools() -> str:
    """Return what pages are made with."""
    return f"{_code(_DESCRIBING)} jinja2 {version('jinja2')} markdown-it-py {version('markdown-it-py')}"


def _code(parts: Iterable[str], told: Callable[[str], str] = str) -> str:
    """Return a hash of a function of the sources in parts of the package; line ends are the same everywhere."""
    package = files("lrviz")
    found = sorted((name, told(text)) for part in parts for name, text in _sources(package.joinpath(part), part))
    return short_hash("\0".join(f"{name}\0{text}" for name, text in found).encode())


def _sources(place: Traversable, name: str) -> Iterable[tuple[str, str]]:
    if place.is_file():
        if not name.endswith(".pyc"):
            yield name, place.read_text(encoding="utf-8")
        return
    for inner in place.iterdir():
        if inner.name != "__pycache__":
            yield from _sources(inner, f"{name}/{inner.name}")


def _meant(source: str) -> str:
    """Return what a source says: its syntax tree without docstrings and places, the same for every Python.

    Not ast.dump: what it leaves out changes from version to version.
    """
    return "\0".join(_tree(ast.parse(source)))


def _tree(node: object) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return
    if isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            # What a version of Python does not know is empty in the others.
            if value is not None and value != []:
                yield name
                yield from _tree(value)
    elif isinstance(node, list):
        yield "["
        for each in node:
            yield from _tree(each)
        yield "]"
    else:
        yield repr(node)
