"""The pages of a gallery: a static site, and an index in Markdown; pure functions of what they show."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lrviz.foundation.printable import printable_lines
from lrviz.pages.documentation import documentation_pages, title_of
from lrviz.pages.markdown import index_in_markdown
from lrviz.pages.site import Doc, Page, Picture, Section, Site

__all__ = ["Doc", "Page", "Picture", "Section", "Site", "pages", "prose", "title_of"]

_ASSETS = ("style.css", "script.js")
_CODE = re.compile(r"`([^`]+)`")


def pages(site: Site) -> dict[str, bytes]:
    """Return every page of a site by its path."""
    environment = Environment(
        loader=PackageLoader("lrviz.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    environment.filters["prose"] = prose
    shown = [(section, page) for section in site.sections for page in section.pages]
    every = [page for _, page in shown]
    topics = {topic: [page for page in every if topic in page.topics] for topic in site.topics}
    tags = {tag: sum(tag in page.tags for page in every) for tag in site.tags}
    index = environment.get_template("index.html").render(site=site, topics=topics, tags=tags, pages=every)
    found = {"index.html": index, "README.md": index_in_markdown(site)}
    template = environment.get_template("entry.html")
    for at, (section, page) in enumerate(shown):
        before, after = every[at - 1], every[(at + 1) % len(every)]
        told = {"site": site, "section": section, "page": page, "before": before, "after": after}
        found[f"site/{page.id}.html"] = template.render(**told)
    found |= documentation_pages(site, environment.get_template("docs.html"), found)
    assets = files("lrviz.pages").joinpath("assets")
    found |= {f"site/{name}": assets.joinpath(name).read_text(encoding="utf-8") for name in _ASSETS}
    return {name: text.encode() for name, text in found.items()}


def _shown(value: Any) -> Any:
    """Return the output of a template with all characters made printable; tabs are kept for documents."""
    if not isinstance(value, str):
        return value
    told = "\t".join(map(printable_lines, value.split("\t")))
    return Markup(told) if isinstance(value, Markup) else told


def prose(text: str) -> Markup:
    """Return a text as HTML with `words` as code; everything else is escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
