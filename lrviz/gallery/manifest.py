"""The manifest: what every picture of a built gallery was made of, so that only what has changed is made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lrviz.foundation.errors import DocumentError, Fault, UnfinishedError
from lrviz.foundation.files import write
from lrviz.foundation.wording import shown
from lrviz.gallery.facts import Facts
from lrviz.gallery.folder import MANIFEST, film_of, is_page, is_picture, own, picture_of
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.requests import Shot

_DRAWING = ("render/figures", "render/text", "foundation/numerals.py")
_COMPUTING = ("documents", "engines", "functions", "language", "linting", "optimizers", "results", "runs", "schedulers")
"""Parts of the package that decide what is computed."""
_DESCRIBING = ("documents", "functions", "gallery", "language", "optimizers", "schedulers")
"""Parts that decide what stands on a page."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What pictures are made with: the code, and the libraries, as hashes and versions."""

    computing: str
    drawing: str

    @classmethod
    def here(cls) -> Tools:
        """Return those of this installation.

        Raises UnfinishedError where one is missing.
        """
        return cls(
            f"{code(_COMPUTING)} numpy {_version('numpy')} torch {_version('torch').partition('+')[0]}",
            f"{code(_DRAWING)} matplotlib {_version('matplotlib')} pillow {_version('pillow')}",
        )


def _version(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        raise UnfinishedError(f"{tool} is not installed; a gallery is computed and drawn with it") from None


def page_tools() -> str:
    """Return what pages are made with."""
    return f"{code(_DESCRIBING)} jinja2 {version('jinja2')}"


def code(parts: Iterable[str]) -> str:
    """Return a hash of the sources of parts of the package; a line's end counts the same on every system."""
    package = files("lrviz")
    found = sorted((name, text) for part in parts for name, text in _sources(package.joinpath(part), part))
    return short_hash("\0".join(f"{name}\0{text}" for name, text in found).encode())


def _sources(place: Traversable, name: str) -> Iterable[tuple[str, str]]:
    if place.is_file():
        if not name.endswith(".pyc"):
            yield name, place.read_text(encoding="utf-8")
        return
    for inner in place.iterdir():
        if inner.name != "__pycache__":
            yield from _sources(inner, f"{name}/{inner.name}")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a picture that was made.

    command: what it was asked for with; reads: the hashes of the files it depends on; computed_with,
    drawn_with: as in Tools; size: width and height in pixels; files: what was written, and the hashes of that.
    """

    command: tuple[str, ...]
    reads: Mapping[str, str]
    computed_with: str
    drawn_with: str
    facts: Facts
    size: tuple[int, int]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The records by the ids of their shots; pages: what else was written, and its hashes, made of `pages_of`."""

    shots: dict[str, Record] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    pages_of: str = ""

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder; where there is none that can be read, nothing is known.

        Raises DocumentError where it names files that are not a gallery's: no build has written that.
        """
        path = folder / MANIFEST
        try:
            text = path.read_text(encoding="utf-8")
            manifest: Manifest = TypeAdapter(cls).validate_python(json.loads(text))
        except (OSError, ValueError, RecursionError):
            return cls()
        if faults := [_fault(path, text, *wrong) for wrong in manifest.foreign()]:
            raise DocumentError(*faults)
        return manifest

    def foreign(self) -> Iterator[tuple[str, str, str]]:
        """Yield the names that no build can have written: under which key, the name, and what is needed."""
        for shot, record in self.shots.items():
            picture, film = picture_of(shot), film_of(shot)
            if not is_picture(picture):
                yield "shots", shot, "the id of a picture is needed, in small letters, digits and hyphens"
                continue
            for name in record.files:
                if name not in {picture, film}:
                    yield f"shots.{shot}.files", name, f"only {picture} and {film} can be meant"
            if picture not in record.files:
                yield "shots", shot, f"its file {picture} is missing"
        for name in self.pages:
            if not is_page(name):
                yield "pages", name, "a page of the gallery is needed, as index.html or site/run.html"

    def text(self) -> str:
        """Return the manifest as it is written: a line for each picture, so that changes are seen one by one."""
        shots = ",\n".join(f"  {json.dumps(name)}: {_line(asdict(one))}" for name, one in self.shots.items())
        pages = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in self.pages.items())
        head = '"written_by": "lrviz gallery; do not edit"'
        return (
            f'{{\n{head},\n"shots": {{\n{shots}\n}},\n"pages": {{\n{pages}\n}},\n'
            f'"pages_of": {json.dumps(self.pages_of)}\n}}\n'
        )

    def save(self, folder: Path) -> None:
        """Write it into a folder, where it is not what stands there."""
        target, data = own(folder, MANIFEST), self.text().encode()
        if not (target.is_file() and target.read_bytes() == data):
            write(target, lambda stream: stream.write(data))


def _line(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _fault(path: Path, text: str, key: str, name: str, needed: str) -> Fault:
    """Return a name that is wrong as a fault, at its place where it is written as a build writes it."""
    at = text.find(json.dumps(name))
    before = text[: max(at, 0)]
    place = f":{before.count(chr(10)) + 1}:{at - before.rfind(chr(10))}" if at >= 0 else ""
    return Fault(f"{path}{place}", key, f"{shown(name)} given; {needed}; remove the manifest, and build again")


def hash_of(path: Path) -> str | None:
    """Return the hash of a file; None where there is none, what is there is no file, or none can have that name."""
    try:
        return short_hash(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError):
        return None


def changed(shot: Shot, record: Record | None, root: Path, folder: Path) -> str | None:
    """Say what has changed since a picture was made: what is asked for, its documents, its files; None for nothing."""
    if record is None:
        return "not built"
    if record.command != tuple(shot.words):
        return "the catalogue asks for something else"
    for name, known in record.reads.items():
        found = hash_of(root / name)
        if found != known:
            return f"{name} {'has changed' if found else 'is gone'}"
    for name, known in record.files.items():
        found = hash_of(folder / name)
        if found != known:
            return f"{name} {'is not the file that was built' if found else 'is missing'}"
    return None


def outdated(record: Record, tools: Tools) -> str | None:
    """Say which tools are others than those a picture was made with; None for none."""
    if record.computed_with != tools.computing:
        return "made by another lrviz, torch or numpy"
    if record.drawn_with != tools.drawing:
        return "drawn by another lrviz, matplotlib or pillow"
    return None
