"""The README shows what the program really prints, and names commands that exist."""

from __future__ import annotations

import io
import json
import re
import shlex
from pathlib import Path

import pytest

from lrviz.gallery.manifest import Manifest
from lrviz.gallery.similarity import looks_like
from tests import readme
from tests.cli import Ended
from tests.here import torch_is_here
from tests.versions import only_modelled

pytestmark = only_modelled

RECORDS = Manifest.read(readme.ROOT / "gallery").pictures


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


EXAMPLES = re.findall(r"^lrviz (?:race|schedule) .*", readme.README.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_has_examples() -> None:
    assert len(EXAMPLES) >= 7


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_runs_and_none_diverges(line: str, ended: Ended, tmp_path: Path) -> None:
    """REVIEW A: what is shown without its output runs too, from the project's folder, and shows what it should."""
    (tmp_path / "configs").symlink_to(readme.ROOT / "configs")
    _, *arguments = shlex.split(line, comments=True)
    with torch_is_here():
        code, _, err = ended(*arguments, "--json", "data.json")
    assert (code, err) == (0, "")
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    if arguments[0] == "race":
        lost = [one["label"] for one in data["entries"] if one["diverged"] or one["rank"] is None]
        assert lost == []
        for one in data["entries"]:
            if one["average"] is not None:
                assert one["average"]["final_loss"] < one["final_loss"]


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
