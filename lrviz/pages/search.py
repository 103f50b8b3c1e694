"""What every page searches: one script that holds the words of all entries, and the headings of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lrviz.foundation.printable import printable
from lrviz.pages.documentation import Body
from lrviz.pages.embedded import json_in_script
from lrviz.pages.site import Doc, Page, Site

_WORD = re.compile(r"[\w.]*[^\W\d_][\w.]*")


def search_script(site: Site, bodies: Sequence[Body]) -> str:
    """Return the entries and the documentation of a site with the words that they are found by."""
    entries = [_entry(page, section.name) for section in site.sections for page in section.pages]
    docs = [one for doc, body in zip(site.docs, bodies, strict=True) for one in _headings(doc, body)]
    return f"window.lrvizEntries = {json_in_script(entries)};\nwindow.lrvizDocs = {json_in_script(docs)};\n"


def _headings(doc: Doc, body: Body) -> Iterator[dict[str, str]]:
    """Yield the title of a page of documentation, and its headings."""
    title = printable(doc.title)
    yield {"page": f"{doc.id}.html", "title": title, "section": "Documentation"}
    for heading in body.headings:
        address = f"{doc.id}.html#{heading.id}"
        yield {"page": address, "title": printable(heading.text), "section": f"Documentation: {title}"}


def _entry(page: Page, section: str) -> dict[str, str]:
    words = dict.fromkeys(
        word for _, text in page.documents for word in _WORD.findall(printable(text.replace("\n", " ")))
    )
    return {
        "id": page.id,
        "page": f"{page.id}.html",
        "title": printable(page.title),
        "section": printable(section),
        "tags": " ".join([*page.tags, page.about or ""]),
        "text": printable(page.text.replace("\n", " ")),
        "words": " ".join(words),
    }
