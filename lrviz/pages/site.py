"""What the pages show, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrviz.documents.description import Description


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page.

    file, film, thumbnail, data: their paths, None where there is none: data are drawn by the page when it is touched.
    size: width and height in pixels; command: draws it;
    setting, about: the parameter that tells it from the first picture of its page, and what that is; alt: what
    somebody should know who does not see it; sentence, verdict: what the cross-check found; notes: what lint found.
    """

    file: str
    film: str | None
    size: tuple[int, int]
    thumbnail: str | None
    data: str | None
    command: str
    setting: str
    about: str
    alt: str
    sentence: str
    verdict: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """An entry with its pictures, and the files behind them, as (name, text).

    about: the scheduler, optimizer or function that is described.
    """

    id: str
    title: str
    text: str
    tags: tuple[str, ...]
    source: str | None
    about: str | None
    topics: tuple[str, ...]
    pictures: tuple[Picture, ...]
    documents: tuple[tuple[str, str], ...]
    description: Description | None


@dataclass(frozen=True, slots=True)
class Section:
    """A group of pages."""

    id: str
    name: str
    text: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Doc:
    """A file of documentation, in Markdown; name: its path in the repository.

    pictures: the bytes of those that become a part of its page, by what the text calls them.
    """

    id: str
    name: str
    title: str
    text: str
    pictures: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A whole site; tags and topics: what each means; home: the folder of the gallery, from where docs are named."""

    title: str
    text: str
    tags: Mapping[str, str]
    topics: Mapping[str, str]
    sections: tuple[Section, ...]
    docs: tuple[Doc, ...] = ()
    home: str = "."
