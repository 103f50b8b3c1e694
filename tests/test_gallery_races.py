"""Every race of the gallery as it is laid out: nothing overlaps, nothing lies outside, every end is seen."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from matplotlib import rc_context
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.requests import RaceRequest
from lrviz.render.figures import style
from lrviz.render.figures.clipping import inside
from lrviz.render.figures.race import RacePicture
from lrviz.results import Protocol
from lrviz.runs.racing import RaceRun

ROOT = Path(__file__).parents[1]
REQUESTS = {
    request.id: request
    for entry in load_catalogue(ROOT / "gallery" / "catalogue.yaml").entries
    for request in entry.requests[:1]
    if isinstance(request, RaceRequest)
}
APART = (
    "label",
    "panel title",
    "map name",
    "heading",
    "notes",
    "verdict",
    "scale",
    "end name",
    "level",
    "arrow name",
    "state heading",
    "state name",
)
"""Texts of which none may lie over another."""


@pytest.mark.parametrize("request_id", REQUESTS)
@pytest.mark.slow
def test_a_race_of_the_gallery_is_laid_out(request_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(Protocol, grid=(1e-6, 10.0, 1), tuning_starts=4, held_out_starts=24)
    monkeypatch.setattr("lrviz.runs.racing.terms.Protocol", few)
    monkeypatch.chdir(ROOT)
    document = REQUESTS[request_id].read()
    race = RaceRun.start(document, "reference", None).finish()
    picture = RacePicture(race.contest, document.view, bundle=document.bundle)
    picture.stamp(race.contest)
    figure = picture.figure
    with rc_context(style.SETTINGS):  # type: ignore[arg-type]
        figure.draw_without_rendering()
        texts = [one for one in figure.findobj(Text) if one.get_text() and one.get_visible() and one.get_gid()]
        places = [(one.get_text(), str(one.get_gid()), one.get_window_extent()) for one in texts]
    for text, _, box in places:
        assert figure.bbox.x0 - 1 <= box.x0, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0, text
        assert box.y1 <= figure.bbox.y1 + 1, text
    for (one, gid, box), (other, another, over) in combinations(places, 2):
        if gid in APART and another in APART:
            common = Bbox.intersection(box, over)
            assert common is None or min(common.width, common.height) <= 2, (one, other)
    if document.view == "3d":
        return
    marks: Any = figure.findobj(lambda artist: artist.get_gid() in ("end", "exit"))
    seen = race.contest.surface.box
    ended = [one for one in race.entries if inside(one.trajectory.path[[one.trajectory.last]], seen)[0]]
    assert {mark.get_color() for mark in marks} >= {style.path_colour(race.entries.index(one)) for one in ended}
    assert len(marks) >= len(ended)
