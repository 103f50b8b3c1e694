"""What is inside picture files: fonts that publishers accept, text that is text, and letters that are not boxes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.font_manager import fontManager

import lrviz
from lrviz.render.figures import fonts
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Curves, Verdict
from tests.cli import Ended

SVG = "{http://www.w3.org/2000/svg}"


def picture(name: str) -> SchedulePicture:
    lr = np.linspace(0.1, 0, 50)[:, None]
    found = SchedulePicture([Curves(name, "a.yaml", "epoch", 1, "SGD", "LinearLR", ("0",), lr)])
    found.stamp([Verdict("agree", max_abs=0.0, max_rel=1.1e-16, ran={"torch": "2.13.0"})])
    return found


def saved(name: str, kind: Literal["png", "svg", "pdf"]) -> bytes:
    stream = io.BytesIO()
    picture(name).save(stream, kind)
    return stream.getvalue()


def test_a_pdf_has_truetype_fonts_and_a_title() -> None:
    written = saved("A run", "pdf")
    assert b"/Type3" not in written
    assert b"/CIDFontType2" in written
    # A subset of DejaVu Sans: the whole font has 700 kB.
    assert re.search(rb"/FontName /[A-Z]{6}\+DejaVuSans ", written)
    assert len(written) < 100_000
    assert b"A run" in written


def test_an_svg_has_text_a_title_and_a_description() -> None:
    root = ElementTree.fromstring(saved("A run of <b> & c", "svg"))
    texts = ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]
    assert {"A run of <b> & c", "learning rate", "epoch", "peak 0.1 at epoch 0"} <= set(texts)
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == "A run of <b> & c"
    told = "SGD · LinearLR · 50 epochs; peak 0.1 at epoch 0; end 0; cross-check: torch 2.13.0 and the reference agree"
    assert (root[1].text or "").startswith(told)


@pytest.fixture
def own_fonts_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    bundled = [one for one in fontManager.ttflist if one.name in {"DejaVu Sans", "STIXGeneral"}]
    monkeypatch.setattr(fontManager, "ttflist", bundled)
    fonts.families.cache_clear()
    yield
    fonts.families.cache_clear()


@pytest.mark.usefixtures("own_fonts_only")
@pytest.mark.parametrize(
    ("name", "found", "boxes"),
    [
        ("Größe → λ Ж × 10 €", (), ""),
        ("script \N{MATHEMATICAL SCRIPT CAPITAL A}", ("STIXGeneral",), ""),
        ("学习率 run", (), "习学率"),
        ("\N{MATHEMATICAL SCRIPT CAPITAL A} 学", ("STIXGeneral",), "学"),
    ],
)
def test_letters_that_our_font_lacks_come_from_another(name: str, found: tuple[str, ...], boxes: str) -> None:
    drawn = picture(name)
    (title,) = (text for text in drawn.figure.texts if text.get_text() == name)
    assert title.get_fontfamily() == ["sans-serif", *found]
    assert (f"no installed font has {boxes}:" in drawn.trouble) == bool(boxes)
    assert bool(drawn.trouble) == bool(boxes)


RUN = """
name: 学习率
epochs: 9
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LinearLR, total_iters: 5}
"""


@pytest.mark.usefixtures("own_fonts_only")
def test_boxes_are_told_of(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    done = ended("schedule", str(tmp_path / "run.yaml"), "--engine", "reference", "-o", str(tmp_path / "a.png"))
    told = [line for line in done.stderr.splitlines() if "shows boxes" in line]
    assert len(told) == 1
    assert told[0].startswith("warning: no installed font has 习学率")
    with pytest.warns(UserWarning, match="no installed font has 习学率"):
        lrviz.simulate(tmp_path / "run.yaml", engine="reference").plot()
