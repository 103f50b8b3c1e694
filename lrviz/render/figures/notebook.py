"""Figures that a notebook shows."""

from __future__ import annotations

import io

from matplotlib import rc_context
from matplotlib.figure import Figure

from lrviz.render.figures import style
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes


class ShownFigure(Figure):
    """A figure that is shown where it is the last value of a cell.

    Only pyplot tells IPython how to show a figure, and pyplot keeps every figure that it makes. This class
    tells IPython itself, and a figure is freed with its last reference.
    """

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():
            self.savefig(stream, format="png", metadata={"Software": None})
        return stream.getvalue()
