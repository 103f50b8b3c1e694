"""The index of a gallery in Markdown, for those who look at it where its code is hosted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrviz.foundation.printable import printable

if TYPE_CHECKING:
    from lrviz.gallery.catalogue import Catalogue, Section
    from lrviz.gallery.site import Page

_SPECIAL = re.compile(r"([\\*_\[\]<>#|~`])")


def index_in_markdown(catalogue: Catalogue, sections: Sequence[tuple[Section, Sequence[Page]]]) -> str:
    """Return the index: every entry with its picture, its text and its command."""
    return "\n".join(map(printable, _lines(catalogue, sections))) + "\n"


def escaped(text: str) -> str:
    """Return a text of which Markdown makes nothing but text; what stands in backticks is code."""
    # Words between two backticks; a backtick that is left alone is text like any other.
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if at % 2 else _SPECIAL.sub(r"\\\1", part.replace("&", "&amp;")) for at, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Return a text as code, whatever it holds: its fence is longer than any row of backticks in it."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    # A space keeps a backtick at the edge apart from the fence; of spaces at both edges one each is not shown.
    edge = " " if text.strip() and {text[0], text[-1]} & {"`", " "} else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def _lines(catalogue: Catalogue, sections: Sequence[tuple[Section, Sequence[Page]]]) -> Iterator[str]:
    yield "<!-- Written by `lrviz gallery` from the catalogue beside it; do not edit. -->"
    yield f"# {escaped(catalogue.title)}"
    yield ""
    yield from escaped(catalogue.text).split("\n")
    yield ""
    yield "The same as a site, with search and filters: open [index.html](index.html) in a browser."
    yield ""
    for section, shown in sections:
        yield f"- [{escaped(section.name)}](#{section.id}): {len(shown)} entries"
    for section, shown in sections:
        yield ""
        yield f"## {escaped(section.name)}"
        yield ""
        yield from escaped(section.text).split("\n")
        for page in shown:
            yield from _entry(page)


def _entry(page: Page) -> Iterator[str]:
    entry, (first, *others) = page.entry, page.plates
    yield ""
    yield f"### {escaped(entry.title)}"
    yield ""
    yield escaped(entry.text)
    yield ""
    yield f"![{escaped(first.facts.alt)}]({first.film or first.picture})"
    yield ""
    yield f"{code(first.command)}  "
    yield escaped(first.facts.sentence)
    if others:
        yield ""
        yield f"<details><summary>{len(others)} more: what its parameters do</summary>"
        for plate in others:
            yield ""
            yield f"**{escaped(plate.shot.setting)}** {escaped(plate.about)}"
            yield ""
            yield f"![{escaped(plate.facts.alt)}]({plate.picture})"
            yield ""
            yield code(plate.command)
        yield ""
        yield "</details>"
