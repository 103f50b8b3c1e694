"""The README shows what the program really prints, and names commands that exist."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests import readme
from tests.versions import only_modelled

pytestmark = only_modelled


def test_the_readme_shows_commands() -> None:
    assert len(readme.blocks()) >= 7


def settled(text: str) -> str:
    """Return a text without the differences that rounding decides: another processor has others."""
    return re.sub(r"(difference|at most) [0-9.e+-]+", r"\1 …", " ".join(text.split()))


@pytest.mark.parametrize("command", readme.blocks())
def test_every_shown_output_is_what_the_command_prints(command: str) -> None:
    shown = readme.blocks()[command]
    assert settled(readme.filled(shown)) == settled(shown), "run `make readme`"


@pytest.mark.parametrize("picture", readme.PICTURES, ids=lambda picture: picture.stem)
def test_the_picture_is_what_the_command_draws(picture: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    readme.output(readme.PICTURES[picture], "--out", str(drawn))
    ours, shown = imread(io.BytesIO(drawn.read_bytes())), imread(picture)
    assert ours.shape == shown.shape
    # Another release of a font library moves edges by a fraction of a pixel; anything else moves more.
    assert float(np.abs(ours - shown).mean()) < 0.01
