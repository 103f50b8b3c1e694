"""A catalogue -> a folder of pictures and pages; builds only what has changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.foundation.errors import Fault, LrvizError, OutputError, UnfinishedError, UsageError
from lrviz.foundation.files import write
from lrviz.gallery.catalogue import Catalogue, Entry
from lrviz.gallery.folder import (
    MANIFEST,
    SHARED,
    data_of,
    doc_of,
    files_of,
    film_of,
    own,
    page_of,
    picture_of,
    thumbnail_of,
)
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record, changed, hash_of, lacking
from lrviz.gallery.requests import Request
from lrviz.gallery.tools import Tools, page_tools
from lrviz.gallery.verified import Verified

if TYPE_CHECKING:
    from lrviz.foundation.progress import Progress
    from lrviz.gallery.drawing import Drawn

_SAVED_EVERY = 1.0
"""Seconds between two saves of the manifest: the work that an interruption may lose."""


@dataclass(slots=True)
class Built:
    """What a build did: ids of pictures that were drawn, and of those that were computed and looked as before.

    faults: what is wrong with the pictures that failed, each at its place in the catalogue.
    """

    drawn: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: int = 0
    faults: list[Fault] = field(default_factory=list)


def selected(catalogue: Catalogue, only: Sequence[str]) -> list[tuple[Entry, Request]]:
    """Return the requests of entries with a title, id, section or tag that matches a pattern; all without patterns.

    Raises UsageError if a pattern matches none.
    """
    named = [
        ((entry, request), (entry.title, entry.id, request.id, section.name, section.id, *entry.tags))
        for section in catalogue.sections
        for entry in section.entries
        for request in entry.requests
    ]
    found = [{at for at, (_, names) in enumerate(named) if _matches(pattern, names)} for pattern in only]
    for pattern, places in zip(only, found, strict=True):
        if not places:
            raise UsageError(f"--only {pattern}: no entry of the catalogue has this title, section or tag")
    return [one for at, (one, _) in enumerate(named) if not only or any(at in places for places in found)]


def _matches(pattern: str, names: Sequence[str]) -> bool:
    """Whether one of the names is like a pattern, or contains what has no wildcards."""
    whole = pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*"
    return any(fnmatchcase(name.lower(), whole.lower()) for name in names)


def build(
    catalogue: Catalogue, folder: Path, *, only: Sequence[str] = (), jobs: int = 1, progress: Progress | None = None
) -> Built:
    """Build a gallery into a folder.

    What was built before is kept, whatever happens: files are replaced whole, one by one, and the manifest
    follows them.
    Raises OutputError where a link leads elsewhere, DocumentError where the manifest names files that are not the
    gallery's, both before anything is touched; UnfinishedError where the disk takes no more, or a process dies.
    """
    site = _Site(catalogue, folder, Tools.here(), Manifest.read(folder))
    site.claim()
    chosen = [request for _, request in selected(catalogue, only)]
    tasks = [(request, site.known(request)) for request in chosen if site.stale(request)]
    site.built.kept = len(chosen) - len(tasks)
    try:
        if tasks:
            site.draw(tasks, jobs, progress)
        site.judge_claims(chosen)
        site.write_pages()
    finally:
        site.verified.save()
    return site.built


class _Site:
    """A gallery that is being built; records: what is known of each picture so far."""

    def __init__(self, catalogue: Catalogue, folder: Path, tools: Tools, old: Manifest) -> None:
        self.built = Built()
        self.verified = Verified(tools, old)
        self._catalogue, self._folder, self._tools, self._old = catalogue, folder, tools, old
        self._made_with = old.made_with
        self._places = {request.id: entry.place for entry in catalogue.entries for request in entry.requests}
        self._records = {name: record for name, record in old.pictures.items() if name in self._places}

    def claim(self) -> None:
        """Make sure that every file which may be written or removed is in the folder.

        Raises OutputError where a link leads elsewhere.
        """
        kinds = (picture_of, film_of, thumbnail_of, data_of)
        files = [name(request) for request in self._places for name in kinds]
        files += [page_of(entry.id) for entry in self._catalogue.entries]
        files += [page_of(doc_of(name)) for name in self._catalogue.docs]
        for each in dict.fromkeys([MANIFEST, *SHARED, *files, *_written(self._old)]):
            own(self._folder, each)

    def stale(self, request: Request) -> bool:
        """Whether a picture has to be computed again, to see whether it has to be drawn again."""
        record = self._records.get(request.id)
        if record is None or changed(request, record, self._catalogue.root, self._folder) is not None:
            return True
        return not (self.verified.computed(record) and self.verified.drawn(record))

    def known(self, request: Request) -> str | None:
        """Return the hash of the data whose picture is already in the folder."""
        record = self._records.get(request.id)
        if record is None or not self.verified.drawn(record):
            return None
        whole = not lacking(request, record) and all(
            hash_of(self._folder / name) == known for name, known in record.files.items()
        )
        return record.facts.data if whole else None

    def draw(self, tasks: Sequence[tuple[Request, str | None]], jobs: int, progress: Progress | None) -> None:
        """Compute requests, and write what is drawn; the manifest is saved on the way, and whatever happens."""
        from lrviz.gallery.pool import drawn

        # A folder that cannot be made is reported before anything is computed.
        _made(own(self._folder, picture_of(tasks[0][0].id)).parent)
        saved = time.monotonic()
        try:
            for done, (request, found) in enumerate(drawn(tasks, self._catalogue.root, jobs), start=1):
                self._take(request, found)
                if progress is not None:
                    progress(done, len(tasks))
                if time.monotonic() - saved > _SAVED_EVERY:
                    saved = time.monotonic()
                    self._manifest().save(self._folder)
        finally:
            self._manifest().save(self._folder)

    def _take(self, request: Request, found: Drawn | LrvizError) -> None:
        """Write the result of a request.

        Raises UnfinishedError where no other request would fare better.
        """
        if isinstance(found, UnfinishedError):
            raise found
        if isinstance(found, LrvizError):
            self._failed(request, *found.lines)
            return
        before, (now, written) = self._records.get(request.id), self._recorded(request, found)
        if before is not None and before.tells_as_much_as(now):
            now = before
        elif self._made_with != self._tools:
            self._made_with = None
        self._records[request.id] = now
        if found.faults:
            # Without a record every build and every check draws it again, and finds the faults again.
            self._made_with = None
            self._failed(request, *found.faults)
        else:
            self.verified.is_exact(now)
        (self.built.drawn if written else self.built.same).append(request.id)
        # Every picture of a gallery is cross-checked, unless its entry says otherwise.
        if set(found.facts.verdicts) != {request.verdict}:
            self._failed(request, found.facts.sentence)

    def judge_claims(self, requests: Sequence[Request]) -> None:
        """Compare the claims of the catalogue with the numbers of the pictures."""
        self.built.faults += self._manifest().broken(requests)

    def _failed(self, request: Request, *told: str) -> None:
        self.built.faults += [Fault(self._places[request.id], request.id, line) for line in told]

    def _recorded(self, request: Request, found: Drawn) -> tuple[Record, bool]:
        """Write the files that differ from those in the folder; return the record, and whether anything was written."""
        before = self._records.get(request.id)
        files, size = dict(before.files) if before else {}, before.size if before else (0, 0)
        written = False
        if found.picture is not None:
            files, size = {}, found.size
            for name, data in files_of(request.id, found).items():
                files[name] = short_hash(data)
                written |= _put(self._folder, name, data)
        reads = {name: hash_of(self._catalogue.root / name) or "" for name in found.facts.reads}
        return Record(tuple(request.words), reads, found.facts, size, files), written

    def _manifest(self) -> Manifest:
        """Return the manifest in the order of the catalogue."""
        records = {name: self._records[name] for name in self._places if name in self._records}
        return replace(self._old, pictures=records, made_with=self._made_with)

    def write_pages(self) -> None:
        """Write the pages that have changed, and remove files that nothing names any more."""
        requests = [request for entry in self._catalogue.entries for request in entry.requests]
        if self._made_with is None and not any(map(self.stale, requests)):
            self._made_with = self._tools
        manifest = self._manifest()
        touched = any(hash_of(self._folder / name) != was for name, was in self._old.pages.items())
        if touched or not self.verified.knows(*pages_of(self._catalogue, manifest)):
            from lrviz.gallery.site import site_of
            from lrviz.pages import pages

            written = pages(site_of(self._catalogue, manifest.pictures))
            for name, data in written.items():
                _put(self._folder, name, data)
            manifest = replace(manifest, pages={name: short_hash(data) for name, data in sorted(written.items())})
            self.verified.learn(*pages_of(self._catalogue, manifest))
        manifest.save(self._folder)
        # Only files that an earlier build wrote, unchanged since, are touched.
        kept = _written(manifest)
        for name, was in _written(self._old).items():
            path = own(self._folder, name)
            if name not in kept and hash_of(path) == was:
                path.unlink()


def pages_of(catalogue: Catalogue, manifest: Manifest) -> tuple[str, ...]:
    """Return what pages are made of, and their hashes: what there is to know of pages that are as they should be."""
    return "pages", catalogue.written, *(one.told for one in catalogue.docs.values()), page_tools(), manifest.text()


def _put(folder: Path, name: str, data: bytes) -> bool:
    """Write a file of the gallery if its content differs; return whether it was written."""
    path = own(folder, name)
    if hash_of(path) == short_hash(data):
        return False
    _made(path.parent)
    write(path, lambda stream: stream.write(data))
    return True


def _made(folder: Path) -> None:
    """Make a folder.

    Raises OutputError where it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"--out {folder}: cannot be made: {error.strerror}") from None


def _written(manifest: Manifest) -> dict[str, str]:
    """Return what a build has written, with the hashes."""
    pictures = {name: known for record in manifest.pictures.values() for name, known in record.files.items()}
    return {**pictures, **manifest.pages}
