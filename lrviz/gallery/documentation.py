"""The documentation that a catalogue names: Markdown files and their pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lrviz.documents.load import read_text
from lrviz.foundation.errors import Problem
from lrviz.foundation.wording import did_you_mean
from lrviz.gallery.folder import doc_of, page_of
from lrviz.gallery.hashes import short_hash

_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+\.png)\)")
_LARGEST = 500_000
"""The largest picture, in bytes, that is embedded in a page."""


@dataclass(frozen=True, slots=True)
class Documentation:
    """A file of documentation; pictures: the bytes of those below the catalogue's root, by what the text calls them."""

    text: str
    pictures: tuple[tuple[str, bytes], ...]

    @property
    def told(self) -> str:
        """All that its page is made of, pictures as hashes."""
        return "\0".join([self.text, *(f"{name} {short_hash(data)}" for name, data in self.pictures)])


def read_documentation(root: Path, name: str, home: Path) -> Documentation:
    """Read a file; of its pictures those outside of home, the gallery's folder.

    Raises DocumentError where it is no text.
    """
    text = read_text(root / name, named=True)
    return Documentation(text, tuple(_pictures(text, root.resolve(), (root / name).parent, home.resolve())))


def docs_problems(names: Sequence[str], root: Path, pages: Mapping[str, str]) -> Iterator[Problem]:
    """Yield files of documentation that do not exist, and those that would become the same page.

    pages: what the catalogue's entries are called, by the names of their pages.
    """
    taken = dict(pages)
    for index, name in enumerate(names):
        if not name.endswith(".md") or not (root / name).is_file():
            near = did_you_mean(Path(name).name, [one.name for one in (root / name).parent.glob("*.md")])
            yield Problem(("docs", index), f"{name!r} given; there is no such Markdown file (.md){near}")
        elif not (root / name).resolve().is_relative_to(root.resolve()):
            yield Problem(("docs", index), f"{name!r} given; it is outside of root, and a page would show all of it")
        elif first := taken.get(doc_of(name)):
            yield Problem(("docs", index), f"{name!r} would be the page {page_of(doc_of(name))}, as {first!r} is")
        taken.setdefault(doc_of(name), name)


def _pictures(text: str, root: Path, folder: Path, home: Path) -> Iterator[tuple[str, bytes]]:
    for href in dict.fromkeys(_PICTURE.findall(text)):
        path = (folder / PurePosixPath(href)).resolve()
        ours = path.is_relative_to(root) and not path.is_relative_to(home)
        if ours and path.is_file() and path.stat().st_size <= _LARGEST:
            yield href, path.read_bytes()
