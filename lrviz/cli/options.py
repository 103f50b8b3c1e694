"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrviz.language import choices

Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help="Schedule documents (YAML); - reads standard input.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Picture file (.png, .svg, .pdf) or a folder that exists.",
        show_default="./<document>.png",
    ),
]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the curves as JSON; - is stdout.")]
Csv = Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write the curves as CSV; - is stdout.")]
NoPlot = Annotated[bool, typer.Option("--no-plot", help="Write no picture.")]
Engine = Annotated[choices.Engine, typer.Option(help="both cross-checks torch against the reference maths.")]
Order = Annotated[
    choices.ShownOrder,
    typer.Option(help="What the loop steps first; scheduler-first shows the values that updates then really use."),
]
Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override a value, e.g. scheduler.T_max=50; several values (25,50) draw a curve each.",
    ),
]
SetOne = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value, e.g. scheduler.T_max=50.")
]
Param = Annotated[
    list[str],
    typer.Option("--param", metavar="NAME", help="Also show a hyperparameter: momentum, beta1, weight_decay."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
