"""Documentation in Markdown as pages of a gallery: links that lead somewhere, and nothing foreign that is obeyed."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.errors import DocumentError
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.manifest import Manifest
from lrviz.gallery.site import site_of
from lrviz.pages import pages, title_of
from lrviz.pages.documentation import Links, body

ROOT = Path(__file__).parent.parent
LINKS = Links(
    "docs/a.md", {"docs/a.md": "docs-a", "README.md": "docs-readme"}, "gallery", {"pictures/x.png", "index.html"}
)


@pytest.mark.parametrize(
    ("href", "to"),
    [
        ("#part", "#to-part"),
        ("../README.md", "docs-readme.html"),
        ("../README.md#part", "docs-readme.html#to-part"),
        ("./a.md", "docs-a.html"),
        ("../gallery/pictures/x.png", "../pictures/x.png"),
        ("../gallery", "../index.html"),
        ("https://example.org/#part", "https://example.org/#part"),
        ("../configs/x.yaml", None),
        ("../gallery/pictures/other.png", None),
        ("../../README.md", None),
        ("/etc/passwd", None),
        ("//example.org", None),
        ("http://[", "http://["),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("", ""),
    ],
)
def test_where_a_link_leads(href: str, to: str | None) -> None:
    assert LINKS.leads(href) == to


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("## A `b`, c\n## A b c", '<h2 id="to-a-b-c">A <code>b</code>, c</h2>\n<h2 id="to-a-b-c-1">A b c</h2>\n'),
        ("<!-- shown: x -->\n\none <!-- two --> three", "<p>one  three</p>\n"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a <b onclick=x> c", "<p>a &lt;b onclick=x&gt; c</p>\n"),
        ("[a](../configs/x.yaml) [b](javascript:x)", "<p>a [b](javascript:x)</p>\n"),
        ("[a](https://example.org)", '<p><a href="https://example.org" rel="noreferrer">a</a></p>\n'),
        ("![what it *shows*](https://example.org/x.png)", "<p>what it shows</p>\n"),
        ("```yaml\na: <b>\n```", '<pre tabindex="0"><code>a: &lt;b&gt;\n</code></pre>\n'),
        ('![a "b"](../gallery/pictures/x.png)', '<img src="../pictures/x.png" alt="a &quot;b&quot;" loading="lazy" />'),
    ],
)
def test_markdown_as_html(text: str, html: str) -> None:
    assert html in body(text, LINKS).html


@given(st.text('<>&"`*_[]()!#|-\n abcx:/', max_size=60))
def test_no_markdown_writes_a_tag_of_its_own(text: str) -> None:
    made = str(body(text + "\n<xyz onload=x>", LINKS).html)
    assert "<xyz" not in made
    allowed = {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "s", "code", "pre", "a", "img", "hr",
        "br", "blockquote", "div", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert set(re.findall(r"</?([a-z0-9]+)", made)) <= allowed


def test_every_link_of_our_own_documentation_leads_somewhere() -> None:
    catalogue = load_catalogue(ROOT / "gallery" / "catalogue.yaml")
    made = pages(site_of(catalogue, Manifest.read(ROOT / "gallery").pictures))
    texts = {name: data.decode() for name, data in made.items()}
    ids = {name: set(re.findall(r'\bid="([^"]*)"', text)) for name, text in texts.items()}
    for name in [name for name in texts if name.startswith("site/docs-")]:
        for href in re.findall(r'(?:href|src)="([^"]*)"', texts[name]):
            if href.startswith(("https://", "data:")):
                continue
            path, _, anchor = href.partition("#")
            target = name if not path else path.removeprefix("../") if path.startswith("../") else f"site/{path}"
            assert target in texts or (ROOT / "gallery" / target).is_file(), f"{name}: {href}"
            assert not anchor or unquote(anchor) in ids[target], f"{name}: {href}"


CATALOGUE = """\
title: Ours
text: Ours.
tags: {{}}
docs: {docs}
sections:
  - name: Runs
    text: Ours.
    entries: [{{title: Docs read, schedule: run.yaml, text: Ours.}}]
"""


@pytest.mark.parametrize(
    ("docs", "told"),
    [
        ("[reed.md]", "4:8: docs[0]: 'reed.md' given; there is no such Markdown file (.md) (did you mean read.md?)"),
        ("[run.yaml]", "4:8: docs[0]: 'run.yaml' given; there is no such Markdown file (.md)"),
        ("[guide.md, sub/Guide.md]", "'sub/Guide.md' would be the page site/docs-guide.html, as 'guide.md' is"),
        ("[read.md]", "'read.md' would be the page site/docs-read.html, as 'Docs read' is"),
    ],
)
def test_what_a_catalogue_may_not_name(docs: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("read.md", "guide.md", "sub/Guide.md", "run.yaml"):
        (tmp_path / name).write_text("# A page\n", encoding="utf-8")
    path = tmp_path / "catalogue.yaml"
    path.write_text(CATALOGUE.format(docs=docs), encoding="utf-8")
    with pytest.raises(DocumentError) as raised:
        load_catalogue(path)
    assert told in str(raised.value)


def test_titles_are_plain_words() -> None:
    assert title_of("Words\n\n# The `lr` of *it*\n") == "The lr of it"
    assert title_of("Words") is None
