"""The index of a gallery in Markdown, for those who look at it where its code is hosted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrviz.pages.site import Page, Site

_SPECIAL = re.compile(r"([\\*_\[\]<>#|~])")


def index_in_markdown(site: Site) -> str:
    """Return the index: every entry with its picture, its text and its command."""
    return "\n".join(_lines(site)) + "\n"


def escaped(text: str) -> str:
    """Return a text of which Markdown makes nothing but text; what stands in backticks is code."""
    parts = text.split("`")
    told = [
        f"`{part}`" if at % 2 and at < len(parts) - 1 else _SPECIAL.sub(r"\\\1", part.replace("&", "&amp;"))
        for at, part in enumerate(parts)
    ]
    return "".join(told)


def _lines(site: Site) -> Iterator[str]:
    yield "<!-- Written by `lrviz gallery` from the catalogue beside it; do not edit. -->"
    yield f"# {escaped(site.title)}"
    yield ""
    yield escaped(site.text)
    yield ""
    yield "The same as a site, with search and filters: open [index.html](index.html) in a browser."
    yield ""
    for section in site.sections:
        yield f"- [{escaped(section.name)}](#{section.id}): {len(section.pages)} entries"
    for section in site.sections:
        yield ""
        yield f"## {escaped(section.name)}"
        yield ""
        yield escaped(section.text)
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
    yield f"`{first.command}`  "
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
            yield f"`{other.command}`"
        yield ""
        yield "</details>"
