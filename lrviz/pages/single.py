"""One schedule or race, as one file that any browser shows: without a network, and without a server."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from lrviz.foundation.printable import encoded, printable
from lrviz.foundation.version import __version__
from lrviz.pages.assets import asset
from lrviz.pages.embedded import json_in_script
from lrviz.pages.templates import environment

_BEGIN = 'lrvizExplore(document.getElementById("view"), JSON.parse(document.getElementById("data").textContent));'

_LIBRARY = re.compile(r"uPlot \(v([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says beside the values. source: where they come from; verdict: of the cross-check, a sentence.

    alarm: whether that is a disagreement; warnings: what is odd, a line each.
    """

    source: str
    verdict: str
    alarm: bool
    warnings: Sequence[str] = ()


def single_page(view: Mapping[str, Any], told: Told) -> bytes:
    """Return a view of `lrviz.render.interactive` as a page that asks for nothing: all it needs is in it."""
    styles = "".join([asset("style.css"), explorer_style()])
    scripts = [explorer_script(), _BEGIN]
    allowed = " ".join(f"'{_hash(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(styles)}'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
    page = environment().get_template("single.html").render(
        title=printable(str(view["title"])),
        words=view["words"],
        notes=view["notes"],
        told=told,
        version=__version__,
        library=_LIBRARY.findall(asset("uplot/uPlot.iife.min.js"))[0],
        policy=Markup(policy),
        styles=Markup(styles),
        scripts=list(map(Markup, scripts)),
        data=Markup(json_in_script(view)),
    )  # fmt: skip
    return encoded(page)


def explorer_script() -> str:
    """Return the script of a view, with the library that draws its lines and the licence of that."""
    licence = asset("uplot/LICENSE").strip().replace("*/", "")
    library = f"/*\n{licence}\n*/\n{asset('uplot/uPlot.iife.min.js').strip()}\n"
    return library + "".join(map(asset, ("plot.js", "schedule.js", "race.js")))


def explorer_style() -> str:
    """Return the style of a view."""
    return f"{asset('uplot/uPlot.min.css').strip()}\n{asset('explorer.css')}"


def _hash(text: str) -> str:
    """Return what a content security policy calls a text."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
