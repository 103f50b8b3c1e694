"""Documentation in Markdown as pages of a gallery: links that lead somewhere, and nothing foreign that is obeyed."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.errors import DocumentError
from lrviz.gallery.build import pages_of
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
        ("[sub/linked.md]", "'sub/linked.md' given; it is outside of root, and a page would show all of it"),
        ("[../out.md]", "'../out.md' given; it is outside of root"),
        ("[/no/such/page.md]", "'/no/such/page.md' given; there is no such Markdown file (.md)"),
        ("[read.md]", "'read.md' would be the page site/docs-read.html, as 'Docs read' is"),
    ],
)
def test_what_a_catalogue_may_not_name(docs: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "out.md").write_text("# Somebody else's\n", encoding="utf-8")
    tmp_path /= "ours"
    (tmp_path / "sub").mkdir(parents=True)
    (tmp_path / "sub" / "linked.md").symlink_to(tmp_path.parent / "out.md")
    for name in ("read.md", "guide.md", "sub/Guide.md", "run.yaml"):
        (tmp_path / name).write_text("# A page\n", encoding="utf-8")
    path = tmp_path / "catalogue.yaml"
    path.write_text(CATALOGUE.format(docs=docs), encoding="utf-8")
    with pytest.raises(DocumentError) as raised:
        load_catalogue(path)
    assert told in str(raised.value)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a catalogue with a page of documentation and pictures, in a repository of its own."""
    ours = tmp_path / "ours"
    (ours / "docs").mkdir(parents=True)
    (ours / "gallery" / "pictures").mkdir(parents=True)
    for name in ("docs/a.png", "gallery/pictures/b.png", "../secret.png"):
        (ours / name).write_bytes(f"the bytes of {name}".encode())
    (ours / "docs" / "linked.png").symlink_to(tmp_path / "secret.png")
    (ours / "run.yaml").touch()
    names = ("a.png", "../gallery/pictures/b.png", "../../secret.png", "linked.png", "/etc/hostname.png", "none.png")
    text = "# A page\n" + "".join(f"![the picture {name}]({name})\n" for name in names)
    (ours / "docs" / "page.md").write_text(text, encoding="utf-8")
    path = ours / "gallery" / "catalogue.yaml"
    path.write_text(CATALOGUE.format(docs="[docs/page.md]").replace("tags:", "root: ..\ntags:"), encoding="utf-8")
    return path


def test_a_page_has_the_pictures_of_its_repository_and_of_nowhere_else(written: Path) -> None:
    """A path or a link that leads out of the repository shows nothing of what lies there."""
    page = pages(site_of(load_catalogue(written), {}))["site/docs-page.html"].decode()
    shown = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert [b64decode(one).decode() for one in shown] == ["the bytes of docs/a.png"]
    assert "the picture ../../secret.png" in page


@pytest.mark.parametrize("name", ["docs/page.md", "docs/a.png"])
def test_pages_are_stale_where_a_text_or_a_picture_is_another(name: str, written: Path) -> None:
    before = pages_of(load_catalogue(written), Manifest({}))
    assert pages_of(load_catalogue(written), Manifest({})) == before
    path = written.parents[1] / name
    path.write_bytes(path.read_bytes() + b" and more")
    assert pages_of(load_catalogue(written), Manifest({})) != before


def test_titles_are_plain_words() -> None:
    assert title_of("Words\n\n# The `lr` of *it*\n") == "The lr of it"
    assert title_of("Words") is None
