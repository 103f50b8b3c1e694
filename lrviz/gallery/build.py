"""A catalogue -> a folder of pictures and pages; only what has changed is made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.foundation.errors import LrvizError, OutputError, UnfinishedError, UsageError
from lrviz.foundation.files import write
from lrviz.gallery.catalogue import Catalogue, Entry
from lrviz.gallery.folder import MANIFEST, SHARED, film_of, own, page_of, picture_of
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record, Tools, changed, hash_of, outdated, page_tools
from lrviz.gallery.requests import Shot

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Developed

Progress = Callable[[int, int], None]

_SAVED_EVERY = 1.0
"""Seconds: what an interruption may cost."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An entry that could not be built, or is stale; place: where the catalogue names it.

    told: what is wrong, each on a line of its own.
    """

    place: str
    shot: str
    told: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Return it on one line, or on one for each thing that is wrong."""
        return tuple(f"{self.place}: {self.shot}: {line}" for line in self.told)

    def __str__(self) -> str:
        """Return it as text."""
        return "\n".join(self.lines)


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
    Raises OutputError where a link leads elsewhere, DocumentError where the manifest names files that are not the
    gallery's, both before anything is touched; UnfinishedError where the disk takes no more, or a process dies.
    """
    site = _Site(catalogue, folder, Tools.here(), Manifest.read(folder))
    site.claim()
    chosen = [shot for _, shot in selected(catalogue, only)]
    tasks = [(shot, site.known(shot)) for shot in chosen if site.stale(shot)]
    site.built.kept = len(chosen) - len(tasks)
    if tasks:
        site.develop(tasks, jobs, progress)
    site.write_pages()
    return site.built


class _Site:
    """A gallery being built; records: what is known of each picture by now."""

    def __init__(self, catalogue: Catalogue, folder: Path, tools: Tools, old: Manifest) -> None:
        self.built = Built()
        self._catalogue, self._folder, self._tools, self._old = catalogue, folder, tools, old
        self._places = {shot.id: entry.place for entry in catalogue.entries for shot in entry.shots}
        self._records = {name: record for name, record in old.shots.items() if name in self._places}

    def claim(self) -> None:
        """Make sure that every file which may be written or removed is in the folder.

        Raises OutputError where a link leads elsewhere.
        """
        files = [name(shot) for shot in self._places for name in (picture_of, film_of)]
        files += [page_of(entry.id) for entry in self._catalogue.entries]
        for each in dict.fromkeys([MANIFEST, *SHARED, *files, *_written(self._old)]):
            own(self._folder, each)

    def stale(self, shot: Shot) -> bool:
        """Whether a picture has to be computed again, to see whether it has to be drawn again."""
        record = self._records.get(shot.id)
        moved = changed(shot, record, self._catalogue.root, self._folder)
        return record is None or moved is not None or outdated(record, self._tools) is not None

    def known(self, shot: Shot) -> str | None:
        """Return the hash of data whose picture would be drawn just as it stands there."""
        record = self._records.get(shot.id)
        if record is None or record.drawn_with != self._tools.drawing:
            return None
        whole = all(hash_of(self._folder / name) == known for name, known in record.files.items())
        return record.facts.data if whole else None

    def develop(self, tasks: Sequence[tuple[Shot, str | None]], jobs: int, progress: Progress | None) -> None:
        """Compute shots, and write what is drawn; the manifest is saved on the way, and whatever happens."""
        from lrviz.gallery.pool import developed

        # A folder that cannot be made is said before anything is computed.
        _made(own(self._folder, picture_of(tasks[0][0].id)).parent)
        saved = time.monotonic()
        try:
            for done, (shot, found) in enumerate(developed(tasks, self._catalogue.root, jobs), start=1):
                self._take(shot, found)
                if progress is not None:
                    progress(done, len(tasks))
                if time.monotonic() - saved > _SAVED_EVERY:
                    saved = time.monotonic()
                    self._manifest().save(self._folder)
        finally:
            self._manifest().save(self._folder)

    def _take(self, shot: Shot, found: Developed | LrvizError) -> None:
        """Write what became of a shot.

        Raises UnfinishedError where no other shot would fare better.
        """
        if isinstance(found, UnfinishedError):
            raise found
        if isinstance(found, LrvizError):
            self._trouble(shot, *found.lines)
            return
        self._records[shot.id] = self._recorded(shot, found)
        (self.built.same if found.picture is None else self.built.drawn).append(shot.id)
        if "disagree" in found.facts.verdicts:
            self._trouble(shot, found.facts.sentence)

    def _trouble(self, shot: Shot, *told: str) -> None:
        self.built.troubles.append(Trouble(self._places[shot.id], shot.id, told))

    def _recorded(self, shot: Shot, found: Developed) -> Record:
        """Write what was drawn, and return its record; what was not drawn anew is what it was before."""
        before = self._records.get(shot.id)
        files, size = dict(before.files) if before else {}, before.size if before else (0, 0)
        if found.picture is not None:
            made = {picture_of(shot.id): found.picture, film_of(shot.id): found.film}
            files, size = {}, found.size
            for name, data in made.items():
                if data is not None:
                    _put(self._folder, name, data)
                    files[name] = short_hash(data)
        return Record(
            command=tuple(shot.words),
            reads={name: hash_of(self._catalogue.root / name) or "" for name in found.facts.reads},
            computed_with=self._tools.computing,
            drawn_with=self._tools.drawing,
            facts=found.facts,
            size=size,
            files=files,
        )

    def _manifest(self) -> Manifest:
        """Return the manifest in the order of the catalogue."""
        return replace(self._old, shots={name: self._records[name] for name in self._places if name in self._records})

    def write_pages(self) -> None:
        """Write the pages that are not what stands there, and remove what nothing names any more."""
        manifest = self._manifest()
        of = pages_of(self._catalogue, manifest)
        known = self._old.pages.items()
        if self._old.pages_of != of or any(hash_of(self._folder / name) != page for name, page in known):
            from lrviz.gallery.site import pages

            written = pages(self._catalogue, manifest.shots)
            for name, data in written.items():
                if hash_of(self._folder / name) != short_hash(data):
                    _put(self._folder, name, data)
            manifest = replace(
                manifest, pages={name: short_hash(data) for name, data in sorted(written.items())}, pages_of=of
            )
            manifest.save(self._folder)
        # No file is touched that an earlier build did not write just as it is.
        kept = _written(manifest)
        for name, was in _written(self._old).items():
            path = own(self._folder, name)
            if name not in kept and hash_of(path) == was:
                path.unlink()


def pages_of(catalogue: Catalogue, manifest: Manifest) -> str:
    """Return a hash of all that the pages are made of."""
    told = [catalogue.written, page_tools(), manifest.text().partition('"pages": {')[0]]
    return short_hash("\0".join(told).encode())


def _put(folder: Path, name: str, data: bytes) -> None:
    path = own(folder, name)
    _made(path.parent)
    write(path, lambda stream: stream.write(data))


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
    pictures = {name: known for record in manifest.shots.values() for name, known in record.files.items()}
    return {**pictures, **manifest.pages}
