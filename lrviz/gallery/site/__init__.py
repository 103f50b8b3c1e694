"""The pages of a gallery: a static site, and an index in Markdown; pure functions of catalogue and records."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lrviz.documents.description import Description, describe, known
from lrviz.foundation.printable import printable_lines
from lrviz.gallery.catalogue import Catalogue, Entry, Section
from lrviz.gallery.facts import Facts
from lrviz.gallery.manifest import Record, hash_of
from lrviz.gallery.requests import RaceShot, Shot
from lrviz.gallery.site.markdown import index_in_markdown

_ASSETS = ("style.css", "script.js")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture on a page: what it shows, the command that draws it, and what the cross-check found.

    about: what the parameter is that tells it from the first picture of its entry.
    """

    shot: Shot
    record: Record
    command: str
    picture: str
    film: str | None
    about: str

    @property
    def facts(self) -> Facts:
        """What is known of it."""
        return self.record.facts

    @property
    def agrees(self) -> bool:
        """Whether both engines agree on all of it."""
        return set(self.facts.verdicts) == {"agree"}


@dataclass(frozen=True, slots=True)
class Page:
    """An entry with its plates, and the files that stand behind them, as (name, text)."""

    entry: Entry
    section: Section
    plates: tuple[Plate, ...]
    documents: tuple[tuple[str, str], ...]
    description: Description | None

    @property
    def searched(self) -> str:
        """The words that search looks through."""
        entry = self.entry
        chains = [text for _, text in self.documents]
        return " ".join([entry.title, entry.text, entry.about or "", *entry.tags, *chains]).lower()


def pages(catalogue: Catalogue, records: Mapping[str, Record]) -> dict[str, bytes]:
    """Return every page of a gallery by its path; entries that were never built are left out."""
    shown = list(_pages(catalogue, records))
    environment = Environment(
        loader=PackageLoader("lrviz.gallery.site", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters["prose"] = prose
    sections = [(section, [page for page in shown if page.section is section]) for section in catalogue.sections]
    sections = [(one, inside) for one, inside in sections if inside]
    told = {"catalogue": catalogue, "sections": sections}
    wanted = {topic: [page for page in shown if topic in page.entry.topics] for topic in catalogue.topics}
    tags = {tag: sum(tag in page.entry.tags for page in shown) for tag in catalogue.tags}
    index = environment.get_template("index.html").render(**told, topics=wanted, tags=tags, pages=shown)
    found = {"index.html": index, "README.md": index_in_markdown(catalogue, sections)}
    template = environment.get_template("entry.html")
    for at, page in enumerate(shown):
        before, after = shown[at - 1], shown[(at + 1) % len(shown)]
        found[f"site/{page.entry.id}.html"] = template.render(**told, page=page, before=before, after=after)
    assets = files("lrviz.gallery.site").joinpath("assets")
    found |= {f"site/{name}": assets.joinpath(name).read_text(encoding="utf-8") for name in _ASSETS}
    return {name: text.encode() for name, text in found.items()}


def _shown(value: Any) -> Any:
    """Return what a template writes with nothing in it that is not printable; tabs belong to documents."""
    if not isinstance(value, str):
        return value
    told = "\t".join(map(printable_lines, value.split("\t")))
    return Markup(told) if isinstance(value, Markup) else told


def prose(text: str) -> Markup:
    """Return a text as HTML in which `words` stand as code; everything else is escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _pages(catalogue: Catalogue, records: Mapping[str, Record]) -> Iterator[Page]:
    classes = {name: cls for kind in known().values() for name, cls in kind.items()}
    for section in catalogue.sections:
        for entry in section.entries:
            description = None if entry.about is None else describe(classes[entry.about])
            plates = tuple(_plate(shot, records[shot.id], description) for shot in entry.shots if shot.id in records)
            if plates:
                yield Page(entry, section, plates, tuple(_documents(catalogue, entry, records)), description)


def _plate(shot: Shot, record: Record, description: Description | None) -> Plate:
    varied = shot.setting.partition("=")[0].rpartition(".")[2]
    about = next((one.what for one in (description.parameters if description else ()) if one.name == varied), "")
    picture = next(name for name in record.files if name.endswith(".png"))
    film = next((name for name in record.files if name.endswith(".gif")), None)
    return Plate(shot, record, shlex.join(shot.words), picture, film, about)


def _documents(catalogue: Catalogue, entry: Entry, records: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """Yield the documents behind an entry, each once; a race that is asked for in words as a document too."""
    first = entry.shots[0]
    if isinstance(first, RaceShot) and first.document is None:
        yield "as a race document", _race_document(first)
    reads = {name: was for shot in entry.shots if shot.id in records for name, was in records[shot.id].reads.items()}
    for name, was in reads.items():
        path = catalogue.root / name
        # What the manifest names is shown only where it is what the picture was made of.
        if path.suffix.lower() in {".yaml", ".yml"} and hash_of(path) == was:
            yield name, path.read_text(encoding="utf-8")


def _race_document(shot: RaceShot) -> str:
    plain: dict[str, Any] = {}
    for key, value in shot.options:
        plain[key] = list(value) if isinstance(value, tuple) else value
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, default_flow_style=None))
