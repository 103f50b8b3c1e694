"""The catalogue: YAML that names the entries of a gallery; validated before anything is drawn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lrviz.documents.description import known
from lrviz.documents.faults import Keys, faults_of, position, problems_of
from lrviz.documents.load import neighbour, read_text
from lrviz.documents.override import parse
from lrviz.documents.settings import split
from lrviz.foundation.errors import DocumentError, Fault, Problem, UsageError
from lrviz.foundation.errors import Path as KeyPath
from lrviz.foundation.wording import did_you_mean
from lrviz.gallery.claims import Claim, parsed
from lrviz.gallery.documentation import Documentation, docs_problems, read_documentation
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.requests import CheckRequest, RaceRequest, Request, ResumeRequest, ScheduleRequest, SweepRequest
from lrviz.gallery.written import OF_KIND, WrittenCatalogue, WrittenEntry, WrittenSection
from lrviz.language.fields import Model
from lrviz.language.marked_yaml import Marked, read


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its text and its pictures; the first picture represents it."""

    id: str
    title: str
    text: str
    tags: tuple[str, ...]
    source: str | None
    about: str | None
    topics: tuple[str, ...]
    requests: tuple[Request, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that belong together."""

    id: str
    name: str
    text: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A gallery to build; root: the folder for paths of documents."""

    source: str
    title: str
    text: str
    root: Path
    tags: Mapping[str, str]
    topics: Mapping[str, str]
    sections: tuple[Section, ...]
    written: str
    """The text of the catalogue."""
    docs: Mapping[str, Documentation]
    """The documentation, by paths from root."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all sections, in order."""
        return tuple(entry for section in self.sections for entry in section.entries)


def load_catalogue(path: Path) -> Catalogue:
    """Read and validate a catalogue.

    Raises DocumentError with all faults; the documents that it names must exist, but are not read.
    """
    marked = read(read_text(path), str(path))
    if not isinstance(marked.data, dict):
        raise DocumentError(*marked.faults, marked.fault((), "a mapping with title, text, tags and sections is needed"))
    problems: list[Problem] = []
    try:
        written = WrittenCatalogue.model_validate(marked.data)
    except ValidationError as error:
        problems = problems_of(error, marked.data, _keys_at)
        raise DocumentError(*_sorted(marked, faults_of(problems, marked, _keys_at))) from None
    root = path.parent / written.root
    sections = tuple(_section(one, marked, ("sections", at)) for at, one in enumerate(written.sections))
    problems += _problems(written, root)
    problems += _taken_twice(sections)
    if problems or marked.faults:
        raise DocumentError(*_sorted(marked, faults_of(problems, marked, _keys_at)))
    return Catalogue(
        str(path), written.title, written.text.strip(), root, written.tags, written.topics, sections, marked.text,
        {name: read_documentation(root, name, path.parent) for name in written.docs},
    )  # fmt: skip


def slug(title: str) -> str:
    """Return a title as the name of a file: StepLR: two drops -> steplr-two-drops.

    A symbol may be lost, as in "Lévy N. 13: α"; where a word in letters other than Latin is, or nothing else
    tells the title from others, a hash of the title stands for it.
    """
    folded = unicodedata.normalize("NFKD", title).lower()
    name = re.sub(r"[^a-z0-9]+", "-", folded.encode("ascii", "ignore").decode()).strip("-")
    lost = re.findall(r"[^\W_a-z0-9]+", folded)
    if name and all(len(word) == 1 for word in lost) and (not lost or re.search("[a-z]", name)):
        return name
    return f"{name or 'entry'}-{short_hash(folded.encode())}"


def _sorted(marked: Marked, faults: list[Fault]) -> list[Fault]:
    return sorted([*marked.faults, *faults], key=position)


def _keys_at(path: KeyPath) -> Keys:
    """Return the keys that the mapping at a path may have."""
    shape = tuple("*" if isinstance(part, int) else part for part in path)
    models: dict[tuple[str, ...], type[Model]] = {
        (): WrittenCatalogue,
        ("sections", "*"): WrittenSection,
        ("sections", "*", "entries", "*"): WrittenEntry,
    }
    model = models.get(shape)
    return Keys([field.alias or key for key, field in model.model_fields.items()] if model else [])


def _section(written: WrittenSection, marked: Marked, path: KeyPath) -> Section:
    entries = (_entry(one, marked, (*path, "entries", index)) for index, one in enumerate(written.entries))
    return Section(slug(written.name), written.name, written.text.strip(), tuple(entries))


def _entry(written: WrittenEntry, marked: Marked, path: KeyPath) -> Entry:
    name = slug(written.title)
    claims = tuple(
        replace(one, place=marked.place((*path, "claim", index)))
        for index, one in parsed(written.claim or (), written.kinds)
        if isinstance(one, Claim)
    )
    return Entry(
        name,
        written.title,
        " ".join(written.text.split()),
        written.tags,
        written.source,
        written.about,
        written.topics,
        tuple(_requests(written, name, claims)),
        marked.place((*path, "title")),
    )


def _requests(written: WrittenEntry, name: str, claims: tuple[Claim, ...]) -> Iterator[Request]:
    if written.race is not None:
        yield RaceRequest(name, *_asked(written.race), animate=bool(written.animate), claims=claims)
    elif written.sweep is not None:
        yield SweepRequest(name, *_asked(written.sweep), claims=claims)
    elif written.resume is not None:
        yield ResumeRequest(name, written.resume, str(written.at), written.with_, claims=claims)
    elif written.check is not None:
        yield CheckRequest(name, claims=claims)
    elif written.schedule is not None:
        settings = written.set_ or ()
        first = ScheduleRequest(
            name,
            written.schedule,
            settings,
            written.param or (),
            written.order or "optimizer-first",
            bool(written.log),
            engine=written.engine or "both",
            survival=bool(written.survival),
            window=written.window,
        )
        yield replace(first, claims=claims)
        if written.vary:
            keys = [setting.partition("=")[0].strip().removeprefix("scheduler.") for setting in written.vary]
            yield replace(first, id=f"{name}-parameters", varied=written.vary, setting=", ".join(dict.fromkeys(keys)))


def _asked(given: str | dict[str, Any]) -> tuple[str | None, tuple[tuple[str, Any], ...]]:
    """Return the named document, and the options that replace one."""
    return (given, ()) if isinstance(given, str) else (None, tuple((key, _frozen(one)) for key, one in given.items()))


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _problems(written: WrittenCatalogue, root: Path) -> Iterator[Problem]:
    """Yield contradictions within the catalogue."""
    if not root.is_dir():
        yield Problem(("root",), f"{written.root!r} given; there is no such folder")
    pages = {slug(entry.title): entry.title for section in written.sections for entry in section.entries}
    yield from docs_problems(written.docs, root, pages)
    titles: dict[str, str] = {}
    described = [name for kind in known().values() for name in kind]
    for at, section in enumerate(written.sections):
        for index, entry in enumerate(section.entries):
            path = ("sections", at, "entries", index)
            if entry.title.lower() in titles:
                first = titles[entry.title.lower()]
                yield Problem((*path, "title"), f"{entry.title!r} is the title of another entry, in {first}")
            titles.setdefault(entry.title.lower(), section.name)
            for key, allowed in (("tags", written.tags), ("topics", written.topics)):
                for place, name in enumerate(getattr(entry, key)):
                    if name not in allowed:
                        yield Problem(
                            (*path, key, place),
                            f"{name!r} given; the catalogue's {key} are {', '.join(allowed) or 'none'}"
                            f"{did_you_mean(name, allowed)}",
                        )
            if entry.about is not None and entry.about not in described:
                yield Problem(
                    (*path, "about"),
                    f"{entry.about!r} given; it has to be a scheduler, an optimizer or a function, see lrviz list"
                    f"{did_you_mean(entry.about, described)}",
                )
            told = parsed(entry.claim or (), entry.kinds)
            claims = [Problem(("claim", number), one) for number, one in told if isinstance(one, str)]
            for below in (*_kind_problems(entry), *claims, *_missing(entry, root)):
                yield below._replace(path=(*path, *below.path))


def _kind_problems(entry: WrittenEntry) -> Iterator[Problem]:
    """Yield the problems of keys that do not belong to the kind of an entry."""
    kinds = entry.kinds
    if len(kinds) != 1:
        yield Problem((), f"{' and '.join(kinds) or 'none'} given; one of {', '.join(OF_KIND)} says what is drawn")
        return
    for kind, keys in OF_KIND.items():
        for key in keys:
            field = f"{key}_" if key in {"set", "with"} else key
            if key not in OF_KIND[kinds[0]] and getattr(entry, field) is not None:
                yield Problem((key,), f"given with {kinds[0]}; it belongs to {kind}", of_key=True)
    if entry.resume is not None and entry.at is None:
        yield Problem(("resume",), "given without at; at says after how many updates the run is interrupted")
    for kind, inline, needed in (("race", entry.race, ("entries", "fn")), ("sweep", entry.sweep, ("entries", "over"))):
        if isinstance(inline, dict):
            for key in needed:
                if not inline.get(key):
                    yield Problem((kind,), f"{key} missing; write a {kind} document's path, or its keys")
    yield from _setting_problems(entry)


def _setting_problems(entry: WrittenEntry) -> Iterator[Problem]:
    """Yield what is wrong with the settings of a schedule."""
    if entry.vary is not None and len(entry.schedule or ()) > 1:
        yield Problem(("vary",), f"given with {len(entry.schedule or ())} schedules; it varies the parameters of one")
    for key, settings in (("set", entry.set_), ("vary", entry.vary)):
        for index, setting in enumerate(settings or ()):
            try:
                for part in split(setting, ";") if key == "vary" else [setting]:
                    parse(part.strip())
            except UsageError as error:
                yield Problem((key, index), str(error).removeprefix("--set "))


def _missing(entry: WrittenEntry, root: Path) -> Iterator[Problem]:
    """Yield the documents that do not exist."""
    named: list[tuple[KeyPath, str]] = [(("schedule", index), one) for index, one in enumerate(entry.schedule or ())]
    named += [((kind,), one) for kind in ("race", "sweep") if isinstance(one := getattr(entry, kind), str)]
    named += [((key,), value) for key, value in (("resume", entry.resume), ("with", entry.with_)) if value]
    for path, name in named:
        if not (root / name).is_file():
            yield Problem(path, f"{name!r} given; there is no such document{neighbour(root / name)}")


def _taken_twice(sections: tuple[Section, ...]) -> Iterator[Problem]:
    """Yield entries with different titles but the same file names."""
    seen: dict[str, str] = {}
    for at, section in enumerate(sections):
        for index, entry in enumerate(section.entries):
            for request in entry.requests:
                first = seen.setdefault(request.id, entry.title)
                if first.lower() != entry.title.lower():
                    path = ("sections", at, "entries", index, "title")
                    yield Problem(path, f"{entry.title!r} would be drawn into {request.id}.png, as {first!r} is")
