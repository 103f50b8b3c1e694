"""Whether a built gallery is what its catalogue asks for; nothing is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.foundation.errors import LrvizError
from lrviz.gallery.build import Trouble, pages_of, selected
from lrviz.gallery.catalogue import Catalogue
from lrviz.gallery.digest import alike
from lrviz.gallery.folder import film_of, picture_of
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record, Tools, changed, hash_of, outdated
from lrviz.gallery.requests import Shot

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Developed

Progress = Callable[[int, int], None]


def check(
    catalogue: Catalogue, folder: Path, *, only: str | None = None, jobs: int = 1, progress: Progress | None = None
) -> list[Trouble]:
    """Return what is stale in a folder, in the order of the catalogue, and the pages last.

    Where a document or a file has changed, that is enough. Where only the tools are others, the picture is
    made anew in memory: its numbers must be those of the one that stands there, but for what rounding
    amplifies, and it must look like it.
    Raises DocumentError where the manifest names files that are not the gallery's.
    """
    manifest, tools = Manifest.read(folder), Tools.here()
    chosen = selected(catalogue, only)
    found: dict[str, tuple[str, ...]] = {}
    doubtful: list[tuple[Shot, str | None]] = []
    for _, shot in chosen:
        record = manifest.shots.get(shot.id)
        moved = changed(shot, record, catalogue.root, folder)
        if moved is not None:
            found[shot.id] = (moved,)
        elif record is not None and outdated(record, tools):
            doubtful.append((shot, None if record.drawn_with != tools.drawing else record.facts.data))
    if doubtful:
        from lrviz.gallery.pool import developed

        for done, (shot, made) in enumerate(developed(doubtful, catalogue.root, jobs), start=1):
            if isinstance(made, LrvizError):
                found[shot.id] = made.lines
            elif differs := _differs(manifest.shots[shot.id], made, folder, shot):
                found[shot.id] = (differs,)
            if progress is not None:
                progress(done, len(doubtful))
    troubles = [Trouble(entry.place, shot.id, found[shot.id]) for entry, shot in chosen if shot.id in found]
    return troubles if only or troubles else [*_left_over(catalogue, manifest), *_pages(catalogue, manifest, folder)]


def _differs(record: Record, made: Developed, folder: Path, shot: Shot) -> str | None:
    """Say how a picture that was made anew differs from the one that stands there."""
    before, now = record.facts, made.facts
    if now.verdicts != before.verdicts:
        return f"the verdicts are others: {now.sentence}"
    if now.data != before.data and not alike(before.samples, now.samples):
        return "its numbers have changed"
    from lrviz.gallery.similarity import looks_like

    for name, drawn in ((picture_of(shot.id), made.picture), (film_of(shot.id), made.film)):
        if drawn is not None:
            with (folder / name).open("rb") as stands:
                if not looks_like(stands, io.BytesIO(drawn)):
                    return f"{name} would be drawn otherwise"
    return None


def _left_over(catalogue: Catalogue, manifest: Manifest) -> list[Trouble]:
    """Return what was built and the catalogue no longer names."""
    known = {shot.id for entry in catalogue.entries for shot in entry.shots}
    return [
        Trouble(catalogue.source, name, ("built, and no longer in the catalogue",))
        for name in manifest.shots
        if name not in known
    ]


def _pages(catalogue: Catalogue, manifest: Manifest, folder: Path) -> list[Trouble]:
    """Return the pages that are not what they would be now."""
    touched = [name for name, known in manifest.pages.items() if hash_of(folder / name) != known]
    if not touched and manifest.pages and manifest.pages_of == pages_of(catalogue, manifest):
        return []
    from lrviz.gallery.site import pages

    made = pages(catalogue, manifest.shots)
    names = dict.fromkeys([*made, *manifest.pages])
    return [
        Trouble(catalogue.source, name, ("the page is not what it would be now",))
        for name in names
        if name not in made or hash_of(folder / name) != short_hash(made[name])
    ]
