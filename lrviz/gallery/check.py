"""Whether a built gallery is up to date with its catalogue; nothing is written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from lrviz.foundation.errors import Fault, LrvizError
from lrviz.gallery.build import pages_of, selected
from lrviz.gallery.catalogue import Catalogue
from lrviz.gallery.digest import alike
from lrviz.gallery.folder import files_of, film_of, picture_of
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record, changed, hash_of
from lrviz.gallery.requests import Request
from lrviz.gallery.tools import Tools
from lrviz.gallery.verified import Verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrviz.foundation.progress import Progress
    from lrviz.gallery.drawing import Drawn


def check(
    catalogue: Catalogue, folder: Path, *, only: Sequence[str] = (), jobs: int = 1, progress: Progress | None = None
) -> list[Fault]:
    """Return what is stale in a folder, and how, in the order of the catalogue, and the pages last.

    Where a document or a file has changed, that is enough. Where only the tools are others, the data are
    computed anew: they must be those of the picture that stands there, but for what rounding amplifies. Where
    they are not just those, or the tools that draw are others, too, it is drawn in memory, and must look like it.
    What was found is remembered on this machine.
    Raises DocumentError where the manifest names files that are not the gallery's.
    """
    manifest = Manifest.read(folder)
    verified = Verified(Tools.here(), manifest)
    chosen = selected(catalogue, only)
    found: dict[str, tuple[str, ...]] = {}
    doubtful: list[tuple[Request, str | None]] = []
    for _, request in chosen:
        record = manifest.pictures.get(request.id)
        moved = changed(request, record, catalogue.root, folder)
        if moved is not None:
            found[request.id] = (moved,)
        elif record is not None and not verified.alike(record):
            doubtful.append((request, record.facts.data if verified.drawn(record) else None))
    if doubtful:
        from lrviz.gallery.pool import drawn

        for done, (request, made) in enumerate(drawn(doubtful, catalogue.root, jobs), start=1):
            record = manifest.pictures[request.id]
            if isinstance(made, LrvizError):
                found[request.id] = made.lines
            elif differs := _differs(record, made, folder, request):
                found[request.id] = (differs,)
            elif made.faults:
                found[request.id] = made.faults
            elif _exact(record, made, request):
                verified.is_exact(record)
            else:
                verified.is_alike(record)
            if progress is not None:
                progress(done, len(doubtful))
    stale = [Fault(entry.place, request.id, line) for entry, request in chosen for line in found.get(request.id, ())]
    stale += manifest.broken(request for _, request in chosen)
    if not (only or stale):
        stale = [*_left_over(catalogue, manifest), *_pages(catalogue, manifest, folder, verified)]
    verified.save()
    return stale


def _differs(record: Record, made: Drawn, folder: Path, request: Request) -> str | None:
    """Return how a picture that was made again differs from the one in the folder."""
    before, now = record.facts, made.facts
    if now.verdicts != before.verdicts:
        return f"the verdicts are others: {now.sentence}"
    if now.data != before.data and not alike(before.samples, now.samples):
        return "its numbers have changed"
    from lrviz.gallery.similarity import looks_like

    for name, drawn in files_of(request.id, made).items():
        with (folder / name).open("rb") as stands:
            if name in {picture_of(request.id), film_of(request.id)}:
                same = looks_like(stands, io.BytesIO(drawn))
            else:
                # Numbers that agree may still differ in their last digits.
                same = now.data != before.data or stands.read() == drawn
            if not same:
                return f"{name} would be drawn otherwise"
    return None


def _exact(record: Record, made: Drawn, request: Request) -> bool:
    """Whether a picture that was made again equals the one in the folder, to the byte."""
    files = {name: short_hash(data) for name, data in files_of(request.id, made).items()}
    return made.facts.data == record.facts.data and (made.picture is None or files == record.files)


def _left_over(catalogue: Catalogue, manifest: Manifest) -> list[Fault]:
    """Return what was built but is no longer in the catalogue."""
    known = {request.id for entry in catalogue.entries for request in entry.requests}
    return [
        Fault(catalogue.source, name, "built, but no longer in the catalogue")
        for name in manifest.pictures
        if name not in known
    ]


def _pages(catalogue: Catalogue, manifest: Manifest, folder: Path, verified: Verified) -> list[Fault]:
    """Return the pages that are outdated."""
    touched = [name for name, known in manifest.pages.items() if hash_of(folder / name) != known]
    if not touched and verified.knows(*pages_of(catalogue, manifest)):
        return []
    from lrviz.gallery.site import site_of
    from lrviz.pages import pages

    made = pages(site_of(catalogue, manifest.pictures))
    names = dict.fromkeys([*made, *manifest.pages])
    wrong = [name for name in names if name not in made or hash_of(folder / name) != short_hash(made[name])]
    if not wrong:
        verified.learn(*pages_of(catalogue, manifest))
    return [Fault(catalogue.source, name, "the page is outdated") for name in wrong]
