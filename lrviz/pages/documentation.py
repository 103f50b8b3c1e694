"""Documentation in Markdown as pages of the site, whose links lead to pages and pictures that the site has."""

from __future__ import annotations

import posixpath
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from lrviz.pages.site import Site

_AWAY = re.compile(r"(?:https?|mailto):")
_SECTION = "to-"
"""What ids of sections begin with: the page has ids of its own."""
_COMMENT = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Links:
    """Where links of one file lead: its name as its repository has it, and what the site knows.

    docs: the ids of the other files by their paths; home: the folder of the gallery in the repository; files: the
    pages, pictures and films that are in it; pictures: what stands in place of those that are not.
    """

    name: str
    docs: Mapping[str, str]
    home: str
    files: Collection[str]
    pictures: Mapping[str, str] = field(default_factory=dict)

    def leads(self, href: str) -> str | None:
        """Return the target of a link on a page of the site; None if the site does not have it."""
        if _AWAY.match(href):
            return href
        path, mark, anchor = href.partition("#")
        there = f"#{_SECTION}{anchor}" if mark else ""
        if not path:
            return there
        name = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path))
        if name in self.docs:
            return f"{self.docs[name]}.html{there}"
        file = posixpath.relpath(name, self.home)
        file = "index.html" if file == "." else file
        return f"../{file}{mark}{anchor}" if file in self.files else None


@dataclass(frozen=True, slots=True)
class Body:
    """A file of documentation as HTML; headings: the ids and texts of its sections."""

    html: Markup
    headings: tuple[tuple[str, str], ...]


def documentation_pages(site: Site, template: Template, known: Iterable[str]) -> dict[str, str]:
    """Return the pages of the documentation of a site by their paths; known: the paths of its other pages."""
    docs = {doc.name: doc.id for doc in site.docs}
    shown = [picture for section in site.sections for page in section.pages for picture in page.pictures]
    files = {*known, *(name for each in shown for name in (each.file, each.film) if name)}
    found = {}
    for at, doc in enumerate(site.docs):
        before, after = site.docs[at - 1], site.docs[(at + 1) % len(site.docs)]
        embedded = {name: f"data:image/png;base64,{b64encode(data).decode()}" for name, data in doc.pictures}
        made = body(doc.text, Links(doc.name, docs, site.home, files, embedded))
        told = {"site": site, "doc": doc, "body": made, "before": before, "after": after}
        found[f"site/{doc.id}.html"] = template.render(**told)
    return found


def body(text: str, links: Links) -> Body:
    """Return Markdown as HTML; HTML in it is shown as text, but for comments, which are left out."""
    parser = MarkdownIt("commonmark", renderer_cls=_Renderer).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    headings = _with_ids(tokens)
    for token in tokens:
        token.children = _led(token.children or [], links) if token.type == "inline" else token.children
    return Body(Markup(parser.renderer.render(tokens, parser.options, {})), headings)


def title_of(text: str) -> str | None:
    """Return the text of the first heading."""
    tokens = MarkdownIt("commonmark").parse(text)
    return next((_plain(tokens[at + 1]) for at, one in enumerate(tokens) if one.type == "heading_open"), None)


class _Renderer(RendererHTML):
    """Writes HTML as the other pages have it.

    The parser is told that HTML is allowed, so that it finds it; here it is escaped, and comments are left out.
    """

    def html_block(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return "" if _COMMENT.fullmatch(tokens[at].content) else str(escape(tokens[at].content))

    def html_inline(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return self.html_block(tokens, at)

    def fence(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        # What is wider than the page is scrolled, with the keyboard, too.
        return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return self.fence(tokens, at)

    def table_open(self, *_: Any) -> str:
        return '<div class="scroll" tabindex="0">\n<table>\n'

    def table_close(self, *_: Any) -> str:
        return "</table>\n</div>\n"


def _with_ids(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    """Give headings the ids that links to them use where code is hosted, and return those of sections."""
    taken: dict[str, int] = {}
    found = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            told = _plain(tokens[at + 1])
            name = re.sub(r"[^\w\- ]", "", told.lower()).replace(" ", "-")
            repeated = taken.get(name, 0)
            taken[name] = repeated + 1
            name = _SECTION + (f"{name}-{repeated}" if repeated else name)
            token.attrSet("id", name)
            if token.tag == "h2":
                found.append((name, told))
    return tuple(found)


def _plain(inline: Token) -> str:
    return "".join(one.content for one in inline.children or () if one.type in {"text", "code_inline"})


def _led(tokens: list[Token], links: Links) -> list[Token]:
    """Return the tokens of a line with links that lead somewhere; of the others the words stay."""
    kept, open_links = [], []
    for token in tokens:
        if token.type == "image":
            to = links.leads(str(token.attrGet("src") or ""))
            # What is not in the site is a part of the page, and never loaded from elsewhere: the site needs no network.
            to = links.pictures.get(str(token.attrGet("src"))) if to is None else to
            if to is None or _AWAY.match(to):
                token = Token("text", "", 0, content=_plain(token))  # noqa: PLW2901 - it takes the image's place
            else:
                token.attrSet("src", to)
                token.attrSet("loading", "lazy")
        elif token.type == "link_open":
            to = links.leads(str(token.attrGet("href") or ""))
            open_links.append(to)
            if to is None:
                continue
            token.attrSet("href", to)
            if _AWAY.match(to):
                token.attrSet("rel", "noreferrer")
        elif token.type == "link_close" and open_links.pop() is None:
            continue
        kept.append(token)
    return kept
