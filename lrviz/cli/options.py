"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lrviz.language import choices

SOURCES = (
    "A schedule document (YAML), a config of another library (lrviz list dialects), - for standard input, recipe:NAME "
    "(lrviz list recipes), or schedulers with their arguments, as LinearLR:total_iters=5+CosineAnnealingLR, for a run "
    "of --epochs or --steps."
)
CODE = (
    " py:MODULE:NAME calls a function of yours that returns schedulers. A log (trainer_state.json, TensorBoard, CSV, "
    "JSONL) or a recording is drawn as it is."
)
"""What those take besides that draw curves without a document."""
"""What every command that takes schedules takes."""
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=SOURCES)]
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help=SOURCES)]
SpecsOrCode = Annotated[list[str], typer.Argument(metavar="SPEC", help=f"{SOURCES}{CODE}")]
Epochs = Annotated[
    str | None,
    typer.Option(
        "--epochs",
        metavar="N",
        help="Epochs of the run, for schedulers given by name; they are stepped after each epoch.",
    ),
]
Steps = Annotated[
    str | None,
    typer.Option(
        "--steps", metavar="N", help="Updates of the run, likewise; the schedulers are stepped after each update."
    ),
]
OptimizerName = Annotated[
    str | None,
    typer.Option(
        "--optimizer", metavar="NAME[:key=value]", help="Their optimizer, as adamw:lr=0.003.", show_default="sgd"
    ),
]

Facts = Annotated[
    list[str],
    typer.Option(
        "--given",
        metavar="KEY=VALUE",
        help="What a config of another library cannot know, as dataset_size=50000 or transformers=4.44.2.",
    ),
]
Dialect = Annotated[
    str | None,
    typer.Option("--from", metavar="DIALECT", help="Whose config it is (lrviz list dialects).", show_default="found"),
]


def out(default: str, *, page: bool = False) -> Any:
    """Return the option for the picture; default: where it goes without; page: whether it may be an HTML page."""
    files = (
        "Picture file (.png, .svg, .pdf), an interactive page (.html)," if page else "Picture file (.png, .svg, .pdf)"
    )
    return typer.Option("--out", "-o", help=f"{files} or a folder that exists.", show_default=default)


def data(kind: str, what: str) -> Any:
    """Return the option for results as data of a kind; what: which results."""
    return typer.Option(f"--{kind}", metavar="FILE", help=f"Write {what} as {kind.upper()}; - is stdout.")


Select = Annotated[list[str], typer.Option(metavar="ID", help="Only these rules: LR001, or LR001,RUN003.")]
Ignore = Annotated[list[str], typer.Option(metavar="ID", help="All rules but these.")]
Explain = Annotated[str | None, typer.Option("--explain", metavar="ID", help="Explain a rule, and stop.")]
Out = Annotated[Path | None, out("./<document>.png", page=True)]
Json = Annotated[str | None, data("json", "the curves")]
Csv = Annotated[str | None, data("csv", "the curves")]
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
Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=A,B,C",
        help="A parameter at several values, in a small panel of its own; after a semicolon what goes with it: "
        "scheduler.gamma=0.9,0.99;scheduler.mode=exp_range.",
    ),
]
SetOne = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value, e.g. scheduler.T_max=50.")
]
Param = Annotated[
    list[str],
    typer.Option(
        "--param",
        metavar="NAME",
        help="Also show a hyperparameter: momentum, beta1, weight_decay; or effective_lr, lr / (1 - momentum).",
    ),
]
Show = Annotated[bool, typer.Option("--show", help="Plot in the terminal too (the default on a terminal).")]
Survival = Annotated[
    bool, typer.Option("--survival", help="Also show after how many updates weight decay has taken half of one.")
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--columns",
        metavar="step=NAME,lr=NAME",
        help="Columns of a log, or tags (lr=TAG), where they have other names than step and lr; lr= once per group.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
