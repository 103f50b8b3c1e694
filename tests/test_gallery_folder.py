"""What a build may write and remove: the gallery's own files, whatever a manifest says and wherever links lead."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.errors import DocumentError, OutputError
from lrviz.gallery.build import build
from lrviz.gallery.catalogue import load_catalogue, slug
from lrviz.gallery.check import check
from lrviz.gallery.facts import Facts
from lrviz.gallery.hashes import short_hash
from lrviz.gallery.manifest import Manifest, Record
from lrviz.gallery.tools import Tools
from tests.cli import Ended
from tests.examples import examples

CATALOGUE = """\
title: One
text: One.
tags: {large batch: more than fits}
sections:
  - {name: All, text: All., entries: [{title: One, schedule: run.yaml, text: One., tags: [large batch]}]}
"""
RUN = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2}\n"
PICTURE, VICTIM = b"a picture", b"a victim"
FACTS = Facts("0", {"lr": (0.5, None)}, ("run.yaml",), ("agree",), "agree", "a curve that falls", ())


def laid_out(root: Path) -> Path:
    """Return the folder of a gallery of which nothing is stale, with files around it and in it that are not its own."""
    folder = root / "gallery"
    for name, data in {
        "gallery/catalogue.yaml": CATALOGUE.encode(), "gallery/run.yaml": RUN.encode(), "gallery/notes.txt": VICTIM,
        "gallery/pictures/one.png": PICTURE, "gallery/thumbnails/one.svg": PICTURE, "gallery/data/one.js": PICTURE,
        "gallery/pictures/mine.png": b"mine", "gallery/.git/config": VICTIM,
        "victim.txt": VICTIM, "outside/one.png": VICTIM, "outside/index.html": VICTIM,
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    record = Record(
        ("lrviz", "schedule", "run.yaml"), {"run.yaml": short_hash(RUN.encode())}, FACTS, (10, 10),
        dict.fromkeys(["pictures/one.png", "thumbnails/one.svg", "data/one.js"], short_hash(PICTURE)),
    )  # fmt: skip
    Manifest({"one": record}, made_with=Tools.here()).save(folder)
    built(folder)
    return folder


@pytest.mark.parametrize("verdicts", [("agree", "agree"), ("agree", "skipped"), ("disagree", "agree")])
def test_a_picture_that_is_not_cross_checked_is_told(
    folder: Path, verdicts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(FACTS, data="other", verdicts=verdicts, sentence=f"the engines {' and '.join(verdicts)}")
    (folder / "run.yaml").write_text(RUN.replace("6", "7"), encoding="utf-8")
    drawn = SimpleNamespace(facts=facts, size=(1, 1), picture=PICTURE, film=None, thumbnail=None, data=None, faults=())
    monkeypatch.setattr("lrviz.gallery.pool.drawn", lambda tasks, *_: [(tasks[0][0], drawn)])
    found = build(load_catalogue(folder / "catalogue.yaml"), folder)
    told = [] if set(verdicts) == {"agree"} else [("one", facts.sentence)]
    assert [(fault.field, fault.text) for fault in found.faults] == told


def built(folder: Path) -> None:
    build(load_catalogue(folder / "catalogue.yaml"), folder)


def contents(root: Path) -> dict[str, bytes | str]:
    """Return everything below a folder: files with their bytes, links with where they lead."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(root))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a cache of its own; matplotlib keeps its."""
    monkeypatch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return laid_out(tmp_path)


# Names in a manifest ------------------------------------------------------------------------------------


def named(folder: Path, name: str, known: str, where: str) -> None:
    """Let the manifest say that a build has written a file."""
    manifest = Manifest.read(folder)
    one = manifest.pictures["one"]
    if where == "pages":
        manifest = replace(manifest, pages={**manifest.pages, name: known})
    elif where == "files":
        manifest = replace(manifest, pictures={"one": replace(one, files={**one.files, name: known})})
    else:
        other = replace(one, files={f"pictures/{name}.png": known})
        manifest = replace(manifest, pictures={"one": one, name: other})
    (folder / "manifest.json").write_text(manifest.text(), encoding="utf-8", errors="surrogatepass")


