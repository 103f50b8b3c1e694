"""The folder of a gallery: which files in it belong to the gallery, and may be written or removed."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lrviz.foundation.errors import OutputError
from lrviz.foundation.printable import printable

if TYPE_CHECKING:
    from lrviz.gallery.drawing import Drawn

MANIFEST = "manifest.json"
SHARED = (
    "index.html", "README.md", "site/style.css", "site/script.js", "site/explorer.css", "site/explorer.js",
    "site/search.js",
)  # fmt: skip
"""Pages of the whole gallery, and what every page needs."""
_NAME = "[a-z0-9][a-z0-9-]*"
_PAGE = re.compile(rf"index\.html|README\.md|site/{_NAME}\.(?:html|css|js)")
_PICTURE = re.compile(rf"pictures/{_NAME}\.png|films/{_NAME}\.gif|thumbnails/{_NAME}\.svg|data/{_NAME}\.js")


def picture_of(request: str) -> str:
    """Return the name of a request's picture."""
    return f"pictures/{request}.png"


def film_of(request: str) -> str:
    """Return the name of a request's film."""
    return f"films/{request}.gif"


def thumbnail_of(request: str) -> str:
    """Return the name of the small picture of a request that leads its entry."""
    return f"thumbnails/{request}.svg"


def data_of(request: str) -> str:
    """Return the name of the data of such a request, which its page draws when it is touched."""
    return f"data/{request}.js"


def files_of(request: str, drawn: Drawn) -> dict[str, bytes]:
    """Return what was drawn of a request, by the names of the files."""
    found = {
        picture_of(request): drawn.picture,
        film_of(request): drawn.film,
        thumbnail_of(request): drawn.thumbnail,
        data_of(request): drawn.data,
    }
    return {name: data for name, data in found.items() if data is not None}


def page_of(entry: str) -> str:
    """Return the name of an entry's page."""
    return f"site/{entry}.html"


def doc_of(path: str) -> str:
    """Return the id of the page of a file of documentation: docs/race-protocol.md -> docs-race-protocol."""
    return f"docs-{re.sub('[^a-z0-9]+', '-', PurePosixPath(path).stem.lower()).strip('-')}"


def is_page(name: str) -> bool:
    """Whether a name is that of a page, or of what pages need."""
    return _PAGE.fullmatch(name) is not None


def is_picture(name: str) -> bool:
    """Whether a name is that of a picture, large or small, a film, or of data."""
    return _PICTURE.fullmatch(name) is not None


def own(folder: Path, name: str) -> Path:
    """Return the path of a file of the gallery, which may be written or removed.

    The folder may be a link; below it none is followed, so that nothing outside is ever touched.
    Raises OutputError where the name is none of the gallery's, or a part of it is a link.
    """
    if name != MANIFEST and not is_page(name) and not is_picture(name):
        raise OutputError(f"{folder}: {printable(name)!r} is not a file that a gallery writes or removes")
    path = folder
    for part in name.split("/"):
        path /= part
        if path.is_symlink():
            raise OutputError(
                f"{path}: a link, and a gallery follows no links in its folder; replace it with its target"
            )
    if path.exists() and not path.is_file():
        raise OutputError(f"{path}: not a regular file, and a gallery writes only those; remove it")
    return path
