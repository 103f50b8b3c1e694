"""Pages: a gallery as a static site with an index in Markdown, and one schedule or race as one file."""

from __future__ import annotations

from lrviz.pages.assets import asset
from lrviz.pages.documentation import documentation_bodies, documentation_pages, title_of
from lrviz.pages.embedded import data_script
from lrviz.pages.markdown import index_in_markdown
from lrviz.pages.search import search_script
from lrviz.pages.single import Told, explorer_script, explorer_style, single_page
from lrviz.pages.site import Doc, Page, Picture, Section, Site
from lrviz.pages.templates import environment, prose
from lrviz.pages.thumbnails import thumbnail

__all__ = [
    "Doc", "Page", "Picture", "Section", "Site", "Told", "data_script", "pages", "prose", "single_page", "thumbnail",
    "title_of",
]  # fmt: skip

_ASSETS = ("style.css", "script.js")


def pages(site: Site) -> dict[str, bytes]:
    """Return every page of a site by its path."""
    shown = [(section, page) for section in site.sections for page in section.pages]
    every = [page for _, page in shown]
    topics = {topic: [page for page in every if topic in page.topics] for topic in site.topics}
    tags = {tag: sum(tag in page.tags for page in every) for tag in site.tags}
    index = environment().get_template("index.html").render(site=site, topics=topics, tags=tags, pages=every)
    found = {"index.html": index, "README.md": index_in_markdown(site)}
    template = environment().get_template("entry.html")
    for at, (section, page) in enumerate(shown):
        before, after = every[at - 1], every[(at + 1) % len(every)]
        told = {"site": site, "section": section, "page": page, "before": before, "after": after}
        found[f"site/{page.id}.html"] = template.render(**told)
    bodies = documentation_bodies(site, found)
    found |= documentation_pages(site, bodies, environment().get_template("docs.html"))
    found |= {f"site/{name}": asset(name) for name in _ASSETS}
    found |= {"site/explorer.js": explorer_script(), "site/explorer.css": explorer_style()}
    found["site/search.js"] = search_script(site, bodies)
    return {name: text.encode() for name, text in found.items()}
