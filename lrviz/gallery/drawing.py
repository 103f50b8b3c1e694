"""Where pictures are drawn: a process of its own, that imports torch and matplotlib once for many of them."""

from __future__ import annotations

import io
from dataclasses import dataclass

from lrviz.engines.real import race as _race  # noqa: F401 - imported before processes are forked from this one
from lrviz.engines.real import resume as _resume  # noqa: F401 - likewise
from lrviz.engines.real import schedule as _schedule  # noqa: F401 - likewise
from lrviz.engines.real.dynamo import without_compiler
from lrviz.engines.work import InProcess
from lrviz.gallery.facts import Facts
from lrviz.gallery.requests import Request
from lrviz.pages import data_script, thumbnail
from lrviz.render.figures.light_import import import_matplotlib

import_matplotlib()

from lrviz.render.figures import race, race_film, resume, schedule, surface_3d, sweep  # noqa: E402, F401 - likewise
from lrviz.render.figures.palette import save_palette  # noqa: E402


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result of a request; picture, film, thumbnail and data: their bytes, None if there are none.

    There is no picture if the data are unchanged. size: of the picture, width and height in pixels;
    faults: what is wrong with how it is laid out.
    """

    facts: Facts
    size: tuple[int, int] = (0, 0)
    picture: bytes | None = None
    film: bytes | None = None
    thumbnail: bytes | None = None
    data: bytes | None = None
    faults: tuple[str, ...] = ()


def draw(request: Request, known: str | None) -> Drawn:
    """Compute a request with both engines, and draw it where its data are not those that are known.

    Raises LrvizError where its command would.
    """
    view = request.compute(InProcess(without_compiler))
    if view.facts.data == known:
        return Drawn(view.facts)
    drawn = view.draw()
    pixels = drawn.pixels()
    picture, film = io.BytesIO(), io.BytesIO()
    save_palette(pixels, drawn.figure.dpi, picture)
    if request.animate:
        view.film(film)
    size = (pixels.shape[1], pixels.shape[0])
    beside = {}
    if request.leads:
        touched = view.touched()
        beside = {"thumbnail": thumbnail(touched), "data": data_script(touched)}
    return Drawn(view.facts, size, picture.getvalue(), film.getvalue() or None, faults=tuple(drawn.faults()), **beside)
