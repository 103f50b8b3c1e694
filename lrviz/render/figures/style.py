"""The look of every picture: colours, dashes, sizes."""

from __future__ import annotations

from typing import Any, Final

PALETTE: Final = (
    "#2f86d6", "#bd1f01", "#b07d10", "#590281", "#df419b",
    "#1f6954", "#c7696b", "#6f1821", "#a06bf5", "#5b4c99",
)  # fmt: skip
"""Light and dark in turn, so that neighbours differ in grey; each has at least 3:1 on white and on a shade.

The first six differ for every kind of colour vision. The terminal plot has them without matplotlib.
"""

PATHS: Final = ("#195fb0", "#981a00", "#0a683a", "#4d0f7d", "#7f5200", "#24282d")
"""Colours of the entries of a race: each at least 3:1 on the darkest band of the surface, neighbours apart in grey."""

RAMP: Final = ("#cb5510", "#9c1560", "#2a0a4d")
"""Colours from a low value of a hyperparameter over the usual one to a high one: darker is higher, also in grey."""

DASHES: Final[tuple[tuple[float, tuple[float, ...]], ...]] = (
    (0, ()),
    (0, (5, 2)),
    (0, (1.2, 1.4)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 3)),
    (0, (3, 1.2, 1, 1.2, 1, 1.2)),
    (0, (2.5, 2.5)),
)
"""Seven, so that the pairs of colour and dash repeat only after seventy lines."""

WAIT: Final = "#fbecd2"
"""The background of a plateau scheduler's wait."""
INK: Final = "#222222"
FAINT: Final = "#666666"
RULE: Final = "#b8b8b8"
MARK: Final = "#888888"
"""Colours with a meaning other than a line's: marks, the run that others are compared with."""
GRID: Final = "#e9e9e9"
SHADES: Final = ("#f1f4f8", "#ffffff")
ALARM: Final = "#c00000"

TITLE, TEXT, SMALL = 13.0, 9.0, 8.0
"""Font sizes in points."""

LINE_WIDTH: Final = 1.8

FAMILY: Final = ["sans-serif"]

SETTINGS: Final[dict[Any, Any]] = {
    "font.family": FAMILY,
    # A reader of an SVG may not have DejaVu Sans; the letters of Verdana are as wide.
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": TEXT,
    "text.usetex": False,
    "text.parse_math": False,
    "text.color": INK,
    # Without hinting, letters are spaced the same in every format, and text is set faster.
    "text.hinting": "no_hinting",
    "axes.unicode_minus": True,
    "axes.edgecolor": RULE,
    "axes.facecolor": "white",
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.8,
    "axes.xmargin": 0.0,
    "figure.facecolor": "white",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "lines.antialiased": True,
    "path.simplify": True,
    "path.sketch": None,
    "path.effects": [],
    "savefig.bbox": None,
    "savefig.dpi": "figure",
    "savefig.facecolor": "auto",
    "savefig.transparent": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lrviz",
    "pdf.compression": 6,
    "pdf.fonttype": 42,
    "xtick.color": RULE,
    "xtick.labelcolor": FAINT,
    "xtick.labelsize": SMALL,
    "ytick.color": RULE,
    "ytick.labelcolor": FAINT,
    "ytick.labelsize": SMALL,
}
"""matplotlib's settings for a whole picture, so that a user's matplotlibrc does not change it."""


def colour(index: int) -> str:
    """Return the colour of the line numbered `index`."""
    return PALETTE[index % len(PALETTE)]


def path_colour(index: int) -> str:
    """Return the colour of the entry of a race numbered `index`."""
    return PATHS[index % len(PATHS)]


def ramp(share: float) -> str:
    """Return the colour at a share of the ramp, 0 for the lowest value to 1 for the highest."""
    at = min(int(share * (len(RAMP) - 1)), len(RAMP) - 2)
    rest = share * (len(RAMP) - 1) - at
    low, high = (tuple(int(one[place : place + 2], 16) for place in (1, 3, 5)) for one in RAMP[at : at + 2])
    return "#" + "".join(f"{round(a + rest * (b - a)):02x}" for a, b in zip(low, high, strict=True))


def dash(index: int) -> tuple[float, tuple[float, ...]]:
    """Return the dashes of the line numbered `index`."""
    return DASHES[index % len(DASHES)]
