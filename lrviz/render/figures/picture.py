"""A picture that is finished before its verdict is known."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO, Literal
from xml.sax.saxutils import escape

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from lrviz.foundation.printable import printable
from lrviz.render.figures import style
from lrviz.render.figures.fonts import families, rare_letters
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.palette import Pixels
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes, wrap

VERDICT = 0.4
"""Inches at the lower edge that hold the verdict's two rows."""
_SIZE = 7.5
_DESCRIBING = ("name", "words", "peak", "end", "recipe", "told")
"""What of a picture its description repeats, beside the heading and the verdict."""


class LatePicture:
    """A figure whose verdict comes late.

    `prepare` draws everything else, and `sign` and `save` only add the verdict's line to the
    finished pixels. compose: makes the figure, under our settings, once more where `redraw` asks for it;
    edge: inches left free at both sides.
    """

    def __init__(self, compose: Callable[[], ShownFigure], edge: float) -> None:
        self._compose, self._edge = compose, edge
        self.redraw()

    def redraw(self) -> None:
        """Make the figure, without its verdict."""
        self._settings: Any = style.SETTINGS
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():
            self.figure = self._compose()
        others, self._boxes = families(rare_letters(self.figure))
        if others:
            self._settings = {**style.SETTINGS, "font.family": [*style.FAMILY, *others]}
        with rc_context(self._settings), missing_glyphs_shown_as_boxes():
            if others:
                # The layout depends on how wide the texts are in these fonts.
                self.figure = self._compose()
            self._canvas = FigureCanvasAgg(self.figure)
            # Above all else, so that adding it last to finished pixels is what a full draw does.
            self._verdict = self.figure.text(
                self._edge / self.figure.get_figwidth(), 0.08 / self.figure.get_figheight(), "", fontsize=_SIZE,
                color=style.FAINT, ha="left", va="bottom", linespacing=1.2, zorder=1000, gid="verdict",
            )  # fmt: skip
        self._finished: Any = None

    @property
    def trouble(self) -> str:
        """What to warn of: letters that are drawn as boxes because no installed font has them."""
        if not self._boxes:
            return ""
        return f"no installed font has {self._boxes[:40]}: the picture shows boxes; install Noto Sans CJK or similar"

    def shown(self) -> ShownFigure:
        """Return the figure to a caller from Python, and warn of its trouble."""
        if self.trouble:
            warnings.warn(self.trouble, stacklevel=3)
        return self.figure

    def prepare(self) -> None:
        """Draw everything but the verdict; called once, by `save` at the latest."""
        with rc_context(self._settings), missing_glyphs_shown_as_boxes():
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
        with rc_context(self._settings), missing_glyphs_shown_as_boxes():
            if format == "pdf":
                self.figure.savefig(stream, format=format, metadata={"CreationDate": None, "Title": self._title})
                return
            if format == "svg":
                self._save_svg(stream)
                return
            if self._finished is None:
                self._finished = self._draw()
            self._canvas.restore_region(self._finished)
            self.figure.draw_artist(self._verdict)
            # Level 1: the others take up to three times as long, for a tenth of the bytes.
            size = {"dpi": (self.figure.dpi, self.figure.dpi), "compress_level": 1}
            Image.fromarray(self._pixels()[..., :3]).save(stream, "PNG", **size)

    def pixels(self) -> Pixels:
        """Return the whole picture, [height, width, RGBA]."""
        with rc_context(self._settings), missing_glyphs_shown_as_boxes():
            self._canvas.draw()
        return self._pixels()

    def faults(self) -> list[str]:
        """Return what is wrong with the layout of the picture as `pixels` has drawn it, in a sentence each."""
        from lrviz.render.figures.layout import faults

        with rc_context(self._settings):
            return faults(self.figure)

    @property
    def _title(self) -> str:
        return next((" ".join(text.split()) for text in self._words("heading")), "lrviz")

    def _words(self, *gids: str) -> list[str]:
        """Return what the figure says, of the kinds that are named."""
        texts = (one for one in self.figure.findobj(Text) if isinstance(one, Text))
        return [" ".join(one.get_text().split()) for one in texts if one.get_gid() in gids and one.get_text()]

    def _save_svg(self, stream: BinaryIO) -> None:
        """Write an SVG whose text is text, with a title and a description for those who do not see it."""
        written = io.BytesIO()
        self.figure.savefig(written, format="svg", metadata={"Date": None, "Title": self._title})
        told = [*self._words("heading")[1:], *self._words(*_DESCRIBING), *self._words("verdict")]
        described = f"</title>\n <desc>{escape('; '.join(told))}</desc>".encode()
        stream.write(written.getvalue().replace(b"</title>", described, 1))

    def _draw(self) -> Any:
        """Draw everything but the verdict, and return it for restore_region."""
        self._verdict.set_visible(False)
        self._canvas.draw()
        self._verdict.set_visible(True)
        return self._canvas.copy_from_bbox(self.figure.bbox)

    def _pixels(self) -> Pixels:
        return np.asarray(self._canvas.buffer_rgba())
