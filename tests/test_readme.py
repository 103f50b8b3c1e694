"""The README shows what the program really prints, and names commands that exist."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from lrviz.gallery.manifest import Manifest
from lrviz.gallery.similarity import looks_like
from tests import readme
from tests.versions import only_modelled

pytestmark = only_modelled

RECORDS = Manifest.read(readme.ROOT / "gallery").shots


def test_the_readme_shows_commands() -> None:
    assert len(readme.blocks()) >= 7


def settled(text: str) -> str:
    """Return a text without the differences that rounding decides: another processor has others."""
    return re.sub(r"(difference|at most) [0-9.e+-]+", r"\1 …", " ".join(text.split()))


@pytest.mark.parametrize("command", readme.blocks())
@pytest.mark.slow
def test_every_shown_output_is_what_the_command_prints(command: str) -> None:
    shown = readme.blocks()[command]
    assert settled(readme.filled(shown)) == settled(shown), "run `make readme`"


def test_the_pictures_are_those_of_the_gallery() -> None:
    shown = readme.pictures()
    assert [path.rpartition(".")[2] for path in shown].count("gif") == 1
    assert len(shown) >= 3
    files = {name for record in RECORDS.values() for name in record.files}
    assert {path.removeprefix("gallery/") for path in shown} <= files


@pytest.mark.parametrize("picture", [path for path in readme.pictures() if path.endswith(".png")])
@pytest.mark.slow
def test_the_picture_is_what_its_command_draws(picture: str, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    _, *arguments = RECORDS[Path(picture).stem].command
    film = arguments.index("--animate") if "--animate" in arguments else len(arguments)
    readme.output(arguments[:film], "--out", str(drawn))
    with (readme.ROOT / picture).open("rb") as shown:
        assert looks_like(shown, io.BytesIO(drawn.read_bytes()))
