"""What every page searches: one script that holds the words of all entries."""

from __future__ import annotations

import re

from lrviz.foundation.printable import printable
from lrviz.pages.embedded import json_in_script
from lrviz.pages.site import Page, Site

_WORD = re.compile(r"[\w.]*[^\W\d_][\w.]*")


def search_script(site: Site) -> str:
    """Return the entries of a site with the words that they are found by."""
    entries = [_entry(page, section.name) for section in site.sections for page in section.pages]
    return f"window.lrvizEntries = {json_in_script(entries)};\n"


def _entry(page: Page, section: str) -> dict[str, str]:
    words = dict.fromkeys(
        word for _, text in page.documents for word in _WORD.findall(printable(text.replace("\n", " ")))
    )
    return {
        "id": page.id,
        "title": printable(page.title),
        "section": printable(section),
        "tags": " ".join([*page.tags, page.about or ""]),
        "text": printable(page.text.replace("\n", " ")),
        "words": " ".join(words),
    }