PARTS = st.sampled_from(
    [
        "..", ".", "", "pictures", "films", "site", ".git", "config", "outside", "one.png", "one.html", "victim.txt",
        "index.html", "catalogue.yaml", "notes.txt", "run.yaml", "~", "C:", "\0", "one.png\n", "Site", "site\\..", "é",
    ]
)  # fmt: skip
NAMES = st.one_of(
    st.lists(PARTS, min_size=1, max_size=5).map("/".join),
    # Without surrogates: with one the manifest is no text, and tells nothing.
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.builds("site/{}.html".format, st.text(max_size=6)),
    st.just("x/" * 2000),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_out(tmp_path_factory.mktemp("hostile"))


@examples(200)
@given(name=NAMES, where=st.sampled_from(["pages", "files", "pictures"]), absolute=st.booleans(), known=st.booleans())
def test_no_name_of_a_manifest_reaches_what_is_not_the_gallery_s(
    shared: Path, name: str, where: str, absolute: bool, known: bool
) -> None:
    """A build removes only the gallery's own files, whatever the old manifest names."""
    if absolute:
        name = f"{shared}/{name}"
    before = contents(shared.parent)
    kept = (shared / "manifest.json").read_bytes()
    try:
        named(shared, name, short_hash(VICTIM) if known else "0", where)
        # A name that is one of the gallery's is no fault.
        with suppress(DocumentError):
            built(shared)
    finally:
        (shared / "manifest.json").write_bytes(kept)
    assert contents(shared.parent) == before


@pytest.mark.parametrize("where", ["pages", "files", "pictures"])
@pytest.mark.parametrize("name", ["../victim.txt", "/etc/passwd", ".git/config", "pictures/../../victim.txt", "a\nb"])
def test_a_manifest_that_names_foreign_files_is_refused(folder: Path, ended: Ended, name: str, where: str) -> None:
    """On the command line: exit code 2, the name with its place, and no file is changed."""
    named(folder, name, short_hash(VICTIM), where)
    line = 1 + next(
        at for at, text in enumerate((folder / "manifest.json").read_text().split("\n")) if json.dumps(name) in text
    )
    before = contents(folder.parent)
    for option in ([], ["--check"]):
        code, out, err = ended("gallery", str(folder / "catalogue.yaml"), *option)
        assert (code, out) == (2, "")
        assert err.startswith(f"{folder / 'manifest.json'}:{line}:")
        assert f"{name!r} given" in err
        assert err.count("\n") == 1
        assert contents(folder.parent) == before


@pytest.mark.parametrize(
    "wrong",
    [
        "", "[]", "null", '{"pictures": 1}', "[" * 100_000, '{"pictures": {}, "pages": {"index.html": 1}}',
        '{"pictures": {"one": {}}, "pages": {}}', '{"pictures": {}, "pages": {}, "\ud800": 1}',
    ],
)  # fmt: skip
def test_a_manifest_that_no_build_has_written_tells_nothing(folder: Path, wrong: str) -> None:
    (folder / "manifest.json").write_text(wrong, encoding="utf-8", errors="surrogatepass")
    assert Manifest.read(folder) == Manifest()


def test_a_manifest_is_read_as_it_was_written(folder: Path) -> None:
    assert Manifest.read(folder).text() == (folder / "manifest.json").read_text(encoding="utf-8")


def test_a_manifest_of_an_older_lrviz_is_read(folder: Path) -> None:
    """Its records said what they were made with, too: the pictures are looked at, and kept."""
    path, now = folder / "manifest.json", Manifest.read(folder)
    old = path.read_text(encoding="utf-8")
    for ours, theirs in (
        ('"pictures": {', '"shots": {'),
        ('"facts"', '"drawn_with": "", "facts"'),
        ("made_with", "pages_of"),
    ):
        assert ours in old
        old = old.replace(ours, theirs)
    path.write_text(old, encoding="utf-8")
    assert Manifest.read(folder) == replace(now, made_with=None)


def test_what_was_changed_since_it_was_built_is_not_removed(folder: Path) -> None:
    for name in ("site/gone.html", "site/mine.html"):
        (folder / name).write_bytes(b"built")
        named(folder, name, short_hash(b"built"), "pages")
    (folder / "site" / "mine.html").write_bytes(b"mine")
    built(folder)
    assert not (folder / "site" / "gone.html").exists()
    assert (folder / "site" / "mine.html").read_bytes() == b"mine"


# Links --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pictures/one.png", "index.html", "manifest.json"])
def test_what_is_no_regular_file_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(OutputError, match="not a regular file"):
        built(folder)


@pytest.mark.parametrize(
    "name",
    ["pictures", "films", "site", "data", "pictures/one.png", "films/one.gif", "thumbnails/one.svg", "data/one.js",
     "site/one.html", "site/style.css", "index.html", "README.md", "manifest.json"],
)  # fmt: skip
@pytest.mark.parametrize("into", ["../outside", "../nowhere", ".git", "/dev"])
def test_no_link_below_the_folder_is_followed(folder: Path, name: str, into: str) -> None:
    """A build writes and removes nothing outside its folder."""
    link = folder / name
    is_file = link.suffix != ""
    target = (folder / into / "index.html") if is_file else folder / into
    if link.is_dir():
        shutil.rmtree(link)
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    before = contents(folder.parent)
    with pytest.raises(OutputError, match=r"a link, and a gallery follows no links") as raised:
        built(folder)
    assert str(raised.value).startswith(str(link))
    assert contents(folder.parent) == before


def test_the_folder_itself_may_be_a_link(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    (folder / "index.html").unlink()
    build(load_catalogue(folder / "catalogue.yaml"), folder.parent / "link")
    assert (folder / "index.html").is_file()
    assert check(load_catalogue(folder / "catalogue.yaml"), folder) == []


def test_a_page_shows_no_file_because_a_manifest_names_it(folder: Path) -> None:
    """The contents of a file outside the gallery are not published."""
    (folder.parent / "secret.yaml").write_text("password", encoding="utf-8")
    manifest = Manifest.read(folder)
    one = manifest.pictures["one"]
    reads = {**one.reads, "../secret.yaml": "0", "/dev/zero": "0"}
    crafted = replace(one, reads=reads, command=(*one.command, "--log"))
    Manifest({"one": crafted}).save(folder)
    from lrviz.gallery.site import site_of
    from lrviz.pages import pages

    written = pages(site_of(load_catalogue(folder / "catalogue.yaml"), {"one": crafted}))
    assert b"step_size" in written["site/one.html"]
    assert all(b"password" not in page for page in written.values())


# Names of entries ---------------------------------------------------------------------------------------


WORDS = st.text(st.characters(categories=["L", "N", "S", "P", "Zs", "M"]), min_size=1, max_size=20)


@given(title=WORDS)
def test_every_title_gives_a_name_that_is_the_gallery_s(title: str) -> None:
    from lrviz.gallery.folder import film_of, is_page, is_picture, page_of, picture_of

    name = slug(title)
    assert is_picture(picture_of(name))
    assert is_picture(film_of(name))
    assert is_page(page_of(name))


ALPHABETS: dict[str, Callable[[int], str]] = {
    "Chinese": lambda n: chr(0x4E00 + n),
    "Cyrillic": lambda n: chr(0x430 + n % 32),
    "Hangul": lambda n: chr(0xAC00 + n),
    "Arabic": lambda n: chr(0x627 + n % 20),
    "Hindi": lambda n: chr(0x905 + n % 20),
}
LETTERS = st.lists(st.integers(0, 500), min_size=1, max_size=8)


@given(one=LETTERS, other=LETTERS, alphabet=st.sampled_from(list(ALPHABETS)), number=st.sampled_from(["", " 1", " 2"]))
def test_titles_without_latin_letters_that_differ_have_names_that_differ(
    one: list[int], other: list[int], alphabet: str, number: str
) -> None:
    """Before, each of them was entry.png."""
    first, second = ("".join(map(ALPHABETS[alphabet], each)) for each in (one, other))
    assert (slug(first + number) == slug(second + number)) == (first == second)


def test_names_of_titles_are_stable() -> None:
    """A name is an address: it must not change with the version."""
    assert [slug(title) for title in ("学习率", "动量", "Шаг 2", "Adam 学习率", "α", "Größe: 0.9")] == [
        "entry-9f6ba8c08cab18d2", "entry-ca62f28a1324d5dc", "2-a6055444359737c5", "adam-2d17f19aac8777f8",
        "entry-4677cdbf7699b7d7", "groe-0-9",
    ]  # fmt: skip
