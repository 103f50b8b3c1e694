"""The index of a gallery in Markdown, for readers on a code host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrviz.foundation.printable import printable
from lrviz.pages.site import Page, Site

_SPECIAL = re.compile(r"([\\*_\[\]<>#|~`])")


def index_in_markdown(site: Site) -> str:
    """Return the index: every entry with its picture, its text and its command."""
    return "\n".join(map(printable, _lines(site))) + "\n"


def escaped(text: str) -> str:
    """Return a text escaped for Markdown; what is in backticks stays code."""
    # Words between two backticks; a single backtick is ordinary text.
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if at % 2 else _SPECIAL.sub(r"\\\1", part.replace("&", "&amp;")) for at, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Return a text as code, whatever it holds: its fence is longer than any row of backticks in it."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    # A space separates a backtick at the edge from the fence; one space or line end at both edges is not shown.
    edge = " " if text.strip() and {text[0], text[-1]} & {"`", " ", "\n"} else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def _lines(site: Site) -> Iterator[str]:
    yield "<!-- Written by `lrviz gallery` from the catalogue next to it; do not edit. -->"
    yield f"# {escaped(site.title)}"
    yield ""
    yield from escaped(site.text).split("\n")
    yield ""
    yield "The same as a site, with search and filters: open [index.html](index.html) in a browser."
    yield ""
    for section in site.sections:
        yield f"- [{escaped(section.name)}](#{section.id}): {len(section.pages)} entries"
    for section in site.sections:
        yield ""
        yield f"## {escaped(section.name)}"
        yield ""
        yield from escaped(section.text).split("\n")
        for page in section.pages:
            yield from _entry(page)


def _entry(page: Page) -> Iterator[str]:
    first, *others = page.pictures
    yield ""
    yield f"### {escaped(page.title)}"
    yield ""
    yield escaped(page.text)
    yield ""
    yield f"![{escaped(first.alt)}]({first.film or first.file})"
    yield ""
    yield f"{code(first.command)}  "
    yield escaped(first.sentence)
    if others:
        yield ""
        yield f"<details><summary>{len(others)} more: what its parameters do</summary>"
        for other in others:
            yield ""
            yield f"**{escaped(other.setting)}** {escaped(other.about)}"
            yield ""
            yield f"![{escaped(other.alt)}]({other.file})"
            yield ""
            yield code(other.command)
        yield ""
        yield "</details>"
