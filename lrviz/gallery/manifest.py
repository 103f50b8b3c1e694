"""The manifest: what every picture of a built gallery was made from, so that a build makes only what has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, TypeAdapter

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.files import write
from lrviz.foundation.wording import shown
from lrviz.gallery.digest import alike
from lrviz.gallery.facts import Facts
from lrviz.gallery.folder import MANIFEST, data_of, film_of, is_page, is_picture, own, picture_of, thumbnail_of
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.requests import Request
from lrviz.gallery.tools import Tools


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a picture that was made.

    command: what it was asked for with; reads: the hashes of the files it depends on; size: width and height in
    pixels; files: what was written, and the hashes of that. Nothing of the code that made it: an edit that changes
    neither data nor drawing changes no record.
    """

    command: tuple[str, ...]
    reads: Mapping[str, str]
    facts: Facts
    size: tuple[int, int]
    files: Mapping[str, str]

    def tells_as_much_as(self, other: Record) -> bool:
        """Whether another record differs by no more than the hash of the data, and by that as machines do."""
        facts = replace(self.facts, data=other.facts.data, samples=other.facts.samples)
        return alike(self.facts.samples, other.facts.samples) and replace(self, facts=facts) == other

    @property
    def line(self) -> str:
        """The record as written."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The records by the ids of what they show.

    pages: what else was written, and its hashes; made_with: tools that make every picture just as it is recorded,
    None where that is known of none. Other tools may make them, too: it changes only when a record does.
    """

    # Until 0.1 the key had another name: galleries built then stay valid.
    pictures: Annotated[dict[str, Record], Field(validation_alias=AliasChoices("pictures", "shots"))] = field(
        default_factory=dict
    )
    pages: dict[str, str] = field(default_factory=dict)
    made_with: Tools | None = None

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder; where there is none that can be read, nothing is known.

        Raises DocumentError where it names files that are not a gallery's: no build has written that.
        """
        path = folder / MANIFEST
        try:
            if not path.is_file():
                return cls()
            text = path.read_text(encoding="utf-8")
            manifest: Manifest = TypeAdapter(cls).validate_python(json.loads(text))
        except (OSError, ValueError, RecursionError):
            return cls()
        if faults := [_fault(path, text, *wrong) for wrong in manifest.foreign()]:
            raise DocumentError(*faults)
        return manifest

    def foreign(self) -> Iterator[tuple[str, str, str]]:
        """Yield the names that no build can have written: the key, the name, and what is expected."""
        for request, record in self.pictures.items():
            picture, film = picture_of(request), film_of(request)
            known = {picture, film, thumbnail_of(request), data_of(request)}
            if not is_picture(picture):
                yield "pictures", request, "the id of a picture is needed, in small letters, digits and hyphens"
                continue
            for name in record.files:
                if name not in known:
                    yield f"pictures.{request}.files", name, f"only {', '.join(sorted(known))} can be meant"
            if picture not in record.files:
                yield "pictures", request, f"its file {picture} is missing"
        for name in self.pages:
            if not is_page(name):
                yield "pages", name, "a page of the gallery is needed, as index.html or site/run.html"

    def broken(self, requests: Iterable[Request]) -> Iterator[Fault]:
        """Yield the claims that the numbers of the pictures do not satisfy."""
        for request in requests:
            if (record := self.pictures.get(request.id)) is not None:
                for claim in request.claims:
                    if told := claim.fails(record.facts.samples):
                        yield Fault(claim.place, request.id, told)

    def text(self) -> str:
        """Return the manifest as written: a line for each picture, so that a diff shows single changes."""
        pictures = ",\n".join(f"  {json.dumps(name)}: {one.line}" for name, one in self.pictures.items())
        pages = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in self.pages.items())
        head = '"written_by": "lrviz gallery; do not edit"'
        return (
            f'{{\n{head},\n"pictures": {{\n{pictures}\n}},\n"pages": {{\n{pages}\n}},\n'
            f'"made_with": {json.dumps(self.made_with and asdict(self.made_with))}\n}}\n'
        )

    def save(self, folder: Path) -> None:
        """Write it into a folder if it has changed."""
        target, data = own(folder, MANIFEST), self.text().encode()
        if not (target.is_file() and target.read_bytes() == data):
            write(target, lambda stream: stream.write(data))


def _fault(path: Path, text: str, key: str, name: str, needed: str) -> Fault:
    """Return a wrong name as a fault, with its place if the manifest is formatted as a build writes it."""
    at = text.find(json.dumps(name))
    before = text[: max(at, 0)]
    place = f":{before.count(chr(10)) + 1}:{at - before.rfind(chr(10))}" if at >= 0 else ""
    return Fault(f"{path}{place}", key, f"{shown(name)} given; {needed}; remove the manifest, and build again")


def hash_of(path: Path) -> str | None:
    """Return the hash of a file; None if there is no regular file of that name."""
    try:
        return short_hash(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError):
        return None


def lacking(request: Request, record: Record) -> list[str]:
    """Return the files of a picture that were never written: of an older lrviz."""
    needed = [picture_of(request.id), *([thumbnail_of(request.id), data_of(request.id)] if request.leads else [])]
    return [name for name in needed if name not in record.files]


def changed(request: Request, record: Record | None, root: Path, folder: Path) -> str | None:
    """Say what has changed since a picture was made: what is asked for, its documents, its files; None for nothing."""
    if record is None:
        return "not built"
    if record.command != tuple(request.words):
        return "its entry in the catalogue has changed"
    if any(one.unmeasured(record.facts.samples) for one in request.claims):
        return "the numbers for its claims were not measured"
    for name, known in record.reads.items():
        found = hash_of(root / name)
        if found != known:
            return f"{name} {'has changed' if found else 'is gone'}"
    for name in lacking(request, record):
        return f"{name} is missing"
    for name, known in record.files.items():
        found = hash_of(folder / name)
        if found != known:
            return f"{name} {'differs from the file that was built' if found else 'is missing'}"
    return None
