"""A picture that is finished before its verdict is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from lrviz.foundation.printable import printable
from lrviz.render.figures import style
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.palette import Pixels
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes, wrap

VERDICT = 0.4
"""Inches at the lower edge that hold the verdict's two rows."""
_SIZE = 7.5


class LatePicture:
    """A figure whose verdict comes late.

    `prepare` draws everything else, and `sign` and `save` only add the verdict's line to the
    finished pixels. compose: makes the figure, under our settings; edge: inches left free at both sides.
    """

    def __init__(self, compose: Callable[[], ShownFigure], edge: float) -> None:
        self._edge = edge
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            self.figure = compose()
            self._canvas = FigureCanvasAgg(self.figure)
            # Above all else, so that adding it last to finished pixels is what a full draw does.
            self._verdict = self.figure.text(
                edge / self.figure.get_figwidth(), 0.08 / self.figure.get_figheight(), "", fontsize=_SIZE,
                color=style.FAINT, ha="left", va="bottom", linespacing=1.2, zorder=1000, gid="verdict",
            )  # fmt: skip
        self._finished: Any = None

    def prepare(self) -> None:
        """Draw everything but the verdict; called once, by `save` at the latest."""
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            self._finished = self._draw()

    def sign(self, verdict: str, *, alarm: bool) -> None:
        """Write the verdict in the lower left corner; an alarm in red."""
        weight = "bold" if alarm else "normal"
        dpi = self.figure.dpi
        room = (self.figure.get_figwidth() - 2 * self._edge) * dpi
        rows = wrap(printable(verdict), room, _SIZE, dpi, most=2, weight=weight)
        self._verdict.set_text("\n".join(rows))
        self._verdict.set_color(style.ALARM if alarm else style.FAINT)
        self._verdict.set_fontweight(weight)

    def save(self, stream: BinaryIO, format: Literal["png", "svg", "pdf"]) -> None:  # noqa: A002 - matplotlib's word
        """Write the picture, the same bytes for the same data: without dates, versions or random names."""
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            if format != "png":
                metadata = {"Date": None} if format == "svg" else {"CreationDate": None}
                self.figure.savefig(stream, format=format, metadata=metadata)
                return
            if self._finished is None:
                self._finished = self._draw()
            self._canvas.restore_region(self._finished)  # type: ignore[no-untyped-call]
            self.figure.draw_artist(self._verdict)
            # Level 1: the others take up to three times as long, for a tenth of the bytes.
            size = {"dpi": (self.figure.dpi, self.figure.dpi), "compress_level": 1}
            Image.fromarray(self._pixels()[..., :3]).save(stream, "PNG", **size)

    def pixels(self) -> Pixels:
        """Return the whole picture, [height, width, RGBA]."""
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            self._canvas.draw()  # type: ignore[no-untyped-call]
        return self._pixels()

    def _draw(self) -> Any:
        """Draw everything but the verdict, and return it for restore_region."""
        self._verdict.set_visible(False)
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._verdict.set_visible(True)
        return self._canvas.copy_from_bbox(self.figure.bbox)  # type: ignore[no-untyped-call]

    def _pixels(self) -> Pixels:
        return np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]
