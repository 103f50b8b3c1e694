"""A catalogue and what was built of it -> what the pages show."""

from __future__ import annotations

import os.path
import posixpath
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from lrviz.documents.description import Description, describe, known
from lrviz.gallery.catalogue import Catalogue, Entry
from lrviz.gallery.folder import doc_of
from lrviz.gallery.manifest import Record, hash_of
from lrviz.gallery.requests import OptimizersRequest, Request
from lrviz.pages import Doc, Page, Picture, Section, Site, title_of


def site_of(catalogue: Catalogue, records: Mapping[str, Record]) -> Site:
    """Return the site of a gallery; entries that were never built are left out, and so are sections without any."""
    classes = {name: cls for kind in known().values() for name, cls in kind.items()}
    sections = []
    for section in catalogue.sections:
        shown = []
        for entry in section.entries:
            if any(request.id in records for request in entry.requests):
                description = None if entry.about is None else describe(classes[entry.about])
                shown.append(_page(catalogue, entry, records, description))
        if shown:
            sections.append(Section(section.id, section.name, section.text, tuple(shown)))
    return Site(
        catalogue.title, catalogue.text, catalogue.tags, catalogue.topics, tuple(sections),
        tuple(_docs(catalogue)), Path(os.path.relpath(Path(catalogue.source).parent, catalogue.root)).as_posix(),
    )  # fmt: skip


def _docs(catalogue: Catalogue) -> Iterator[Doc]:
    for name, one in catalogue.docs.items():
        title = title_of(one.text) or PurePosixPath(name).stem
        yield Doc(doc_of(name), posixpath.normpath(name), title, one.text, one.pictures)


def _page(catalogue: Catalogue, entry: Entry, records: Mapping[str, Record], description: Description | None) -> Page:
    pictures = tuple(
        _picture(request, records[request.id], description) for request in entry.requests if request.id in records
    )
    return Page(
        entry.id, entry.title, entry.text, entry.tags, entry.source, entry.about, entry.topics, pictures,
        tuple(_documents(catalogue, entry, records)), description,
    )  # fmt: skip


def _picture(request: Request, record: Record, description: Description | None) -> Picture:
    varied = request.setting.partition("=")[0].rpartition(".")[2]
    facts = record.facts
    return Picture(
        file=next(name for name in record.files if name.endswith(".png")),
        film=next((name for name in record.files if name.endswith(".gif")), None),
        size=record.size,
        thumbnail=next((name for name in record.files if name.endswith(".svg")), None),
        data=next((name for name in record.files if name.endswith(".js")), None),
        command=shlex.join(request.words),
        setting=request.setting,
        about=next((one.what for one in (description.parameters if description else ()) if one.name == varied), ""),
        alt=facts.alt,
        sentence=facts.sentence,
        verdict=next((one for one in ("disagree", "skipped") if one in facts.verdicts), "agree"),
        notes=facts.notes,
    )


def _documents(catalogue: Catalogue, entry: Entry, records: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """Yield the documents behind an entry, each once; a race or a sweep asked for in words as a document too."""
    first = entry.requests[0]
    if isinstance(first, OptimizersRequest) and first.document is None:
        yield f"as a {first.kind} document", _inline(first)
    reads = {
        name: was
        for request in entry.requests
        if request.id in records
        for name, was in records[request.id].reads.items()
    }
    for name, was in reads.items():
        path = catalogue.root / name
        # What the manifest names is shown only where it is what the picture was made of.
        if path.suffix.lower() in {".yaml", ".yml"} and hash_of(path) == was:
            yield name, path.read_text(encoding="utf-8")


def _inline(request: OptimizersRequest) -> str:
    plain: dict[str, Any] = {}
    for key, value in request.options:
        plain[key] = list(value) if isinstance(value, tuple) else value
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, default_flow_style=None))
