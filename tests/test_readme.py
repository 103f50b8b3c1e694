"""The README shows what the program really prints, and names commands that exist."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests import readme
from tests.versions import only_modelled

pytestmark = only_modelled


def test_the_readme_shows_commands() -> None:
    assert len(readme.blocks()) >= 7


@pytest.mark.parametrize("command", readme.blocks())
def test_every_shown_output_is_what_the_command_prints(command: str) -> None:
    shown = readme.blocks()[command]
    assert readme.filled(shown) == shown, "run `make readme`"


def test_the_picture_is_what_the_command_draws(tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    readme.output(readme.DRAWN, "--out", str(drawn))
    ours, shown = imread(io.BytesIO(drawn.read_bytes())), imread(readme.PICTURE)
    assert ours.shape == shown.shape
    # Another release of a font library moves edges by a fraction of a pixel; anything else moves more.
    assert float(np.abs(ours - shown).mean()) < 0.01
