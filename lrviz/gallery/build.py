"""A catalogue -> a folder of pictures and pages; only what has changed is made again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.errors import LrvizError, OutputError, UsageError
from lrviz.files import write
from lrviz.gallery.catalogue import Catalogue, Entry
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record, Tools, changed, hash_of, outdated, page_tools
from lrviz.gallery.shots import Shot

if TYPE_CHECKING:
    from lrviz.gallery.darkroom import Developed

Progress = Callable[[int, int], None]

PICTURES, FILMS = "pictures", "films"
_SAVED_EVERY = 1.0
"""Seconds: what an interruption may cost."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An entry that could not be built, or is stale; place: where the catalogue names it."""

    place: str
    shot: str
    text: str

    def __str__(self) -> str:
        """Return it on one line, or on one for each thing that is wrong."""
        return "\n".join(f"{self.place}: {self.shot}: {line}" for line in self.text.splitlines())


@dataclass(slots=True)
class Built:
    """What a build did: ids of what was drawn, of what was computed and looked as before, and what failed."""

    drawn: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def selected(catalogue: Catalogue, only: str | None) -> list[tuple[Entry, Shot]]:
    """Return the shots of the entries whose title, id, section or tag matches a pattern, all where there is none.

    Raises UsageError where none does.
    """
    pattern = (only or "*").lower()
    pattern = pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*"
    found = [
        (entry, shot)
        for section in catalogue.sections
        for entry in section.entries
        for shot in entry.shots
        if any(
            fnmatchcase(name.lower(), pattern)
            for name in (entry.title, entry.id, shot.id, section.name, section.id, *entry.tags)
        )
    ]
    if not found:
        raise UsageError(f"--only {only}: no entry of the catalogue has such a title, section or tag")
    return found


def build(
    catalogue: Catalogue, folder: Path, *, only: str | None = None, jobs: int = 1, progress: Progress | None = None
) -> Built:
    """Build a gallery into a folder.

    What was built before is kept, whatever happens: files are replaced whole, one by one, and the manifest
    follows them.
    Raises UnfinishedError where the disk takes no more, or a process dies.
    """
    built, old, tools = Built(), Manifest.read(folder), Tools.here()
    places = {shot.id: entry.place for entry in catalogue.entries for shot in entry.shots}
    records = {name: record for name, record in old.shots.items() if name in places}
    tasks: list[tuple[Shot, str | None]] = []
    chosen = selected(catalogue, only)
    for _, shot in chosen:
        record = records.get(shot.id)
        moved, other = changed(shot, record, catalogue.root, folder), record and outdated(record, tools)
        if record is None or moved or other:
            tasks.append((shot, _known(record, tools, folder)))
    built.kept = len(chosen) - len(tasks)
    if tasks:
        for name in (PICTURES, FILMS):
            _made(folder / name)
        from lrviz.gallery.crew import developed

        saved = time.monotonic()
        try:
            for done, (shot, found) in enumerate(developed(tasks, catalogue.root, jobs), start=1):
                if isinstance(found, LrvizError):
                    if found.exit_code == 3:
                        raise found
                    built.troubles.append(Trouble(places[shot.id], shot.id, str(found)))
                else:
                    records[shot.id] = _kept(shot, found, records.get(shot.id), catalogue.root, folder, tools)
                    (built.same if found.picture is None else built.drawn).append(shot.id)
                    if "disagree" in found.verdicts:
                        built.troubles.append(Trouble(places[shot.id], shot.id, found.sentence))
                if progress is not None:
                    progress(done, len(tasks))
                if time.monotonic() - saved > _SAVED_EVERY:
                    saved = time.monotonic()
                    _manifest(records, places, old).save(folder)
        finally:
            _manifest(records, places, old).save(folder)
    manifest = _manifest(records, places, old)
    of = pages_of(catalogue, manifest)
    if old.pages_of != of or any(hash_of(folder / name) != known for name, known in old.pages.items()):
        manifest = replace(manifest, pages=_paged(catalogue, manifest, folder), pages_of=of)
        manifest.save(folder)
    _sweep(old, manifest, folder)
    return built


def _paged(catalogue: Catalogue, manifest: Manifest, folder: Path) -> dict[str, str]:
    """Write the pages that are not what stands there, and return the hashes of all."""
    from lrviz.gallery.site import pages

    written = pages(catalogue, manifest.shots)
    for name, data in written.items():
        _made((folder / name).parent)
        if hash_of(folder / name) != short_hash(data):
            write(folder / name, lambda stream, data=data: stream.write(data))  # type: ignore[misc]
    return {name: short_hash(data) for name, data in sorted(written.items())}


def _known(record: Record | None, tools: Tools, folder: Path) -> str | None:
    """Return the hash of data whose picture would be drawn just as it stands there."""
    if record is None or record.drawn_with != tools.drawing:
        return None
    whole = all(hash_of(folder / name) == known for name, known in record.files.items())
    return record.data if whole else None


def _kept(shot: Shot, found: Developed, before: Record | None, root: Path, folder: Path, tools: Tools) -> Record:
    """Write what was drawn, and return its record; what was not drawn anew is what it was before."""
    files, size = dict(before.files) if before else {}, before.size if before else (0, 0)
    if found.picture is not None:
        made = {f"{PICTURES}/{shot.id}.png": found.picture, f"{FILMS}/{shot.id}.gif": found.film}
        files, size = {}, found.size
        for name, data in made.items():
            if data is not None:
                write(folder / name, lambda stream, data=data: stream.write(data))  # type: ignore[misc]
                files[name] = short_hash(data)
    return Record(
        command=tuple(shot.words),
        reads={name: hash_of(root / name) or "" for name in found.reads},
        computed_with=tools.computing,
        drawn_with=tools.drawing,
        data=found.data,
        samples={name: tuple(values) for name, values in found.samples.items()},
        verdicts=found.verdicts,
        sentence=found.sentence,
        alt=found.alt,
        notes=found.notes,
        size=size,
        files=files,
    )


def _manifest(records: dict[str, Record], places: dict[str, str], old: Manifest) -> Manifest:
    """Return the manifest in the order of the catalogue."""
    return replace(old, shots={name: records[name] for name in places if name in records})


def pages_of(catalogue: Catalogue, manifest: Manifest) -> str:
    """Return a hash of all that the pages are made of."""
    told = [catalogue.written, page_tools(), manifest.text().partition('"pages": {')[0]]
    return short_hash("\0".join(told).encode())


def _made(folder: Path) -> None:
    """Make a folder.

    Raises OutputError where it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"--out {folder}: cannot be made: {error.strerror}") from None


def _sweep(old: Manifest, new: Manifest, folder: Path) -> None:
    """Remove what an earlier build wrote and this one has no use for; no other file is touched."""
    for name in _written(old) - _written(new):
        (folder / name).unlink(missing_ok=True)


def _written(manifest: Manifest) -> set[str]:
    return {name for record in manifest.shots.values() for name in record.files} | set(manifest.pages)
